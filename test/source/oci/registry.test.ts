import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openLocked, openOrigin } from '../../../src/source/open.ts';
import type { Origin } from '../../../src/source/types.ts';
import { moduleOf } from '../../component/wat.ts';
import { rejected } from '../../support/errors.ts';
import {
  INDEX,
  MANIFEST,
  ociRegistry,
  packArtifact,
  sha256,
  tokenServer,
  type OciArtifact,
  type OciRegistry,
} from '../../support/oci-registry.ts';
import { sourceContext } from '../../support/source-context.ts';
import { tarball } from '../../support/tarball.ts';
import { temporaryFolder } from '../../support/temp.ts';
import { DOCKER_REGISTRY, hasTool } from '../../support/tools.ts';

const context = sourceContext('/nonexistent');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

afterEach(() => vi.unstubAllEnvs());

describe.runIf(hasTool(...DOCKER_REGISTRY))('openOrigin() with a real registry', () => {
  let registry: OciRegistry;
  let wasm: Uint8Array;
  beforeAll(async () => {
    registry = await ociRegistry();
    wasm = await moduleOf({ name: 'greeter', methods: {} });
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  const opened = async <T>(source: string, work: (origin: Origin) => Promise<T>): Promise<T> => {
    const origin = await openOrigin(source, context);
    try {
      return await work(origin);
    } finally {
      await origin.close();
    }
  };

  test.each([
    ['the format of the CNCF', 'application/vnd.wasm.config.v0+json', 'application/wasm', 'plugin.wasm'],
    [
      "an older tool's",
      'application/vnd.module.wasm.config.v1+json',
      'application/vnd.module.wasm.content.layer.v1+wasm',
      'plugin.wasm',
    ],
    ['an ORAS artifact', 'application/vnd.oci.empty.v1+json', 'application/wasm', 'tool.wasm'],
  ])('reads WebAssembly in %s, by tag and by digest', async (_, config, type, entry) => {
    const title = entry === 'plugin.wasm' ? {} : { title: entry };
    const artifact: OciArtifact = { config, layers: [{ type, bytes: wasm, ...title }] };
    const digest = await registry.push('acme/greeter', '1.0', artifact);
    const resolved = `oci://${registry.host}/acme/greeter@${digest}`;
    for (const source of [`oci://${registry.host}/acme/greeter:1.0`, resolved]) {
      const { bytes } = await opened(source, async (origin) => {
        expect(origin).toMatchObject({ source, resolved, entry, base: undefined });
        return origin.read(entry);
      });
      expect(sha256(bytes)).toBe(sha256(wasm));
    }
  });

  test('reads other layers by the names they have as files, and nothing else', async () => {
    await registry.push('acme/signed', 'latest', {
      layers: [
        { type: 'application/wasm', bytes: wasm },
        { type: 'application/json', bytes: Buffer.from('{"name":"greeter"}'), title: 'plugin.json' },
        { type: 'application/json', bytes: Buffer.from('{}'), title: '../above.json' },
      ],
    });
    await opened(`oci://${registry.host}/acme/signed`, async (origin) => {
      expect(text((await origin.read('plugin.json')).bytes)).toBe('{"name":"greeter"}');
      expect(await origin.list?.()).toEqual(['plugin.json', 'plugin.wasm']);
      expect((await rejected(origin.read('config_schema.json'))).code).toBe('ERR_SOURCE_NOT_FOUND');
      expect((await rejected(origin.read('../above.json'))).code).toBe('ERR_IMPORT_DENIED');
    });
  });

  test.each(['application/gzip', 'application/vnd.oci.image.layer.v1.tar+gzip'])(
    'unpacks an archive in a layer of the type %s',
    async (type) => {
      const bytes = await tarball({ 'plugin.json': '{"entry":"src/mod.ts"}', 'src/mod.ts': 'export default 1' });
      await registry.push('acme/archive', 'v1', {
        config: 'application/vnd.oci.empty.v1+json',
        layers: [{ type, bytes }],
      });
      await opened(`oci://${registry.host}/acme/archive:v1`, async (origin) => {
        expect(origin.entry).toBe('src/mod.ts');
        expect(text((await origin.read('src/mod.ts')).bytes)).toBe('export default 1');
      });
    },
  );

  test('takes the only WebAssembly of an index, past images and attestations, and resolves to it', async () => {
    const artifact = { layers: [{ type: 'application/wasm', bytes: wasm }] };
    const digest = await registry.push('acme/multi', 'wasm', artifact);
    const size = Buffer.byteLength(JSON.stringify(packArtifact(artifact).manifest));
    const item = { mediaType: MANIFEST, digest, size };
    const image = { ...item, platform: { os: 'linux', architecture: 'amd64' } };
    const attestation = { ...item, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };
    const index = (manifests: readonly object[]) =>
      registry.putManifest('acme/multi', 'all', { schemaVersion: 2, mediaType: INDEX, manifests }, INDEX);
    const source = `oci://${registry.host}/acme/multi:all`;

    await index([image, attestation, { ...item, platform: { os: 'wasip2', architecture: 'wasm' } }]);
    await opened(source, async ({ resolved }) => {
      expect(resolved).toBe(`oci://${registry.host}/acme/multi@${digest}`);
    });
    await index([image, attestation]);
    expect(await rejected(openOrigin(source, context))).toMatchObject({
      code: 'ERR_SOURCE_FETCH',
      message: expect.stringContaining('an index without anything for WebAssembly (linux/amd64') as string,
    });
    await index([item, { ...item, platform: { os: 'wasip1', architecture: 'wasm' } }]);
    expect(await rejected(openOrigin(source, context))).toMatchObject({
      message: expect.stringContaining('2 artifacts that may be meant') as string,
      hint: expect.stringContaining(`oci://${registry.host}/acme/multi@${digest}`) as string,
    });
  });

  const artifacts: readonly (readonly [what: string, artifact: OciArtifact, state: string])[] = [
    [
      'a container image',
      {
        config: 'application/vnd.oci.image.config.v1+json',
        layers: [{ type: 'application/vnd.oci.image.layer.v1.tar+gzip', bytes: Buffer.from('x') }],
      },
      'it is a container image',
    ],
    [
      'another artifact',
      { layers: [{ type: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: Buffer.from('x') }] },
      'none of its layers is WebAssembly or an archive (application/vnd.cncf.helm.chart',
    ],
    [
      'two components',
      {
        layers: [
          { type: 'application/wasm', bytes: Buffer.from('a') },
          { type: 'application/wasm', bytes: Buffer.from('b') },
        ],
      },
      '2 of its layers may be meant',
    ],
    [
      'two files of one name',
      {
        layers: [
          { type: 'application/wasm', bytes: Buffer.from('a') },
          { type: 'application/json', bytes: Buffer.from('{}'), title: 'plugin.json' },
          { type: 'application/json', bytes: Buffer.from('[]'), title: 'plugin.json' },
        ],
      },
      'two of its layers are called "plugin.json"',
    ],
  ];
  test.each(artifacts)('refuses %s with what it is', async (_, artifact, state) => {
    await registry.push('acme/wrong', 'latest', artifact);
    const error = await rejected(openOrigin(`oci://${registry.host}/acme/wrong`, context));
    expect(error.code).toBe('ERR_SOURCE_FETCH');
    expect(error.message).toContain(state);
  });

  test('says what is not there, and asks nothing offline', async () => {
    const missing = await rejected(openOrigin(`oci://${registry.host}/acme/none:1`, context));
    expect(missing).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(missing.message).toContain(`oci://${registry.host}/acme/none:1`);
    const offline = sourceContext('/nonexistent', { offline: true });
    expect(await rejected(openOrigin(`oci://${registry.host}/acme/greeter:1.0`, offline))).toMatchObject({
      code: 'ERR_OFFLINE',
    });
  });

  test('openLocked() asks for the digest of the lock, wherever the tag points now', async () => {
    const push = (bytes: string) =>
      registry.push('acme/moving', '1', { layers: [{ type: 'application/wasm', bytes: Buffer.from(bytes) }] });
    const digest = await push('one');
    await push('two');
    const source = `oci://${registry.host}/acme/moving:1`;
    const locked = { source, resolved: `oci://${registry.host}/acme/moving@${digest}`, entry: 'plugin.wasm' };
    const origin = await openLocked(locked, context);
    expect(text((await origin.read('plugin.wasm')).bytes)).toBe('one');
    await origin.close();
    for (const resolved of [source, locked.resolved.replace('moving', 'other'), 'https://host/plugin.wasm']) {
      expect(await rejected(openLocked({ ...locked, resolved }, context))).toMatchObject({ code: 'ERR_LOCK_OUTDATED' });
    }
  });

  test('logs in with a user name and a password, from the config or from docker, and says where it has none', async () => {
    await using closed = await ociRegistry('basic');
    await closed.push('acme/greeter', '1', { layers: [{ type: 'application/wasm', bytes: wasm }] });
    const source = `oci://${closed.host}/acme/greeter:1`;
    await using docker = await temporaryFolder();
    vi.stubEnv('DOCKER_CONFIG', docker.path);
    const read = async (tokens: Readonly<Record<string, string>> = {}): Promise<string> => {
      const origin = await openOrigin(
        source,
        sourceContext('/', { config: { tokens: new Map(Object.entries(tokens)) } }),
      );
      await origin.close();
      return origin.entry;
    };

    const none = await rejected(read());
    expect(none.message).toContain('asks for a user name and a password');
    expect(none.hint).toContain(`fetch: { tokens: { "${closed.host}": "\${USER}:\${TOKEN}" } }`);
    const wrong = await rejected(read({ [closed.host]: 'ann:wrong' }));
    expect(wrong.message).toContain('does not let "acme/greeter" be read');
    expect(`${wrong.message} ${wrong.hint}`).not.toContain('ann:wrong');
    expect(await read({ [closed.host]: 'ann:s3cret' })).toBe('plugin.wasm');

    const auth = Buffer.from('ann:s3cret').toString('base64');
    await docker.write({ 'config.json': JSON.stringify({ auths: { [`http://${closed.host}/v2/`]: { auth } } }) });
    expect(await read()).toBe('plugin.wasm');
    await docker.write({ 'config.json': JSON.stringify({ credHelpers: { [closed.host]: 'none' } }) });
    expect((await rejected(read())).hint).toContain('credential helpers of docker are not run');
    await docker.write({ 'config.json': '{ "auths": ' });
    expect(await rejected(read())).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });

  test('gets a token where the registry says, with the login that the config has for that host', async () => {
    vi.stubEnv('DOCKER_CONFIG', '/nonexistent');
    await using tokens = await tokenServer();
    await using closed = await ociRegistry({ realm: tokens.realm, ca: tokens.ca });
    await closed.push('acme/greeter', '1', { layers: [{ type: 'application/wasm', bytes: wasm }] });
    const source = `oci://${closed.host}/acme/greeter:1`;
    const open = async (login: Readonly<Record<string, string>>): Promise<Origin> => {
      const origin = await openOrigin(
        source,
        sourceContext('/', { config: { tokens: new Map(Object.entries(login)) } }),
      );
      await origin.close();
      return origin;
    };

    await open({ [tokens.host]: 'ann:s3cret' });
    expect(tokens.requests).toHaveLength(1);
    const asked = new URL(tokens.requests[0]?.path ?? '', tokens.url).searchParams;
    expect(Object.fromEntries(asked)).toEqual({ service: 'registry.test', scope: 'repository:acme/greeter:pull' });

    // The login of the registry's own host is not for another one, whatever the registry says.
    const elsewhere = await rejected(open({ [closed.host]: 'ann:s3cret' }));
    expect(elsewhere.message).toContain(`${tokens.host} gives no token`);
    expect(elsewhere.hint).toContain(`"${tokens.host}"`);
    expect(tokens.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  test('gets a token without a login where the token server gives one to everybody', async () => {
    vi.stubEnv('DOCKER_CONFIG', '/nonexistent');
    await using tokens = await tokenServer({ open: true });
    await using open = await ociRegistry({ realm: tokens.realm, ca: tokens.ca });
    await open.push('acme/greeter', '1', { layers: [{ type: 'application/wasm', bytes: wasm }] });
    const origin = await openOrigin(`oci://${open.host}/acme/greeter:1`, context);
    await origin.close();
    expect(tokens.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});
