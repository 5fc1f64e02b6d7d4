import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createHttpClient, type HttpClientOptions } from '../../../src/source/http/client.ts';
import type { FetchConfig } from '../../../src/config/types.ts';
import type { HttpCache } from '../../../src/source/http/types.ts';
import { openLocked, openOrigin } from '../../../src/source/open.ts';
import { createCertificates } from '../../support/certificates.ts';
import { rejected } from '../../support/errors.ts';
import { serve, type Handler, type Routes, type TestServer } from '../../support/http-server.ts';
import { INDEX, MANIFEST, packArtifact, sha256, type OciArtifact } from '../../support/oci-registry.ts';
import { startProxy } from '../../support/proxy.ts';
import { sourceContext } from '../../support/source-context.ts';
import { temporaryFolder } from '../../support/temp.ts';

const WASM = Buffer.from('\0asm');
const PLUGIN: OciArtifact = { layers: [{ type: 'application/wasm', bytes: WASM }] };
const ROOT = '/v2/acme/greeter';

beforeEach(() => vi.stubEnv('DOCKER_CONFIG', '/nonexistent'));
afterEach(() => vi.unstubAllEnvs());

const json =
  (value: unknown, type = MANIFEST, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    void response
      .writeHead(200, { 'content-type': type, ...headers })
      .end(typeof value === 'string' ? value : JSON.stringify(value));
const challenge =
  (value: string): Handler =>
  (_request, response) =>
    void response.writeHead(401, { 'www-authenticate': value }).end();
const endless: Handler = (_request, response) => {
  response.on('close', () => clearInterval(timer));
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  response.writeHead(200, { 'content-type': MANIFEST });
  const timer = setInterval(() => response.write(chunk), 1);
};

/** A registry that answers as an honest one would, but for what `lies` say. */
async function scripted(
  lies: Routes = {},
  artifact = PLUGIN,
  options = {},
): Promise<TestServer & { readonly source: string }> {
  const { manifest, blobs } = packArtifact(artifact);
  const routes: Routes = { [`${ROOT}/manifests/1`]: json(manifest) };
  routes[`${ROOT}/manifests/${sha256(Buffer.from(JSON.stringify(manifest)))}`] = json(manifest);
  for (const blob of blobs) routes[`${ROOT}/blobs/${sha256(blob)}`] = blob;
  const server = await serve({ ...routes, ...lies }, options);
  return { ...server, source: `oci://${server.host}/acme/greeter:1` };
}

const failure = async (source: string, config: Partial<FetchConfig> = {}) =>
  rejected(openOrigin(source, sourceContext('/', { config })));
const BLOB = `${ROOT}/blobs/${sha256(WASM)}`;

describe('openOrigin() refuses a registry', () => {
  const { manifest } = packArtifact(PLUGIN);
  const layer = { mediaType: 'application/wasm', digest: sha256(WASM), size: WASM.byteLength };
  const withLayer = (more: object): Handler => json({ ...manifest, layers: [{ ...layer, ...more }] });

  const lies: readonly (readonly [what: string, routes: Routes, code: string, state: RegExp])[] = [
    [
      'whose manifest is not what it states',
      { [`${ROOT}/manifests/1`]: json(manifest, MANIFEST, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }) },
      'ERR_INTEGRITY',
      /another digest than the registry states/,
    ],
    [
      'that states a digest nobody can compare',
      { [`${ROOT}/manifests/1`]: json(manifest, MANIFEST, { 'docker-content-digest': 'md5:00' }) },
      'ERR_INTEGRITY',
      /another digest/,
    ],
    ['whose blob is another one', { [BLOB]: Buffer.from('\0bad') }, 'ERR_INTEGRITY', /do not match their digest/],
    ['whose blob is too short', { [BLOB]: Buffer.from('\0as') }, 'ERR_INTEGRITY', /another size/],
    ['whose blob is too long', { [BLOB]: Buffer.from('\0asm!') }, 'ERR_INTEGRITY', /sends more/],
    ['whose blob has no end', { [BLOB]: endless }, 'ERR_INTEGRITY', /sends more/],
    [
      'whose blob is not there',
      { [BLOB]: (_, response) => void response.writeHead(404).end() },
      'ERR_SOURCE_NOT_FOUND',
      /404/,
    ],
    ['whose manifest has no end', { [`${ROOT}/manifests/1`]: endless }, 'ERR_SOURCE_TOO_LARGE', /larger than/],
    [
      'whose manifest is a page',
      { [`${ROOT}/manifests/1`]: json('<!doctype html>', 'text/html') },
      'ERR_SOURCE_FETCH',
      /web page/,
    ],
    [
      'whose manifest is no JSON',
      { [`${ROOT}/manifests/1`]: json('{"a":1,"a":2}') },
      'ERR_SOURCE_FETCH',
      /line 1, column/,
    ],
    ['whose manifest is a list', { [`${ROOT}/manifests/1`]: json([]) }, 'ERR_SOURCE_FETCH', /not an object/],
    [
      'whose manifest is of the old format',
      { [`${ROOT}/manifests/1`]: json({ schemaVersion: 1 }, 'application/vnd.docker.distribution.manifest.v1+json') },
      'ERR_SOURCE_FETCH',
      /schemaVersion is not 2/,
    ],
    [
      'whose manifest is an index, too',
      { [`${ROOT}/manifests/1`]: json({ ...manifest, manifests: [] }) },
      'ERR_SOURCE_FETCH',
      /an index and a manifest at the same time/,
    ],
    [
      'that calls a manifest an index',
      { [`${ROOT}/manifests/1`]: json(manifest, INDEX) },
      'ERR_SOURCE_FETCH',
      /not a manifest of an image/,
    ],
    [
      'that calls a manifest by two names',
      {
        [`${ROOT}/manifests/1`]: json(manifest, 'application/vnd.docker.distribution.manifest.v2+json'),
      },
      'ERR_SOURCE_FETCH',
      /says of itself that it is/,
    ],
    [
      'whose layer lies elsewhere',
      { [`${ROOT}/manifests/1`]: withLayer({ urls: ['https://evil.example/x'] }) },
      'ERR_SOURCE_FETCH',
      /lies elsewhere/,
    ],
    [
      'whose layer has no sha256',
      { [`${ROOT}/manifests/1`]: withLayer({ digest: 'md5:00' }) },
      'ERR_SOURCE_FETCH',
      /layers\[0\] has no sha256/,
    ],
    [
      'whose layer has no size',
      { [`${ROOT}/manifests/1`]: withLayer({ size: -1 }) },
      'ERR_SOURCE_FETCH',
      /layers\[0\] has no size/,
    ],
    [
      'whose layer is too large',
      { [`${ROOT}/manifests/1`]: withLayer({ size: 2 ** 40 }) },
      'ERR_SOURCE_TOO_LARGE',
      /larger than 1048576 bytes/,
    ],
    [
      'with too many layers',
      { [`${ROOT}/manifests/1`]: json({ ...manifest, layers: Array.from({ length: 501 }, () => layer) }) },
      'ERR_SOURCE_FETCH',
      /more than 500 layers/,
    ],
  ];
  test.each(lies)('%s', async (_, routes, code, state) => {
    await using server = await scripted(routes);
    const error = await failure(server.source);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(state);
  });

  test('that has another manifest than the one asked for by digest, of a tag or of the lock', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    await using server = await scripted({ [`${ROOT}/manifests/${digest}`]: json(packArtifact(PLUGIN).manifest) });
    const source = server.source.replace(':1', '');
    const resolved = `oci://${server.host}/acme/greeter@${digest}`;
    for (const work of [
      () => openOrigin(resolved, sourceContext('/')),
      async () =>
        (await openLocked({ source, resolved, entry: 'plugin.wasm' }, sourceContext('/'))).read('plugin.wasm'),
    ]) {
      expect(await rejected(work())).toMatchObject({
        code: 'ERR_INTEGRITY',
        message: expect.stringContaining('not the one that was asked for') as string,
        details: { expected: digest },
      });
    }
  });

  test('whose index leads to itself, or to another index', async () => {
    const inner = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
    const item = { mediaType: MANIFEST, digest: sha256(Buffer.from(inner)), size: inner.length };
    await using server = await scripted({
      [`${ROOT}/manifests/1`]: json({ schemaVersion: 2, mediaType: INDEX, manifests: [item] }, INDEX),
      [`${ROOT}/manifests/${item.digest}`]: json(inner, INDEX),
      [`${ROOT}/manifests/2`]: json(
        { schemaVersion: 2, mediaType: INDEX, manifests: [{ ...item, mediaType: INDEX }] },
        INDEX,
      ),
    });
    expect((await failure(server.source)).message).toContain('an index that leads to another index');
    expect((await failure(server.source.replace(':1', ':2'))).message).toContain('an index without anything');
    expect(server.requests).toHaveLength(3);
  });
});

