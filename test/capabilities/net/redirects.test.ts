import { describe, expect, it } from 'vitest';
import { get, refusalOf, rig, serve, type TestServer } from '../harness.ts';

interface Seen {
  readonly method: string | undefined;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

/** Redirects `/` to where `location` says, with `status`; everything else is told back. */
async function redirecting(status: number, location: () => string): Promise<TestServer & { seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({
        method: request.method,
        headers: request.headers as Record<string, string | undefined>,
        body: Buffer.concat(chunks).toString(),
      });
      if (request.url === '/') response.writeHead(status, { location: location() });
      response.end(request.url);
    });
  });
  return { ...server, seen };
}

describe('net.fetch follows a redirect', () => {
  it.each([
    [301, 'GET', 'GET', ''],
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'sent'],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [307, 'POST', 'POST', 'sent'],
    [308, 'PUT', 'PUT', 'sent'],
  ])('%i of %s as %s', async (status, method, then, body) => {
    const server = await redirecting(status, () => '/next');
    const it = await rig({ net: [server.host] });
    const sends = method !== 'GET' && method !== 'HEAD';
    const answer = await get(it, {
      url: `${server.url}#mark`,
      method,
      headers: [
        ['content-type', 'text/x'],
        ['authorization', 'secret'],
      ],
      ...(sends ? { body: 'sent' } : {}),
    });
    await answer.text();
    expect(answer.head).toMatchObject({ status: 200, redirected: true, url: `${server.url}next` });
    expect(server.seen[1]).toMatchObject({ method: then, body, headers: { authorization: 'secret' } });
    expect(server.seen[1]?.headers['content-type']).toBe(sends && then === 'GET' ? undefined : 'text/x');
  });

  it('to another origin without the credentials', async () => {
    const other = await redirecting(200, () => '');
    const server = await redirecting(302, () => `${other.url}next`);
    const it = await rig({ net: [server.host, other.host] });
    const headers = [
      ['authorization', 'a'],
      ['cookie', 'b'],
      ['x-api-key', 'c'],
      ['x-kept', 'd'],
    ] as const;
    await (await get(it, { url: server.url, headers })).text();
    expect(server.seen[0]?.headers).toMatchObject({ authorization: 'a', cookie: 'b' });
    expect(other.seen[0]?.headers).toMatchObject({ 'x-kept': 'd', host: other.host });
    for (const name of ['authorization', 'cookie', 'x-api-key']) expect(other.seen[0]?.headers[name]).toBeUndefined();
    expect(it.audited.map(({ value, outcome }) => [value, outcome])).toEqual([
      [server.host, 'allowed'],
      [other.host, 'allowed'],
    ]);
  });

  it('but not the 21st', async () => {
    let count = 0;
    const server = await serve((_request, response) => {
      count += 1;
      response.writeHead(302, { location: `/${count}` }).end();
    });
    const it = await rig({ net: [server.host] });
    const error = await refusalOf(get(it, { url: server.url }));
    expect(error).toMatchObject({ code: 'ERR_NET', message: expect.stringContaining('too often') });
    expect(count).toBe(21);
  });
});

describe('net.fetch refuses a redirect', () => {
  it.each([
    ['to a denied host', (port: number) => `http://localhost:${port}/`, 'ERR_PERMISSION_DENIED'],
    [
      'to a denied port',
      (port: number) => `http://127.0.0.1:${port === 65_535 ? 1 : port + 1}/`,
      'ERR_PERMISSION_DENIED',
    ],
    ['to a metadata address', () => 'http://169.254.169.254/latest', 'ERR_PERMISSION_DENIED'],
    ['to a number spelling', () => 'http://2852039166/latest', 'ERR_PERMISSION_DENIED'],
    ['with userinfo', (port: number) => `http://user:pw@127.0.0.1:${port}/x`, 'ERR_VALUE'],
    ['to a file', () => 'file:///etc/passwd', 'ERR_VALUE'],
    ['to data', () => 'data:text/plain,x', 'ERR_VALUE'],
    ['to nothing', () => 'http://', 'ERR_NET'],
  ])('%s', async (_what, location, code) => {
    const server: TestServer = await redirecting(302, () => location(server.port));
    const it = await rig({ net: [server.host] });
    expect((await refusalOf(get(it, { url: server.url }))).code).toBe(code);
  });

  it('in the mode error', async () => {
    const server = await redirecting(302, () => '/next');
    const it = await rig({ net: [server.host] });
    expect((await refusalOf(get(it, { url: server.url, redirect: 'error' }))).code).toBe('ERR_NET');
  });

  it('that would send a body again which was too large to keep', async () => {
    const server = await redirecting(307, () => '/next');
    const it = await rig({ net: [server.host] }, { limits: { netBytes: 8_388_608 } });
    const error = await refusalOf(get(it, { url: server.url, method: 'POST', body: 'x'.repeat(1_500_000) }));
    expect(error).toMatchObject({ code: 'ERR_NET', message: expect.stringContaining('cannot be sent again') });
  });

  it('never in the mode manual, which shows it', async () => {
    const server = await redirecting(302, () => 'https://evil.example/');
    const it = await rig({ net: [server.host] });
    const answer = await get(it, { url: server.url, redirect: 'manual' });
    expect(answer.head).toMatchObject({ status: 302, redirected: false });
    expect(answer.head.headers).toContainEqual(['location', 'https://evil.example/']);
    await answer.text();
  });
});
