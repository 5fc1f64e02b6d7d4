import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createRegistries } from '../../src/registry/registries.ts';
import { createTuf } from '../../src/registry/tuf.ts';
import type { Registries } from '../../src/registry/types.ts';
import { openStore } from '../../src/store/store.ts';
import { rejected } from '../support/errors.ts';
import { createRepository } from '../support/git-server.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { indexEntry, indexOf } from '../support/registry.ts';
import { sourceContext } from '../support/source-context.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';
import { tufKey, tufMetadata, tufRoot } from '../support/tuf.ts';

const index = (version: string): string =>
  indexOf([indexEntry('greeter', version, { bytes: version, at: `greeter-${version}.tgz` })]);

type Files = Record<string, string>;

const online = tufKey();
const owner = tufKey();
const ROOT = tufRoot([owner], online);
/** A state of the registry: the index, and metadata that name it. */
const state = (version: number, options: { readonly expires?: string } = {}): Files => {
  const files = { 'index.json': index(`1.${version}.0`), 'reviews/greeter.json': '{"reviews":[]}' };
  return { ...files, ...tufMetadata(files, online, { version, ...options }) };
};

interface Setup extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly server: TestServer;
  readonly logger: ReturnType<typeof recordingLogger>;
  put(files: Files): void;
  open(options?: { readonly offline?: boolean; readonly url?: string }): Promise<Registries>;
  /** The version that a new resolution sees. */
  version(options?: { readonly offline?: boolean; readonly url?: string }): Promise<string>;
}

async function setup(files: Files, root = ROOT): Promise<Setup> {
  const folder = await temporaryFolder({ 'root.json': root });
  const server = await serve({});
  const logger = recordingLogger();
  const put = (more: Files): void => {
    for (const key of Object.keys(server.routes)) delete server.routes[key];
    for (const [name, text] of Object.entries(more)) server.routes[`/${name}`] = text;
  };
  put(files);
  const open: Setup['open'] = async ({ offline = false, url = `${server.url}/` } = {}) => {
    const registries = [{ name: 'web', url, tuf: { root: './root.json' } }];
    const config = await loadConfig({ object: { plugins: {}, registries }, cwd: folder.path, env: {} });
    const store = openStore({ cacheDir: join(folder.path, 'cache') });
    const source = () => sourceContext(folder.path, { offline, httpCache: store.http, config: { retries: 0 } });
    const tuf = createTuf({ config, cache: store.indexes, source });
    return createRegistries({ config, cache: store.indexes, logger, source, tuf });
  };
  return {
    folder,
    server,
    logger,
    put,
    open,
    version: async (options) => (await (await open(options)).releases('greeter')).releases[0]?.version ?? '',
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder.remove();
    },
  };
}

test('an index is read that the metadata name, and its files beside', async () => {
  await using place = await setup(state(1));
  expect(await place.version()).toBe('1.1.0');
  place.put(state(2));
  expect(await place.version()).toBe('1.2.0');
  const registries = await place.open();
  const url = `${place.server.url}/index.json`;
  expect(Buffer.from((await registries.beside(url, 'reviews/greeter.json', 100)) ?? []).toString()).toBe(
    '{"reviews":[]}',
  );
  expect(await registries.beside(url, 'reviews/other.json', 100)).toBeUndefined();
});

/** What a server gives after state 2 was seen. */
const ATTACKS: readonly (readonly [what: string, files: () => Files, reason: RegExp])[] = [
  ['an older state, whole', () => state(1), /less than current version/],
  ['an index that was changed', () => ({ ...state(3), 'index.json': index('6.6.6') }), /is not the file|bytes/],
  ['the index of another state', () => ({ ...state(3), 'index.json': index('1.2.0') }), /is not the file/],
  [
    'targets of another state',
    () => ({ ...state(3), 'metadata/targets.json': state(2)['metadata/targets.json'] ?? '' }),
    /targets/,
  ],
  ['metadata that have expired', () => state(3, { expires: '2020-01-01T00:00:00Z' }), /expired/],
  [
    'metadata by a stranger',
    () => ({ ...state(3), ...tufMetadata({ 'index.json': index('1.3.0') }, tufKey(), { version: 3 }) }),
    /signed by 0\/1/,
  ],
  ['metadata without an index', () => ({ ...state(3), ...tufMetadata({}, online, { version: 3 }) }), /name no index/],
  ['no metadata any more', () => ({ 'index.json': index('1.3.0') }), /timestamp\.json is missing/],
  [
    'a new root that its owner did not sign',
    () => ({
      ...state(3),
      'metadata/2.root.json': tufRoot([tufKey()], tufKey(), { version: 2 }),
    }),
    /signed by 0\/1/,
  ],
  [
    'a new root with a version too many',
    () => ({
      ...state(3),
      'metadata/2.root.json': tufRoot([owner], online, { version: 3 }),
    }),
    /Expected version 2/,
  ],
  [
    'a root that has expired',
    () => ({
      ...state(3),
      'metadata/2.root.json': tufRoot([owner], online, { version: 2, expires: '2020-01-01T00:00:00Z' }),
    }),
    /root\.json is expired/,
  ],
];