describe('a login is not given', () => {
  const LOGIN = 'ann:s3cret';
  const BASIC = `Basic ${Buffer.from(LOGIN).toString('base64')}`;
  const tokensOf = (...hosts: string[]) => ({ tokens: new Map(hosts.map((host) => [host, LOGIN])) });
  const seen = (server: TestServer): (string | undefined)[] =>
    server.requests.map(({ headers }) => headers.authorization);
  /** Answers who has the header, challenges who has not. */
  const guarded =
    (header: string, ask: string, then: Handler): Handler =>
    (request, response) =>
      request.headers.authorization === header ? then(request, response) : challenge(ask)(request, response);

  test('to a registry that does not ask, nor to the place it redirects a blob to', async () => {
    await using storage = await serve({ '/blob': WASM });
    const moved: Handler = (_request, response) =>
      void response.writeHead(307, { location: `${storage.url}/blob` }).end();
    await using open = await scripted({ [BLOB]: moved });
    const origin = await openOrigin(open.source, sourceContext('/', { config: tokensOf(open.host) }));
    await origin.close();
    expect([...seen(open), ...seen(storage)]).toEqual([undefined, undefined, undefined]);

    const { manifest } = packArtifact(PLUGIN);
    await using closed = await scripted({
      [`${ROOT}/manifests/1`]: guarded(BASIC, 'Basic realm="x"', json(manifest)),
      [BLOB]: guarded(BASIC, 'Basic realm="x"', moved),
    });
    const second = await openOrigin(closed.source, sourceContext('/', { config: tokensOf(closed.host) }));
    await second.close();
    expect(seen(closed)).toEqual([undefined, BASIC, BASIC]);
    expect(seen(storage).at(-1)).toBeUndefined();
  });

  test('to a realm at another host, and what that gives goes to the registry alone', async () => {
    await using evil = await serve({ '/token': json({ token: 'of-evil' }, 'application/json') });
    await using storage = await serve({ '/blob': WASM });
    const moved: Handler = (_request, response) =>
      void response.writeHead(307, { location: `${storage.url}/blob` }).end();
    const ask = `Bearer realm="${evil.url}/token",service="s",scope="repository:acme/secrets:pull,push"`;
    const { manifest } = packArtifact(PLUGIN);
    await using server = await scripted({
      [`${ROOT}/manifests/1`]: guarded('Bearer of-evil', ask, json(manifest)),
      [BLOB]: guarded('Bearer of-evil', ask, moved),
    });
    const origin = await openOrigin(server.source, sourceContext('/', { config: tokensOf(server.host) }));
    await origin.close();
    expect(seen(evil)).toEqual([undefined]);
    expect(evil.requests[0]?.path).toBe('/token?service=s&scope=repository%3Aacme%2Fgreeter%3Apull');
    expect(seen(server)).toEqual([undefined, 'Bearer of-evil', 'Bearer of-evil']);
    expect(seen(storage)).toEqual([undefined]);
  });

  test('to where a realm redirects', async () => {
    await using evil = await serve({ '/token': json({ token: 'x' }, 'application/json') });
    await using realm = await serve(
      (_request, response) => void response.writeHead(302, { location: `${evil.url}/token` }).end(),
    );
    await using server = await scripted({ [`${ROOT}/manifests/1`]: challenge(`Bearer realm="${realm.url}/"`) });
    const error = await failure(server.source, tokensOf(realm.host));
    expect(error.message).toContain('does not let "acme/greeter" be read');
    expect(seen(realm)).toEqual([BASIC]);
    expect(seen(evil)).toEqual([undefined]);
  });

  test.each([
    ['ftp://evil.example/', /not an https: URL/],
    ['http://evil.example/', /not an https: URL/],
    ['https://ann:pw@evil.example/', /not an https: URL/],
    ['token', /not an https: URL/],
  ])('to a realm at %s', async (realm, state) => {
    await using server = await scripted({ [`${ROOT}/manifests/1`]: challenge(`Bearer realm="${realm}"`) });
    const error = await failure(server.source, tokensOf(server.host, 'evil.example'));
    expect(error.code).toBe('ERR_SOURCE_FETCH');
    expect(error.message).toMatch(state);
    expect(seen(server)).toEqual([undefined]);
  });

  test.each([
    ['a page', '<html>'],
    ['no token', '{"ok":true}'],
    ['a token that is a header of its own', '{"token":"x\\r\\nevil: 1"}'],
    ['a number', '{"token":1}'],
    ['null', 'null'],
  ])('and %s in place of a token is refused', async (_, body) => {
    await using realm = await serve({ '/': json(body, 'application/json') });
    await using server = await scripted({ [`${ROOT}/manifests/1`]: challenge(`Bearer realm="${realm.url}/"`) });
    expect((await failure(server.source)).code).toBe('ERR_SOURCE_FETCH');
    expect(seen(server)).toEqual([undefined]);
  });

  test('and a token is not kept for later runs', async () => {
    const { manifest } = packArtifact(PLUGIN);
    const headers = { etag: '"1"' };
    await using realm = await serve({ '/': json({ token: 'good' }, 'application/json', headers) });
    await using server = await scripted({
      [`${ROOT}/manifests/1`]: guarded(
        'Bearer good',
        `Bearer realm="${realm.url}/"`,
        json(manifest, MANIFEST, headers),
      ),
    });
    const kept: string[] = [];
    const httpCache: HttpCache = { get: async () => undefined, put: async (url) => void kept.push(url) };
    await (await openOrigin(server.source, sourceContext('/', { httpCache }))).close();
    expect(kept).toEqual([`${server.url}${ROOT}/manifests/1`]);
    expect(realm.requests).toHaveLength(1);
  });

  test('for a challenge of another kind, and one that never ends is asked twice', async () => {
    await using strange = await scripted({ [`${ROOT}/manifests/1`]: challenge('Negotiate') });
    expect((await failure(strange.source, tokensOf(strange.host))).message).toContain(
      'a kind of login that is not known',
    );
    await using never = await scripted({ [`${ROOT}/manifests/1`]: challenge('Basic realm="x"') });
    expect((await failure(never.source, tokensOf(never.host))).hint).toContain('renew the token');
    expect(seen(never)).toEqual([undefined, BASIC]);
  });

  test('over plain http: but to loopback', async () => {
    await using proxy = await startProxy();
    vi.stubEnv('http_proxy', proxy.url);
    await using server = await scripted({ [`${ROOT}/manifests/1`]: challenge('Basic realm="x"') });
    const config = { allowInsecure: ['registry.example'], ...tokensOf(`registry.example:${server.port}`) };
    const error = await failure(`oci://registry.example:${server.port}/acme/greeter:1`, config);
    expect(error.code).toBe('ERR_SOURCE_FETCH');
    expect(seen(server)).toEqual([undefined, undefined]);
  });
});

