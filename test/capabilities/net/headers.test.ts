import { describe, expect, it } from 'vitest';
import { get, refusalOf, rig, serve } from '../harness.ts';

describe('net.fetch refuses', () => {
  it.each([
    [['x-a', 'b\r\nx-c: d']],
    [['x-a', 'b\nx-c: d']],
    [['x-a', 'b\0']],
    [['x-a', ' b']],
    [['x-a', 'b\u0100']],
    [['x-a\r\nx-b', 'c']],
    [['x a', 'c']],
    [['', 'c']],
    [['x:a', 'c']],
    [['Host', 'evil.example']],
    [['transfer-encoding', 'chunked']],
    [['te', 'trailers']],
    [['Trailer', 'x']],
    [['upgrade', 'websocket']],
    [['expect', '100-continue']],
    [['proxy-authorization', 'x']],
    [['Proxy-Connection', 'x']],
    [['x-a', 'a'.repeat(70_000)]],
  ] as const)('the header %j', async (header) => {
    const it = await rig({ net: ['127.0.0.1:1'] });
    expect((await refusalOf(get(it, { url: 'http://127.0.0.1:1/', headers: [header] }))).code).toBe('ERR_VALUE');
  });

  it.each([
    ['too many headers', { headers: Array.from({ length: 300 }, (_, at) => [`x-${at}`, ''] as const) }],
    [
      'headers too large together',
      { headers: Array.from({ length: 20 }, (_, at) => [`x-${at}`, 'a'.repeat(4_000)] as const) },
    ],
    ['a length that is none', { headers: [['content-length', '1, 2']] as const, method: 'POST', body: 'x' }],
    [
      'two lengths',
      {
        headers: [
          ['content-length', '1'],
          ['Content-Length', '1'],
        ] as const,
        method: 'POST',
        body: 'x',
      },
    ],
    ['CONNECT', { method: 'CONNECT' }],
    ['TRACE', { method: 'trace' }],
    ['a method with a line break', { method: 'GET / HTTP/1.1\r\nx: y' }],
    ['a GET with a body', { body: 'x' }],
    ['a URL that is none', { url: 'http://' }],
    ['a URL that is too long', { url: `http://127.0.0.1:1/${'a'.repeat(20_000)}` }],
    ['a lone surrogate', { url: 'http://127.0.0.1:1/\ud800' }],
  ])('%s', async (_what, request) => {
    const it = await rig({ net: ['127.0.0.1:1'] });
    expect((await refusalOf(get(it, { url: 'http://127.0.0.1:1/', ...request }))).code).toBe('ERR_VALUE');
  });

  it.each([
    [[]],
    [[null]],
    [['http://127.0.0.1/']],
    [[{}]],
    [[{ url: 'http://127.0.0.1:1/', method: 'GET', headers: {}, redirect: 'follow', hasBody: false }]],
    [[{ url: 'http://127.0.0.1:1/', method: 'GET', headers: [['a']], redirect: 'follow', hasBody: false }]],
    [[{ url: 'http://127.0.0.1:1/', method: 'GET', headers: [['a', 'b', 'c']], redirect: 'follow', hasBody: false }]],
    [[{ url: 'http://127.0.0.1:1/', method: 'GET', headers: [[1, 2]], redirect: 'follow', hasBody: false }]],
    [[{ url: 'http://127.0.0.1:1/', method: 'GET', headers: [], redirect: 'loop', hasBody: false }]],
    [[{ url: 'http://127.0.0.1:1/', method: 'GET', headers: [], redirect: 'follow', hasBody: 1 }]],
    [[{ url: 1n, method: 'GET', headers: [], redirect: 'follow', hasBody: false }]],
    [[{ method: 'GET', headers: [], redirect: 'follow', hasBody: false, ['__proto__']: { url: 'http://127.0.0.1/' } }]],
  ])('the request %#', async (args) => {
    const it = await rig({ net: ['127.0.0.1:1'] });
    expect((await refusalOf(it.ask('net.fetch', args as never))).code).toBe('ERR_VALUE');
  });
});

it('net.fetch sets what belongs to the host, and keeps a promised length', async () => {
  const server = await serve((request, response) => response.end(JSON.stringify(request.rawHeaders)));
  const it = await rig({ net: [server.host] });
  const headers = [
    ['connection', 'x-a'],
    ['keep-alive', 'timeout=99'],
    ['content-length', '4'],
    ['user-agent', 'mine'],
    ['x-latin', 'caf\u00e9'],
  ] as const;
  const answer = await get(it, { url: server.url, method: 'POST', body: 'four', headers });
  const sent = JSON.parse(await answer.text()) as string[];
  const value = (name: string): string | undefined => sent[sent.findIndex((each) => each.toLowerCase() === name) + 1];
  expect(value('host')).toBe(server.host);
  expect(value('connection')).toBe('keep-alive');
  expect(value('content-length')).toBe('4');
  expect(value('user-agent')).toBe('mine');
  expect(value('x-latin')).toBe('caf\u00e9');
  expect(sent.map((each) => each.toLowerCase())).not.toContain('transfer-encoding');
});

it.each([
  ['with its length, when it ends at once', () => new Blob(['four']).stream(), '4', undefined],
  [
    'in chunks, when it goes on',
    () =>
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 150));
          controller.enqueue(new Uint8Array(4));
          controller.close();
        },
      }),
    undefined,
    'chunked',
  ],
])('net.fetch sends a body %s', async (_what, body, length, coding) => {
  const server = await serve((request, response) => {
    request.resume();
    request.on('end', () => response.end(JSON.stringify(request.headers)));
  });
  const it = await rig({ net: [server.host] });
  const answer = await get(it, { url: server.url, method: 'POST', body: body() });
  const headers = JSON.parse(await answer.text()) as Record<string, string>;
  expect([headers['content-length'], headers['transfer-encoding']]).toEqual([length, coding]);
});