test.each(ATTACKS)('TUF refuses %s for new resolutions, and takes the next good state', async (_, files, reason) => {
  await using place = await setup(state(2));
  expect(await place.version()).toBe('1.2.0');
  place.put(files());
  const error = await rejected(place.version());
  expect(error.code).toBe('ERR_SIGNATURE');
  expect(error.message).toMatch(reason);
});

test('what was refused leaves the way open for a good state', async () => {
  await using place = await setup(state(2));
  await place.version();
  for (const files of [
    state(1),
    { ...state(3), 'index.json': index('6.6.6') },
    state(4, { expires: '2020-01-01T00:00:00Z' }),
  ]) {
    place.put(files);
    expect((await rejected(place.version())).code).toBe('ERR_SIGNATURE');
  }
  place.put(state(5));
  expect(await place.version()).toBe('1.5.0');
});

test('a root that needs two signatures is not followed by one with a single one', async () => {
  const second = tufKey();
  const root = tufRoot([owner, second], online);
  await using place = await setup(state(1), root);
  expect(await place.version()).toBe('1.1.0');
  place.put({
    ...state(2),
    'metadata/2.root.json': tufRoot([owner, second], online, { version: 2, signers: [owner] }),
  });
  expect((await rejected(place.version())).message).toMatch(/signed by 1\/2/);
});

test('keys change by a chain of roots, and the old ones count no more even where the new root is hidden', async () => {
  await using place = await setup(state(1));
  await place.version();
  const next = tufKey();
  const files = { 'index.json': index('1.2.0') };
  place.put({
    ...files,
    ...tufMetadata(files, next, { version: 2 }),
    'metadata/2.root.json': tufRoot([owner], next, { version: 2 }),
  });
  expect(await place.version()).toBe('1.2.0');
  place.put(state(3));
  expect((await rejected(place.version())).code).toBe('ERR_SIGNATURE');
});

test('with consistent snapshots files have versions and hashes in their names', async () => {
  const files = { 'index.json': index('1.0.0') };
  const name = `${createHash('sha256').update(files['index.json']).digest('hex')}.index.json`;
  const metadata = tufMetadata(files, online, { consistent: true });
  await using place = await setup(
    { [name]: files['index.json'], ...metadata },
    tufRoot([owner], online, { consistent: true }),
  );
  expect(await place.version()).toBe('1.0.0');
});

test('a server that is down leaves the copy until its metadata expire, offline too', async () => {
  const soon = new Date(Date.now() + 3_000).toISOString().replace(/\.\d+Z$/, 'Z');
  await using place = await setup(state(1));
  await place.version();
  expect(await place.version({ offline: true })).toBe('1.1.0');
  await using short = await setup(state(1, { expires: soon }));
  await short.version();
  await short.server.close();
  await place.server.close();
  expect(await place.version()).toBe('1.1.0');
  expect(place.logger.lines.at(-1)).toContain('its last good copy is used');
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(soon) - Date.now() + 50)));
  expect((await rejected(short.version())).code).toBe('ERR_SOURCE_FETCH');
});

test('folders and repositories have metadata as servers do', async () => {
  await using place = await setup({});
  await place.folder.write(Object.fromEntries(Object.entries(state(2)).map(([name, text]) => [`here/${name}`, text])));
  expect(await place.version({ url: './here' })).toBe('1.2.0');
  await place.folder.write({ 'here/index.json': index('6.6.6') });
  expect((await rejected(place.version({ url: './here' }))).code).toBe('ERR_SIGNATURE');
  const repository = await createRepository(place.folder.path);
  await repository.commit(state(3));
  expect(await place.version({ url: `git+file://${repository.path}#main` })).toBe('1.3.0');
});

test('a root that is not there is an error of the config', async () => {
  await using place = await setup(state(1));
  const url = `${place.server.url}/`;
  const registries = [{ name: 'web', url, tuf: { root: './none.json' } }];
  const config = await loadConfig({ object: { plugins: {}, registries }, cwd: place.folder.path, env: {} });
  const store = openStore({ cacheDir: join(place.folder.path, 'cache') });
  const tuf = createTuf({ config, cache: store.indexes, source: () => sourceContext(place.folder.path, {}) });
  const [first] = config.registries ?? [];
  if (first === undefined) throw new Error('the config has no registry');
  expect((await rejected(tuf.read(first, undefined, 100))).code).toBe('ERR_CONFIG_INVALID');
});