describe('a registry of the public internet', () => {
  const unknown: HttpClientOptions['resolver'] = (_name, done) =>
    done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);

  test.each(['realm', 'blob'])('leads to nothing on this machine: its %s', async (what) => {
    await using near = await serve({ '/': '{}' });
    await using server = await scripted(
      what === 'realm'
        ? { [`${ROOT}/manifests/1`]: challenge(`Bearer realm="${near.url}/"`) }
        : { [BLOB]: (_request, response) => void response.writeHead(302, { location: `${near.url}/` }).end() },
    );
    await using proxy = await startProxy();
    vi.stubEnv('http_proxy', proxy.url);
    const context = sourceContext('/', { config: { allowInsecure: ['far.example'] } });
    const http = createHttpClient(context, { resolver: unknown });
    try {
      const source = `oci://far.example:${server.port}/acme/greeter:1`;
      const error = await rejected(openOrigin(source, { ...context, http }));
      expect(error.code).toBe('ERR_SOURCE_FETCH');
      expect(`${error.message} ${error.hint}`).toContain('must not lead to this machine');
    } finally {
      await http.close();
    }
    expect(near.requests).toEqual([]);
  });

  test('is spoken to by https, and its token stays with it', async () => {
    const tls = createCertificates(['DNS:registry.example', 'DNS:storage.example']);
    await using folder = await temporaryFolder({ 'ca.pem': tls.ca });
    await using storage = await serve({ '/blob': WASM }, { tls });
    const { manifest } = packArtifact(PLUGIN);
    const at = { port: 0 };
    const guarded =
      (then: Handler): Handler =>
      (request, response) =>
        request.headers.authorization === 'Bearer good'
          ? then(request, response)
          : challenge(`Bearer realm="https://registry.example:${at.port}/token"`)(request, response);
    await using server = await scripted(
      {
        '/token': json({ access_token: 'good' }, 'application/json'),
        [`${ROOT}/manifests/1`]: guarded(json(manifest)),
        [BLOB]: guarded(
          (_request, response) =>
            void response.writeHead(307, { location: `https://storage.example:${storage.port}/blob` }).end(),
        ),
      },
      PLUGIN,
      { tls },
    );
    at.port = server.port;
    const host = `registry.example:${server.port}`;
    const config = { ca: `${folder.path}/ca.pem`, tokens: new Map([[host, 'pat']]) };
    const context = sourceContext('/', { config });
    const resolver: HttpClientOptions['resolver'] = (_name, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    const http = createHttpClient(context, { resolver });
    try {
      const origin = await openOrigin(`oci://${host}/acme/greeter:1`, { ...context, http });
      expect(origin.resolved).toMatch(/^oci:\/\/registry\.example:\d+\/acme\/greeter@sha256:[0-9a-f]{64}$/);
      await origin.close();
    } finally {
      await http.close();
    }
    const basic = `Basic ${Buffer.from('x-access-token:pat').toString('base64')}`;
    const sent = server.requests.map(({ path, headers }) => [path.replace(/\?.*/, ''), headers.authorization]);
    expect(sent).toEqual([
      [`${ROOT}/manifests/1`, undefined],
      ['/token', basic],
      [`${ROOT}/manifests/1`, 'Bearer good'],
      [BLOB, 'Bearer good'],
    ]);
    expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});
