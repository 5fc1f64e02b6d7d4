import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createHttpClient, type HttpClientOptions } from '../../src/source/http/client.ts';
import { reachOfAddress } from '../../src/source/http/hosts.ts';
import { createReachBook } from '../../src/source/http/reach.ts';
import { parseRetryAfter } from '../../src/source/http/retry.ts';
import type { HttpCache, HttpCacheEntry, HttpClient, Reach } from '../../src/source/http/types.ts';
import type { FetchConfig } from '../../src/config/types.ts';
import type { SourceContext } from '../../src/source/types.ts';
import { rejected } from '../support/errors.ts';
import { serve } from '../support/http-server.ts';
import { startProxy } from '../support/proxy.ts';
import { sourceContext } from '../support/source-context.ts';

const clients: HttpClient[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function client(
  config: Partial<FetchConfig> = {},
  options: HttpClientOptions = {},
  context: Partial<Omit<SourceContext, 'config'>> = {},
): HttpClient {
  const made = createHttpClient(sourceContext('/nowhere', { ...context, config }), { backoff: 1, ...options });
  clients.push(made);
  return made;
}

const module = { limit: 100_000, expect: 'module' } as const;
const text = (file: { bytes: Uint8Array }): string => Buffer.from(file.bytes).toString();

describe('HttpClient.get() gives', () => {
  test.each([
    ['identity', (body: Buffer) => body],
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('a body with encoding %s', async (encoding, encode) => {
    const body = encode(Buffer.from('export default 1;\n'.repeat(500)));
    await using server = await serve((_request, response) => {
      response
        .writeHead(200, { 'content-encoding': encoding, 'content-type': 'Text/JavaScript; charset=utf-8' })
        .end(body);
    });
    const file = await client().get(`${server.url}/mod.js`, module);
    expect(text(file)).toBe('export default 1;\n'.repeat(500));
    expect(file).toMatchObject({ contentType: 'text/javascript', finalUrl: `${server.url}/mod.js`, redirects: [] });
  });

  test.each([301, 302, 303, 307, 308])('what a %i leads to, with every hop recorded', async (status) => {
    await using server = await serve({
      '/a': (_request, response) => void response.writeHead(status, { location: '/b' }).end('ignored'),
      '/b': (_request, response) => void response.writeHead(status, { location: 'sub/c.ts' }).end(),
      '/sub/c.ts': 'c',
    });
    const file = await client().get(`${server.url}/a`, module);
    expect(file).toMatchObject({
      finalUrl: `${server.url}/sub/c.ts`,
      redirects: [`${server.url}/a`, `${server.url}/b`],
    });
  });

  test('each URL once, and a failed one again', async () => {
    let fails = true;
    await using server = await serve({
      '/ok.ts': 'ok',
      '/bad.ts': (_request, response) => void response.writeHead(fails ? 404 : 200).end('now'),
    });
    const shared = client();
    const files = await Promise.all(Array.from({ length: 20 }, () => shared.get(`${server.url}/ok.ts`, module)));
    expect(new Set(files.map(text))).toEqual(new Set(['ok']));
    await rejected(shared.get(`${server.url}/bad.ts`, module));
    fails = false;
    expect(text(await shared.get(`${server.url}/bad.ts`, module))).toBe('now');
    expect(server.requests.map((request) => request.path)).toEqual(['/ok.ts', '/bad.ts', '/bad.ts']);
  });

  test('no more than the stated number at the same time', async () => {
    let running = 0;
    let most = 0;
    await using server = await serve((_request, response) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        response.end('x');
      }, 10);
    });
    const shared = client({}, { parallel: 3 });
    await Promise.all(Array.from({ length: 12 }, (_, index) => shared.get(`${server.url}/${index}.ts`, module)));
    expect(most).toBe(3);
  });

  test('progress with the total where it is known', async () => {
    await using server = await serve({ '/mod.ts': 'x'.repeat(1_000) });
    const events: unknown[] = [];
    await client({}, {}, { progress: (event) => events.push(event) }).get(`${server.url}/mod.ts`, module);
    expect(events.at(-1)).toEqual({ item: `${server.url}/mod.ts`, bytes: 1_000, total: 1_000, done: true });
    expect(events[0]).toMatchObject({ total: 1_000, done: false });
  });
});

