import { createServer, type AddressInfo, type Socket } from 'node:net';
import { gzipSync, brotliCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClientOptions } from '../../src/source/http/client.ts';
import type { FetchConfig } from '../../src/config/types.ts';
import type { HttpClient, HttpFile } from '../../src/source/http/types.ts';
import type { PluginError } from '../../src/core/errors.ts';
import { createCertificates } from '../support/certificates.ts';
import { rejected } from '../support/errors.ts';
import { deadPort, serve, type Handler } from '../support/http-server.ts';
import { sourceContext } from '../support/source-context.ts';

const clients: HttpClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function get(url: string, config: Partial<FetchConfig> = {}, options: HttpClientOptions = {}): Promise<HttpFile> {
  const client = createHttpClient(sourceContext('/nowhere', { config }), { backoff: 1, ...options });
  clients.push(client);
  return client.get(url, { limit: 100_000, expect: 'module' });
}

/** A server that writes bytes of its own choice to whoever connects. */
async function rawServer(onConnection: (socket: Socket) => void): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    socket.once('data', () => onConnection(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const page = '<!DOCTYPE html><html><body>Sign in</body></html>';
const answer = (status: number, headers: Record<string, string>, body: string | Uint8Array = ''): Handler => {
  return (_request, response) => void response.writeHead(status, headers).end(body);
};

describe('HttpClient.get() refuses', () => {
  const answers: readonly (readonly [
    name: string,
    handler: Handler,
    expected: { code: string; message: RegExp; hint: RegExp },
  ])[] = [
    ['404', answer(404, {}), { code: 'ERR_SOURCE_NOT_FOUND', message: /404/, hint: /address/ }],
    ['410', answer(410, {}), { code: 'ERR_SOURCE_NOT_FOUND', message: /410/, hint: /for good/ }],
    ['401', answer(401, {}), { code: 'ERR_SOURCE_FETCH', message: /401/, hint: /tokens: \{ "127\.0\.0\.1:\d+"/ }],
    ['403', answer(403, {}), { code: 'ERR_SOURCE_FETCH', message: /403/, hint: /tokens/ }],
    ['500', answer(500, {}), { code: 'ERR_SOURCE_FETCH', message: /500/, hint: /later/ }],
    ['503', answer(503, {}), { code: 'ERR_SOURCE_FETCH', message: /503/, hint: /later/ }],
    ['429', answer(429, {}), { code: 'ERR_SOURCE_FETCH', message: /429/, hint: /fewer/ }],
    ['204', answer(204, {}), { code: 'ERR_SOURCE_FETCH', message: /204/, hint: /^$/ }],
    ['304 unasked', answer(304, {}), { code: 'ERR_SOURCE_FETCH', message: /304/, hint: /^$/ }],
    [
      'HTML by its type',
      answer(200, { 'content-type': 'text/html; charset=utf-8' }, page),
      { code: 'ERR_SOURCE_FETCH', message: /web page/, hint: /file itself/ },
    ],
    [
      'HTML by its look',
      answer(200, { 'content-type': 'text/plain' }, `\uFEFF \n${page}`),
      { code: 'ERR_SOURCE_FETCH', message: /web page/, hint: /file itself/ },
    ],
    [
      'HTML after a comment',
      answer(200, {}, `<!-- x -->\n<html lang="en">`),
      { code: 'ERR_SOURCE_FETCH', message: /web page/, hint: /file itself/ },
    ],
    [
      'an unknown encoding',
      answer(200, { 'content-encoding': 'rot13' }, 'x'),
      { code: 'ERR_SOURCE_FETCH', message: /rot13/, hint: /^$/ },
    ],
    [
      'damaged gzip',
      answer(200, { 'content-encoding': 'gzip' }, 'not gzip at all'),
      { code: 'ERR_SOURCE_FETCH', message: /damaged/, hint: /^$/ },
    ],
    [
      'truncated gzip',
      answer(200, { 'content-encoding': 'gzip' }, gzipSync('x'.repeat(9_000)).subarray(0, 20)),
      { code: 'ERR_SOURCE_FETCH', message: /before the whole body/, hint: /again/ },
    ],
    [
      'a stated 5 GB',
      (_request, response) => void response.writeHead(200, { 'content-length': String(5 * 1024 ** 3) }).write('x'),
      { code: 'ERR_SOURCE_TOO_LARGE', message: /100000 bytes/, hint: /max_module/ },
    ],
    [
      'a gzip bomb',
      answer(200, { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(50_000_000))),
      { code: 'ERR_SOURCE_TOO_LARGE', message: /100000 bytes/, hint: /max_module/ },
    ],
    [
      'a brotli bomb',
      answer(200, { 'content-encoding': 'br' }, brotliCompressSync(Buffer.alloc(50_000_000))),
      { code: 'ERR_SOURCE_TOO_LARGE', message: /100000 bytes/, hint: /max_module/ },
    ],
    ['a redirect to nowhere', answer(302, {}), { code: 'ERR_SOURCE_FETCH', message: /nowhere/, hint: /^$/ }],
    [
      'a redirect to file:',
      answer(302, { location: 'file:///etc/passwd' }),
      { code: 'ERR_SOURCE_FETCH', message: /file:/, hint: /^$/ },
    ],
    [
      'a redirect with a password',
      answer(302, { location: 'https://a:b@example.com/' }),
      { code: 'ERR_SOURCE_FETCH', message: /password/, hint: /^$/ },
    ],
    [
      'a redirect to plain http:',
      answer(302, { location: 'http://example.com/' }),
      { code: 'ERR_SOURCE_FETCH', message: /plain http:/, hint: /allow_insecure/ },
    ],
    [
      'a redirect to itself',
      (request, response) => void response.writeHead(302, { location: request.url ?? '' }).end(),
      { code: 'ERR_SOURCE_FETCH', message: /circle/, hint: /^$/ },
    ],
    [
      'redirects without end',
      (request, response) => void response.writeHead(302, { location: `${request.url}1` }).end(),
      { code: 'ERR_SOURCE_FETCH', message: /more than 10 times/, hint: /^$/ },
    ],
  ];
  test.each(answers)('%s', async (_name, handler, expected) => {
    await using server = await serve(handler);
    const error = await rejected(get(`${server.url}/mod.ts`));
    expect(error.code).toBe(expected.code);
    expect(error.message).toMatch(expected.message);
    expect(error.hint ?? '').toMatch(expected.hint);
  });

  test('an endless body, while it streams', async () => {
    let sent = 0;
    await using server = await serve((_request, response) => {
      const timer = setInterval(() => {
        sent += 50_000;
        response.write(Buffer.alloc(50_000, 97));
      }, 1);
      response.on('close', () => clearInterval(timer));
    });
    expect(await rejected(get(`${server.url}/m.ts`))).toMatchObject({ code: 'ERR_SOURCE_TOO_LARGE' });
    expect(sent).toBeLessThan(50_000_000);
  });

  const raw: readonly (readonly [name: string, bytes: string, end: boolean, message: RegExp])[] = [
    [
      'a body shorter than stated',
      'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nexport default',
      true,
      /before the whole body/,
    ],
    [
      'a chunked body without its end',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      true,
      /before the whole body/,
    ],
    ['a server that says nothing and hangs up', '', true, /without an answer/],
    ['a server that is silent', '', false, /sent nothing for 150 ms/],
    ['a server that stops in its headers', 'HTTP/1.1 200 OK\r\nContent-Le', false, /sent nothing for 150 ms/],
    ['a body that stops', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nexport', false, /sent nothing for 150 ms/],
    ['what is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', true, /does not speak HTTP/],
    [
      'endless headers',
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`,
      false,
      /headers are too large|does not speak HTTP/,
    ],
  ];
  test.each(raw)('%s', async (_name, bytes, end, message) => {
    await using server = await rawServer((socket) => void (end ? socket.end(bytes) : socket.write(bytes)));
    const error = await rejected(get(`${server.url}/mod.ts`, { idleTimeout: 150 }));
    expect(error.code).toBe('ERR_SOURCE_FETCH');
    expect(error.message).toMatch(message);
  });

  test('a slow-loris body, by the total time', async () => {
    await using server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const error = await rejected(get(`${server.url}/mod.ts`, { timeout: 300, idleTimeout: 200 }));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_FETCH', message: expect.stringContaining('longer than 300 ms') });
  });

  test('a dead server', async () => {
    const error = await rejected(get(`http://127.0.0.1:${await deadPort()}/mod.ts`));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_FETCH', message: expect.stringContaining('nothing listens') });
  });

  test.each([
    ['ENOTFOUND', /no host is called nowhere\.test/],
    ['EAI_AGAIN', /no answer for nowhere\.test/],
  ])('a name that does not resolve: %s', async (code, message) => {
    const resolver: HttpClientOptions['resolver'] = (_name, done) => done(Object.assign(new Error(code), { code }), []);
    const error = await rejected(get('https://nowhere.test/mod.ts', {}, { resolver }));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_FETCH', message: expect.stringMatching(message) });
  });
});

describe('HttpClient.get() over TLS', () => {
  const certificates = createCertificates();
  const other = createCertificates(['DNS:other.example']);

  test.each([
    ['an unknown authority', certificates],
    ['another name', other],
  ])('refuses %s, and says how to name an authority', async (_name, tls) => {
    await using server = await serve({ '/mod.ts': 'x' }, { tls });
    const error = await rejected(get(`${server.url}/mod.ts`));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_FETCH', message: expect.stringContaining('is not trusted') });
    expect(error.hint).toContain('fetch: { ca: ./ca.pem }');
    expect(server.requests).toEqual([]);
  });

  test('trusts the authority of the config, for the names it certifies', async () => {
    const { temporaryFolder } = await import('../support/temp.ts');
    await using folder = await temporaryFolder({
      'ca.pem': certificates.ca,
      'other.pem': other.ca,
      'bad.pem': 'nonsense',
    });
    await using server = await serve({ '/mod.ts': 'x' }, { tls: certificates });
    await using wrong = await serve({ '/mod.ts': 'x' }, { tls: other });
    const ca = (name: string): Partial<FetchConfig> => ({ ca: `${folder.path}/${name}` });
    expect(Buffer.from((await get(`${server.url}/mod.ts`, ca('ca.pem'))).bytes).toString()).toBe('x');
    const failures: [string, string, RegExp][] = [
      [wrong.url, 'other.pem', /ERR_TLS_CERT_ALTNAME_INVALID/],
      [server.url, 'gone.pem', /Cannot read the certificate authority/],
      [server.url, 'bad.pem', /not PEM/],
    ];
    for (const [url, name, message] of failures) {
      expect((await rejected(get(`${url}/mod.ts`, ca(name)))).message).toMatch(message);
    }
  });

  test('says that a server does not speak TLS', async () => {
    await using server = await serve({ '/mod.ts': 'x' });
    const error = await rejected(get(`${server.url.replace('http:', 'https:')}/mod.ts`));
    expect(error.message).toMatch(/does not speak TLS/);
  });

  test('refuses a redirect from https: to http:, to loopback too', async () => {
    const { temporaryFolder } = await import('../support/temp.ts');
    await using folder = await temporaryFolder({ 'ca.pem': certificates.ca });
    await using plain = await serve({ '/mod.ts': 'x' });
    await using server = await serve(answer(302, { location: `${plain.url}/mod.ts` }), { tls: certificates });
    const error = await rejected(get(`${server.url}/mod.ts`, { ca: `${folder.path}/ca.pem` }));
    expect(error.message).toMatch(/from https: to plain http:/);
    expect(plain.requests).toEqual([]);
  });
});

test('HttpClient.get() shows nothing unprintable of what a server says', async () => {
  await using server = await serve(answer(302, { location: 'https://example.com/\u001b[31m' }));
  const error: PluginError = await rejected(
    get(`${server.url}/\u202emod.ts`, {}, { resolver: (_name, done) => done(null, []) }),
  );
  expect(error.message).not.toMatch(/[\u001b\u202e]/);
});
