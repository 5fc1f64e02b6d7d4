import { createPrivateKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { digestOf, digestOfJson } from '../../src/core/digest.ts';
import { revokersOf } from '../../src/loader/revoked.ts';
import { besideOf } from '../../src/registry/registries.ts';
import {
  createRevocations,
  type Revocations,
  type RevocationsOptions,
  type RevocationState,
} from '../../src/registry/revocations.ts';
import { openStore } from '../../src/store/store.ts';
import { encodeStatement } from '../../src/trust/in-toto.ts';
import { revocationStatement, type Revocation } from '../../src/trust/revocations/list.ts';
import { generateKeys, signStatement } from '../../src/trust/sign.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { sourceContext } from '../support/source-context.ts';
import { temporaryFolder } from '../support/temp.ts';

const ID = digestOf('list');
const bad: Revocation = {
  name: 'greeter',
  range: '1.0.0',
  integrity: digestOf('bad'),
  reason: 'steals keys',
  date: '2026-01-01T00:00:00Z',
};
const worse: Revocation = { ...bad, range: '1.1.0', integrity: digestOf('worse') };

interface Key {
  readonly privateKey: KeyObject;
  readonly text: string;
}

function newKey(): Key {
  const { privateKey, publicKey } = generateKeys('ed25519', undefined);
  return { privateKey: createPrivateKey(privateKey), text: publicKey.text };
}

const listOf = (key: Key, version: number, revoked: readonly Revocation[], id = ID): Promise<string> =>
  signStatement(revocationStatement({ id, version, revoked }), key.privateKey);

interface Setup extends AsyncDisposable {
  readonly key: Key;
  readonly server: TestServer;
  readonly logger: ReturnType<typeof recordingLogger>;
  open(offline?: boolean): Promise<Revocations>;
  /** What a run says that asks the server, and what a locked run says after it. */
  refreshed(offline?: boolean): Promise<RevocationState>;
  kept(): Promise<RevocationState>;
}

async function setup(): Promise<Setup> {
  const folder = await temporaryFolder();
  const server = await serve({});
  const logger = recordingLogger();
  const key = newKey();
  const registry = { name: 'web', url: `${server.url}/index.json`, revocations: { keys: [key.text] } };
  const open = async (offline = false): Promise<Revocations> => {
    const config = await loadConfig({
      object: { plugins: {}, registries: [registry], fetch: { retries: 0 } },
      cwd: folder.path,
      env: {},
    });
    const store = openStore({ cacheDir: join(folder.path, 'cache') });
    const source = () => sourceContext(folder.path, { offline, httpCache: store.http, config: { retries: 0 } });
    const signers = (each: Parameters<typeof revokersOf>[0]) => revokersOf(each, config);
    const beside: RevocationsOptions['beside'] = (each, file, limit) => besideOf(each, { config, source })(file, limit);
    return createRevocations({ config, cache: store.indexes, logger, beside, signers });
  };
  const configured = await loadConfig({ object: { plugins: {}, registries: [registry] }, cwd: folder.path, env: {} });
  const [first] = configured.registries ?? [];
  if (first === undefined) throw new Error('the config has no registry');
  return {
    key,
    server,
    logger,
    open,
    async refreshed(offline) {
      const state = await (await open(offline)).refresh(first);
      if (state === undefined) throw new Error('nobody may revoke');
      return state;
    },
    async kept() {
      const [state] = await (await open(true)).kept();
      if (state === undefined) throw new Error('nothing is kept');
      return state;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder.remove();
    },
  };
}

test('refresh() keeps a list that was verified, and kept() finds it without a network', async () => {
  await using place = await setup();
  expect(await place.kept()).toMatchObject({ revoked: [], version: undefined, problem: 'no list of it is here' });
  expect(place.logger.lines.map((line) => line.slice(0, 22))).toEqual(['warn: could not check ']);
  place.server.routes['/revocations.json'] = await listOf(place.key, 1, [bad]);
  expect(await place.refreshed()).toMatchObject({ revoked: [bad], version: 1, problem: undefined });
  const requests = place.server.requests.length;
  expect(await place.kept()).toMatchObject({ revoked: [bad], version: 1, problem: undefined });
  expect(place.server.requests.length).toBe(requests);
  place.server.routes['/revocations.json'] = await listOf(place.key, 2, [bad, worse]);
  expect(await place.refreshed()).toMatchObject({ revoked: [bad, worse], version: 2 });
  expect(await place.refreshed(true)).toMatchObject({
    revoked: [bad, worse],
    problem: expect.stringMatching(/offline/),
  });
});

type Attack = (key: Key, good: string) => Promise<string | Uint8Array | undefined> | string | undefined;

/** Each answers after version 2, which revokes `bad`, was seen. */
const ATTACKS: readonly (readonly [what: string, answer: Attack, problem: RegExp])[] = [
  ['an older list', (key) => listOf(key, 1, []), /it has the version 1, and 2 was there before/],
  ['no list any more', () => undefined, /it is gone/],
  ['a list of another series by the same signer', (key) => listOf(key, 9, [], digestOf('other')), /another list/],
  ['a list by a stranger', () => listOf(newKey(), 3, []), /may not revoke here/],
  ['no JSON', () => '<html>', /./],
  ['another JSON', () => '{"plugins": []}', /./],
  [
    'a payload that was changed',
    (_, good) => {
      const bundle = JSON.parse(good) as { dsseEnvelope: { payload: string } };
      const text = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString().replace('"version":2', '"version":7');
      const payload = Buffer.from(text).toString('base64');
      return JSON.stringify({ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } });
    },
    /signature/,
  ],
  [
    'a review by the same key',
    (key) => signStatement(encodeStatement('review', { subject: 'x@1', digest: ID, predicate: {} }), key.privateKey),
    /something else than a revocation/,
  ],
  [
    'a list whose subject is another one',
    (key) =>
      signStatement(
        encodeStatement('revocation', {
          subject: 'revocations@3',
          digest: digestOfJson([{ other: true }]),
          predicate: { list: ID, version: 3, revoked: [] },
        }),
        key.privateKey,
      ),
    /another list/,
  ],
  ['an entry that is none', (key) => listOf(key, 3, [{ ...bad, range: 'no range' }]), /its entry 0 is none/],
];

test.each(ATTACKS)('refresh() keeps what it has where the server gives %s, and says so', async (_, answer, problem) => {
  await using place = await setup();
  const good = await listOf(place.key, 2, [bad]);
  place.server.routes['/revocations.json'] = good;
  await place.refreshed();
  const given = await answer(place.key, good);
  if (given === undefined) delete place.server.routes['/revocations.json'];
  else place.server.routes['/revocations.json'] = given;
  const state = await place.refreshed();
  expect(state).toMatchObject({ revoked: [bad], version: 2, problem: expect.stringMatching(problem) });
  expect(place.logger.lines.at(-1)).toMatch(/^warn: could not check what a registry has revoked/);
  expect(await place.kept()).toMatchObject({ revoked: [bad], version: 2 });
});

test('refresh() goes on with the kept list where the server is down', async () => {
  await using place = await setup();
  place.server.routes['/revocations.json'] = await listOf(place.key, 1, [bad]);
  await place.refreshed();
  await place.server.close();
  expect(await place.refreshed()).toMatchObject({ revoked: [bad], problem: expect.stringMatching(/./) });
});