describe('HttpClient.get() tries again', () => {
  test.each([429, 502, 503, 504])('after %i', async (status) => {
    let count = 0;
    await using server = await serve(
      (_request, response) => void response.writeHead(++count < 3 ? status : 200).end('good'),
    );
    expect(text(await client({ retries: 2 }).get(`${server.url}/mod.ts`, module))).toBe('good');
    expect(count).toBe(3);
  });

  test('after a connection that broke in the body', async () => {
    let count = 0;
    await using server = await serve((_request, response) => {
      if (++count === 2) {
        response.end('whole');
        return;
      }
      response.writeHead(200, { 'content-length': '500' }).write('half');
      setTimeout(() => response.destroy(), 5);
    });
    expect(text(await client({ retries: 1 }).get(`${server.url}/mod.ts`, module))).toBe('whole');
  });

  test('as often as the config says, and not for what will not change', async () => {
    await using server = await serve({
      '/busy.ts': (_request, response) => void response.writeHead(503).end(),
      '/page.ts': (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      '/broken.ts': (_request, response) => void response.writeHead(500).end(),
    });
    const shared = client({ retries: 2 });
    for (const path of ['/busy.ts', '/page.ts', '/gone.ts', '/broken.ts'])
      await rejected(shared.get(server.url + path, module));
    const counts = Map.groupBy(server.requests, (request) => request.path);
    expect([...counts].map(([path, requests]) => [path, requests.length])).toEqual([
      ['/busy.ts', 3],
      ['/page.ts', 1],
      ['/gone.ts', 1],
      ['/broken.ts', 1],
    ]);
  });

  test('not before Retry-After, and not at all when that is too long', async () => {
    let count = 0;
    const waits: unknown[] = [];
    const logger: SourceContext['logger'] = { log: (_level, _message, fields) => waits.push(fields?.['wait']) };
    await using server = await serve({
      '/soon.ts': (_request, response) => {
        response.writeHead(++count < 2 ? 503 : 200, { 'retry-after': '1' }).end('x');
      },
      '/late.ts': (_request, response) => void response.writeHead(429, { 'retry-after': '86400' }).end(),
    });
    const shared = client({ retries: 3 }, {}, { logger });
    await shared.get(`${server.url}/soon.ts`, module);
    expect(waits).toEqual([1_000]);
    expect((await rejected(shared.get(`${server.url}/late.ts`, module))).details).toEqual({ retryAfter: '86400' });
    expect(server.requests.filter((request) => request.path === '/late.ts')).toHaveLength(1);
  });

  test('parseRetryAfter() reads seconds and dates', () => {
    expect(parseRetryAfter('7', 0)).toBe(7_000);
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:09 GMT', 4_000)).toBe(5_000);
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:01 GMT', 4_000)).toBe(0);
    for (const nonsense of ['soon', '-1', '99999999999', undefined, 7])
      expect(parseRetryAfter(nonsense, 0)).toBeUndefined();
  });
});

describe('HttpClient.get() is stopped', () => {
  test('by its own signal, others going on', async () => {
    let release = (): void => {};
    await using server = await serve((_request, response) => {
      release = () => response.end('x');
    });
    const shared = client();
    const controller = new AbortController();
    const first = shared.get(`${server.url}/mod.ts`, { ...module, signal: controller.signal });
    const second = shared.get(`${server.url}/mod.ts`, module);
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    controller.abort();
    expect(await rejected(first)).toMatchObject({
      code: 'ERR_ABORTED',
      message: `Cannot fetch "${server.url}/mod.ts": it was aborted`,
    });
    release();
    expect(text(await second)).toBe('x');
  });

  test.each(['headers', 'body'])('in its %s, and the request ends with it', async (phase) => {
    let closed = false;
    await using server = await serve((_request, response) => {
      response.on('close', () => (closed = true));
      if (phase === 'body') response.writeHead(200).write('half');
    });
    const controller = new AbortController();
    const file = client().get(`${server.url}/mod.ts`, { ...module, signal: controller.signal });
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    controller.abort();
    expect((await rejected(file)).code).toBe('ERR_ABORTED');
    await vi.waitFor(() => expect(closed).toBe(true));
  });

  test('by the signal of the run, between tries too', async () => {
    const controller = new AbortController();
    await using server = await serve(
      (_request, response) => void response.writeHead(503, { 'retry-after': '20' }).end(),
    );
    const file = client({ retries: 5 }, {}, { signal: controller.signal }).get(`${server.url}/mod.ts`, module);
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    controller.abort();
    expect((await rejected(file)).code).toBe('ERR_ABORTED');
  });

  test('by close()', async () => {
    await using server = await serve(() => {});
    const shared = client();
    const file = rejected(shared.get(`${server.url}/mod.ts`, module));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    await shared.close();
    expect((await file).code).toBe('ERR_ABORTED');
  });
});

describe('HttpClient.get() asks conditionally', () => {
  function memoryCache(): HttpCache & { entries: Map<string, HttpCacheEntry & { bytes: Uint8Array }> } {
    const entries = new Map<string, HttpCacheEntry & { bytes: Uint8Array }>();
    return {
      entries,
      get: async (url) => entries.get(url),
      put: async (url, entry, bytes) => void entries.set(url, { ...entry, bytes }),
    };
  }

  test('with ETag and Last-Modified, and takes 304 for the kept bytes', async () => {
    let etag = '"1"';
    await using server = await serve({
      '/a.ts': (_request, response) => void response.writeHead(302, { location: '/b.ts' }).end(),
      '/b.ts': (request, response) => {
        const headers = { etag, 'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT', 'content-type': 'text/javascript' };
        if (request.headers['if-none-match'] === etag) response.writeHead(304, headers).end();
        else response.writeHead(200, headers).end(`body ${etag}`);
      },
    });
    const httpCache = memoryCache();
    const fetch = () => client({}, {}, { httpCache }).get(`${server.url}/a.ts`, module);
    expect(text(await fetch())).toBe('body "1"');
    expect([...httpCache.entries.keys()]).toEqual([`${server.url}/b.ts`]);
    expect(await fetch()).toMatchObject({ contentType: 'text/javascript', finalUrl: `${server.url}/b.ts` });
    expect(server.requests.at(-1)?.headers).toMatchObject({
      'if-none-match': '"1"',
      'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT',
    });
    etag = '"2"';
    expect(text(await fetch())).toBe('body "2"');
    expect(httpCache.entries.get(`${server.url}/b.ts`)?.etag).toBe('"2"');
  });

  test('and keeps nothing of what it refused', async () => {
    const headers = { etag: '"x"' };
    await using server = await serve({
      '/page.ts': (_request, response) => void response.writeHead(200, headers).end('<!doctype html>'),
      '/half.ts': (_request, response) => {
        response.writeHead(200, { ...headers, 'content-length': '500' }).write('half');
        setTimeout(() => response.destroy(), 5);
      },
      '/large.ts': (_request, response) => void response.writeHead(200, headers).end('x'.repeat(200_000)),
      '/gone.ts': (_request, response) => void response.writeHead(404, headers).end('x'),
    });
    const httpCache = memoryCache();
    const shared = client({}, {}, { httpCache });
    for (const path of ['/page.ts', '/half.ts', '/large.ts', '/gone.ts'])
      await rejected(shared.get(server.url + path, module));
    expect(httpCache.entries.size).toBe(0);
  });

  test('and does not fail when the answer cannot be kept', async () => {
    await using server = await serve({
      '/m.ts': (_request, response) => void response.writeHead(200, { etag: '"1"' }).end('x'),
    });
    const logged: string[] = [];
    const httpCache: HttpCache = { get: async () => undefined, put: () => Promise.reject(new Error('read-only')) };
    const logger: SourceContext['logger'] = { log: (level, message) => logged.push(`${level} ${message}`) };
    expect(text(await client({}, {}, { httpCache, logger }).get(`${server.url}/m.ts`, module))).toBe('x');
    expect(logged).toEqual(['warn an answer was not kept for later']);
  });
});

describe('tokens', () => {
  test('go to their host and port alone, never along a redirect', async () => {
    await using other = await serve({ '/b.ts': 'b' });
    await using server = await serve({
      '/a.ts': (_request, response) => void response.writeHead(302, { location: `${other.url}/b.ts` }).end(),
      '/c.ts': 'c',
    });
    const shared = client({
      tokens: new Map([
        [server.host, 's3cret'],
        ['127.0.0.1', 'wrong-port'],
        ['example.com', 'other'],
      ]),
    });
    await shared.get(`${server.url}/a.ts`, module);
    await shared.get(`${server.url}/c.ts`, module);
    expect(server.requests.map((request) => request.headers.authorization)).toEqual(['Bearer s3cret', 'Bearer s3cret']);
    expect(other.requests.map((request) => request.headers.authorization)).toEqual([undefined]);
  });

  test('that were refused are named as such, not shown', async () => {
    await using server = await serve((_request, response) => void response.writeHead(401).end());
    const error = await rejected(
      client({ tokens: new Map([[server.host, 's3cret']]) }).get(`${server.url}/a.ts`, module),
    );
    expect(error.message).toContain('to the token of the config');
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('s3cret');
  });
});

describe('reach', () => {
  test.each<[string, Reach]>([
    ['93.184.216.34', 0],
    ['2606:4700::1111', 0],
    ['::ffff:93.184.216.34', 0],
    ['10.0.0.1', 1],
    ['172.16.3.4', 1],
    ['192.168.1.1', 1],
    ['100.64.0.1', 1],
    ['198.18.0.1', 1],
    ['224.0.0.1', 1],
    ['255.255.255.255', 1],
    ['fd00::1', 1],
    ['2002:7f00:1::', 1],
    ['64:ff9b::7f00:1', 2],
    ['64:ff9b::5db8:d822', 0],
    ['127.0.0.1', 2],
    ['127.9.9.9', 2],
    ['0.0.0.0', 2],
    ['169.254.169.254', 2],
    ['::1', 2],
    ['::', 2],
    ['fe80::1', 2],
    ['::ffff:127.0.0.1', 2],
    ['::ffff:10.0.0.1', 1],
    ['nonsense', 2],
  ])('of %s is %i', (address, reach) => {
    expect(reachOfAddress(address)).toBe(reach);
  });

  test.each([
    'http://127.0.0.1:1/x.ts',
    'https://[::1]/x.ts',
    'https://10.0.0.1/x.ts',
    'https://169.254.169.254/latest',
    'https://localhost/x.ts',
    'https://a.localhost/x.ts',
    'https://2130706433/x.ts',
    'https://0x7f.1/x.ts',
    'https://localhost./x.ts',
  ])('of a public module does not go to %s', async (url) => {
    const shared = client({}, { resolver: (_name, done) => done(null, [{ address: '93.184.216.34', family: 4 }]) });
    const error = await rejected(shared.get(url, { ...module, referrer: 'https://cdn.example/mod.ts' }));
    expect(error.code).toBe('ERR_IMPORT_DENIED');
    expect(error.details).toEqual({ importer: 'https://cdn.example/mod.ts' });
  });

  test('of a public module does not go to a name with a near address', async () => {
    await using server = await serve({ '/x.ts': 'x' });
    const addresses: Record<string, string> = { 'cdn.example': '93.184.216.34', 'sneaky.example': '127.0.0.1' };
    const shared = client({}, { resolver: (name, done) => done(null, [{ address: addresses[name]!, family: 4 }]) });
    const url = `https://sneaky.example:${server.port}/x.ts`;
    const error = await rejected(shared.get(url, { ...module, referrer: 'https://cdn.example/mod.ts' }));
    expect(error).toMatchObject({
      code: 'ERR_IMPORT_DENIED',
      message: expect.stringContaining('sneaky.example is 127.0.0.1'),
    });
    expect(server.requests).toEqual([]);
  });

  test('of a name is what it first was: rebinding it later opens nothing', async () => {
    let address = '93.184.216.34';
    const book = createReachBook((_name, done) => done(null, [{ address, family: 4 }]));
    const look = (): Promise<Error | null> =>
      new Promise((resolve) => book.lookup(2)('evil.example', { all: true }, resolve));
    expect(await look()).toBeNull();
    address = '127.0.0.1';
    expect(await look()).toBeNull();
    expect(await book.allowedFrom('https://evil.example/m.ts', new URL('https://127.0.0.1/x.ts'))).toBe(0);
  });

  test('of a module on this machine goes to this machine', async () => {
    await using server = await serve({ '/x.ts': 'x' });
    expect(text(await client().get(`${server.url}/x.ts`, { ...module, referrer: 'http://localhost:1/mod.ts' }))).toBe(
      'x',
    );
  });

  test('of a redirect is that of the host that redirects', async () => {
    await using near = await serve({ '/x.ts': 'x' });
    await using far = await serve(
      (_request, response) => void response.writeHead(302, { location: `${near.url}/x.ts` }).end(),
    );
    await using proxy = await startProxy();
    vi.stubEnv('http_proxy', proxy.url);
    const url = `http://far.example:${far.port}/mod.ts`;
    const unknown: HttpClientOptions['resolver'] = (_name, done) =>
      done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    const error = await rejected(client({ allowInsecure: ['far.example'] }, { resolver: unknown }).get(url, module));
    expect(error).toMatchObject({
      code: 'ERR_SOURCE_FETCH',
      message: expect.stringContaining('Cannot follow the redirect'),
    });
    expect(proxy.asked).toEqual([`GET ${url}`]);
    expect(near.requests).toEqual([]);
  });
});

describe('proxies of the environment', () => {
  test('are used for names, not for loopback, and NO_PROXY holds', async () => {
    await using server = await serve({ '/mod.ts': 'x' });
    await using proxy = await startProxy();
    vi.stubEnv('http_proxy', proxy.url);
    vi.stubEnv('no_proxy', 'direct.example');
    const config = { allowInsecure: ['plugins.example', 'direct.example'] };
    const resolver: HttpClientOptions['resolver'] = (_name, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    const shared = client(config, { resolver });
    for (const host of ['plugins.example', '127.0.0.1', 'direct.example']) {
      expect(text(await shared.get(`http://${host}:${server.port}/mod.ts`, module))).toBe('x');
    }
    expect(proxy.asked).toEqual([`GET http://plugins.example:${server.port}/mod.ts`]);
  });

  test('tunnel https, with the extra authority inside', async () => {
    const { createCertificates } = await import('../support/certificates.ts');
    const { temporaryFolder } = await import('../support/temp.ts');
    const certificates = createCertificates(['DNS:plugins.example']);
    await using folder = await temporaryFolder({ 'ca.pem': certificates.ca });
    await using server = await serve({ '/mod.ts': 'secure' }, { tls: certificates });
    await using proxy = await startProxy({ password: 'ann:pw' });
    const url = `https://plugins.example:${server.port}/mod.ts`;
    const ca = `${folder.path}/ca.pem`;
    vi.stubEnv('https_proxy', proxy.url.replace('//', '//ann:pw@'));
    expect(text(await client({ ca }).get(url, module))).toBe('secure');
    expect(proxy.asked).toEqual([`CONNECT plugins.example:${server.port}`]);
    vi.stubEnv('https_proxy', proxy.url);
    expect((await rejected(client({ ca }).get(url, module))).message).toMatch(/proxy asks for a user name|407/);
  });

  test.each([
    ['nonsense', /Cannot use the proxy of the environment/],
    ['http://127.0.0.1:9', /proxy|nothing listens/],
  ])('that cannot be used are named: %s', async (value, message) => {
    vi.stubEnv('https_proxy', value);
    const error = await rejected(client().get('https://plugins.example/mod.ts', module));
    expect(error.code).toBe('ERR_SOURCE_FETCH');
    expect(error.message).toMatch(message);
  });
});
