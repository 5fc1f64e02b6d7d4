import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestServer, serve } from '../../support/http-server.ts';
import { closeSandbox, wholeWay } from '../whole-way.ts';

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('fetch the whole way', () => {
  let server: TestServer;
  let sent = 0;
  let closed = 0;
  beforeEach(async () => {
    sent = 0;
    closed = 0;
    server = await serve({
      '/json': (_request, response) => void response.setHeader('content-type', 'application/json').end('{"a":[1,"é"]}'),
      '/echo': async (request, response) => {
        const body = await bodyOf(request);
        const { 'content-type': type = '', 'x-own': own = '' } = request.headers;
        const digest = createHash('sha256').update(body).digest('hex');
        const head = { method: request.method, type, own, length: body.length, digest };
        response.end(JSON.stringify({ ...head, text: body.subarray(0, 100).toString() }));
      },
      '/cookies': (_request, response) =>
        void response
          .writeHead(
            201,
            'Made',
            [
              ['Set-Cookie', 'a=1'],
              ['Set-Cookie', 'b=2'],
              ['X-A', '1'],
            ].flat(),
          )
          .end(),
      '/redirect': (_request, response) => void response.writeHead(302, { location: '/json' }).end(),
      '/empty': (_request, response) => void response.writeHead(204).end(),
      '/endless': (_request, response) => {
        const chunk = Buffer.alloc(16_384, 'x');
        const more = (): void => {
          while (!response.destroyed) {
            sent += chunk.length;
            if (!response.write(chunk)) return void response.once('drain', more);
          }
        };
        response.on('close', () => (closed += 1));
        more();
      },
      '/slow': () => undefined,
      '/broken': (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('part');
        setTimeout(() => response.destroy(), 20);
      },
    });
  });
  afterEach(() => server.close());
  afterAll(closeSandbox);

  const granted = (): { net: string[] } => ({ net: [server.host] });

  it('reads JSON, headers and status', async () => {
    const { run } = await wholeWay(
      {
        body: `const json = await fetch(args[0] + '/json#hash'); const cookies = await fetch(args[0] + '/cookies');
          return [await json.json(), json.url, json.ok, json.type, json.headers.get('Content-Type'), json.bodyUsed, cookies.status, cookies.statusText, cookies.headers.getSetCookie(), [...cookies.headers].length > 2, await cookies.text()];`,
      },
      granted(),
    );
    expect(await run(server.url)).toEqual([
      { a: [1, 'é'] },
      `${server.url}/json`,
      true,
      'basic',
      'application/json',
      true,
      201,
      'Made',
      ['a=1', 'b=2'],
      true,
      '',
    ]);
  });

  it('sends bodies of every kind', async () => {
    const { run } = await wholeWay(
      {
        body: `const big = new Uint8Array(300_000).map((_, at) => at % 251); const send = async (init) => (await fetch(args[0] + '/echo', { method: 'POST', ...init })).json();
          const chunks = ['one ', 'two ', 'three']; const stream = new ReadableStream({ async pull(controller) { await new Promise((resolve) => setTimeout(resolve, 2)); const next = chunks.shift(); if (next === undefined) controller.close(); else controller.enqueue(new TextEncoder().encode(next)); } });
          const form = new FormData(); form.append('a', 'b'); const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', big))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
          const answers = await Promise.all([send({ body: 'text', headers: { 'X-Own': 'mine' } }), send({ body: big }), send({ body: stream, duplex: 'half' }), send({ body: new URLSearchParams({ q: 'ü' }) }), send({ body: form }), send({ body: new Blob(['b'], { type: 'a/b' }), method: 'PUT' })]);
          return { answers, same: answers[1].digest === digest };`,
      },
      granted(),
    );
    const { answers, same } = (await run(server.url)) as { answers: { [key: string]: unknown }[]; same: boolean };
    expect(same).toBe(true);
    expect(
      answers.map(({ method, type, own, length }) => [method, String(type).replace(/=.*/, ''), own, length]),
    ).toEqual([
      ['POST', 'text/plain;charset', 'mine', 4],
      ['POST', '', '', 300_000],
      ['POST', '', '', 13],
      ['POST', 'application/x-www-form-urlencoded;charset', '', 8],
      ['POST', 'multipart/form-data; boundary', '', expect.any(Number)],
      ['PUT', 'a/b', '', 1],
    ]);
    expect(answers[2]?.['text']).toBe('one two three');
  });

  it('follows, shows and refuses redirects as asked', async () => {
    const { run } = await wholeWay(
      {
        body: `const follow = await fetch(args[0] + '/redirect'); const manual = await fetch(args[0] + '/redirect', { redirect: 'manual' });
          const refused = await fetch(args[0] + '/redirect', { redirect: 'error' }).catch((error) => error instanceof TypeError);
          await follow.body.cancel(); await manual.body?.cancel();
          return [follow.redirected, follow.url, manual.status, manual.headers.get('location'), refused, (await fetch(args[0] + '/empty')).body];`,
      },
      granted(),
    );
    expect(await run(server.url)).toEqual([true, `${server.url}/json`, 302, '/json', true, null]);
  });

  it('asks the server for no more than it reads, and cancels', async () => {
    const { run } = await wholeWay(
      {
        body: `const response = await fetch(args[0] + '/endless'); const reader = response.body.getReader(); let read = 0;
          while (read < 100_000) read += (await reader.read()).value.length; await new Promise((resolve) => setTimeout(resolve, 100)); await reader.cancel(); return read;`,
      },
      granted(),
      { limits: { netBytes: 1e9 } },
    );
    expect(await run(server.url)).toBeGreaterThanOrEqual(100_000);
    const before = sent;
    await wait(100);
    expect(sent).toBe(before);
    expect(sent).toBeLessThan(16_000_000);
    expect(closed).toBe(1);
  });

  it('aborts before, while it waits and while it reads, with the reason', async () => {
    const { run } = await wholeWay(
      {
        body: `const caught = (promise) => promise.then(() => 'fine', (error) => error?.name ?? error); const url = args[0]; const later = new AbortController(); const reading = new AbortController();
          const first = await caught(fetch(url + '/json', { signal: AbortSignal.abort() })); const waiting = caught(fetch(url + '/slow', { signal: later.signal })); setTimeout(() => later.abort('own reason'), 20);
          const response = await fetch(url + '/endless', { signal: reading.signal }); const reader = response.body.getReader(); await reader.read(); reading.abort(); const rest = (async () => { for (;;) await reader.read(); })();
          return [first, await waiting, await caught(rest), await caught(fetch(url + '/slow', { signal: AbortSignal.timeout(20) }))];`,
      },
      granted(),
      { limits: { netBytes: 1e9 } },
    );
    expect(await run(server.url)).toEqual(['AbortError', 'own reason', 'AbortError', 'TimeoutError']);
    await wait(50);
    expect(closed).toBe(1);
  });

  it('is a TypeError with the refusal when it is not granted, and when the network fails', async () => {
    const { run } = await wholeWay(
      {
        body: `const caught = async (run) => { try { await run(); return 'fine'; } catch (error) { return [error instanceof TypeError, error.code, error.message, error.cause?.code, error.cause instanceof Error]; } };
          return [await caught(() => fetch('http://refused.example/')), await caught(async () => (await fetch(args[0] + '/broken')).text()), await caught(() => fetch('nope:')), await caught(() => fetch('/relative'))];`,
      },
      granted(),
    );
    const [refused, broken, scheme, relative] = (await run(server.url)) as unknown[][];
    expect(refused?.slice(0, 2)).toEqual([true, 'ERR_PERMISSION_DENIED']);
    expect(refused?.[2]).toContain('refused.example');
    expect(refused?.slice(3)).toEqual(['ERR_PERMISSION_DENIED', true]);
    expect(broken?.[0]).toBe(true);
    expect(scheme?.[0]).toBe(true);
    expect(relative?.slice(0, 3)).toEqual([true, undefined, 'Failed to parse URL from /relative']);
  });

  it('clones a response and gives its bytes twice', async () => {
    const { run } = await wholeWay(
      {
        body: `const response = await fetch(args[0] + '/json'); const copy = response.clone(); const [one, two] = await Promise.all([response.text(), copy.json()]); let immutable; try { response.headers.set('a', 'b'); } catch (error) { immutable = error instanceof TypeError; }
          const request = new Request(args[0] + '/echo', { method: 'POST', body: 'req' }); const again = request.clone(); const sent = await Promise.all([fetch(request), fetch(again)]); return [one, two, immutable, await Promise.all(sent.map(async (each) => (await each.json()).text)), request.bodyUsed];`,
      },
      granted(),
    );
    expect(await run(server.url)).toEqual(['{"a":[1,"é"]}', { a: [1, 'é'] }, true, ['req', 'req'], true]);
  });
});
