import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { get, refusalOf, rig, serve } from '../harness.ts';

/** A server that speaks bytes, not HTTP. */
async function raw(handler: (socket: Socket) => void): Promise<{ host: string; url: string; open: () => number }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.resume();
    handler(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, url: `http://${host}/`, open: () => sockets.size };
}

const FAST = { times: { connect: 5_000, idle: 60_000, total: 60_000 } };

describe('net.fetch cuts', () => {
  it('an endless body', async () => {
    const server = await serve((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) continue;
      };
      response.on('drain', more);
      more();
    });
    const it = await rig({ net: [server.host] });
    const answer = await get(it, { url: server.url });
    const error = await refusalOf(answer.text());
    expect(error).toMatchObject({ code: 'ERR_LIMIT_RATE', details: { limit: 'net_bytes' } });
    expect(it.audited).toMatchObject([{ outcome: 'failed' }]);
  });

  it('a compressed bomb by its decoded size', async () => {
    const server = await serve((_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(Buffer.alloc(64 * 1_048_576)));
    });
    const it = await rig({ net: [server.host] });
    expect((await refusalOf((await get(it, { url: server.url })).text())).code).toBe('ERR_LIMIT_RATE');
  });

  it('a body of the plugin that is too large', async () => {
    const server = await serve((request, response) => {
      request.resume();
      request.on('end', () => response.end());
    });
    const it = await rig({ net: [server.host] });
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => {
        cancelled = true;
      },
    });
    const error = await refusalOf(get(it, { url: server.url, method: 'POST', body }));
    expect(error).toMatchObject({ code: 'ERR_LIMIT_RATE', details: { limit: 'net_bytes' } });
    expect(cancelled).toBe(true);
  });

  it('a body that promises another length than it has', async () => {
    const server = await serve((request, response) => {
      request.resume();
      request.on('end', () => response.end());
    });
    const it = await rig({ net: [server.host] });
    const headers = [['content-length', '3']] as const;
    expect((await refusalOf(get(it, { url: server.url, method: 'POST', body: 'four', headers }))).code).toBe('ERR_NET');
  });

  it.each([
    ['a server that says nothing', (_socket: Socket) => undefined],
    ['a head that never ends', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\n')],
  ])('%s', async (_what, handler) => {
    const server = await raw(handler);
    const it = await rig({ net: [server.host] }, { net: { times: { connect: 5_000, idle: 60_000, total: 300 } } });
    expect((await refusalOf(get(it, { url: server.url }))).code).toBe('ERR_LIMIT_TIME');
    await expect.poll(server.open, { timeout: 5_000 }).toBe(0);
  });

  it('a body that drips for ever', async () => {
    const server = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const timer = setInterval(() => socket.write('1\r\nx\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const it = await rig({ net: [server.host] }, { net: { times: { connect: 5_000, idle: 60_000, total: 400 } } });
    expect((await refusalOf((await get(it, { url: server.url })).text())).code).toBe('ERR_LIMIT_TIME');
    await expect.poll(server.open, { timeout: 5_000 }).toBe(0);
  });

  it('a body that nobody reads, so that its place is free again', async () => {
    const server = await serve((_request, response) => response.end(Buffer.alloc(500_000)));
    const it = await rig(
      { net: [server.host] },
      { limits: { netConcurrency: 1 }, net: { times: { connect: 5_000, idle: 60_000, total: 2_000 } } },
    );
    const { body } = await get(it, { url: server.url });
    await expect.poll(() => it.audited.map(({ outcome }) => outcome), { timeout: 10_000 }).toEqual(['failed']);
    expect((await refusalOf(body?.getReader().read() ?? Promise.resolve())).code).toBe('ERR_LIMIT_TIME');
    expect((await (await get(it, { url: server.url })).text()).length).toBe(500_000);
  });

  it.each([
    ['headers beyond 64 KiB', `HTTP/1.1 200 OK\r\n${`x-a: ${'a'.repeat(8_000)}\r\n`.repeat(10)}\r\n`, 'ERR_LIMIT_RATE'],
    ['what is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'ERR_NET'],
    ['an answer with two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx', 'ERR_NET'],
  ])('%s', async (_what, bytes, code) => {
    const server = await raw((socket) => socket.write(bytes));
    const it = await rig({ net: [server.host] }, { net: FAST });
    expect((await refusalOf(get(it, { url: server.url }))).code).toBe(code);
  });

  it.each([
    ['a body that ends early', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
    [
      'a body that is not what its encoding says',
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc',
    ],
  ])('%s', async (_what, bytes) => {
    const server = await raw((socket) => socket.end(bytes));
    const it = await rig({ net: [server.host] }, { net: FAST });
    expect((await refusalOf((await get(it, { url: server.url })).text())).code).toBe('ERR_NET');
  });

  it('every request where limits.netConcurrency is 0', async () => {
    const it = await rig({ net: ['127.0.0.1:1'] }, { limits: { netConcurrency: 0 } });
    expect(await refusalOf(get(it, { url: 'http://127.0.0.1:1/' }))).toMatchObject({
      code: 'ERR_LIMIT_RATE',
      hint: 'plugins:\n  greeter:\n    limits:\n      net_concurrency: 1',
    });
  });

  it('requests beyond limits.netRate', async () => {
    const server = await serve((_request, response) => response.end());
    const it = await rig({ net: [server.host] }, { limits: { netRate: 3 } });
    for (let count = 0; count < 3; count++) await (await get(it, { url: server.url })).text();
    expect(await refusalOf(get(it, { url: server.url }))).toMatchObject({
      code: 'ERR_LIMIT_RATE',
      details: { limit: 'net_rate' },
    });
  });
});

describe('net.fetch', () => {
  it('lets limits.netConcurrency requests run at the same time, and the others wait', async () => {
    let running = 0;
    let most = 0;
    const server = await serve((_request, response) => {
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        response.end('x');
      }, 20);
    });
    const it = await rig({ net: [server.host] }, { limits: { netConcurrency: 2 } });
    const all = Array.from({ length: 8 }, async () => (await get(it, { url: server.url })).text());
    expect(await Promise.all(all)).toEqual(Array.from({ length: 8 }, () => 'x'));
    expect(most).toBe(2);
  });

  it('ends with the signal of the guest, before and within the body', async () => {
    const server = await raw((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));
    const it = await rig({ net: [server.host] });
    const controller = new AbortController();
    const answer = await get(it, { url: server.url, signal: controller.signal });
    controller.abort();
    await expect(answer.text()).rejects.toThrow();
    await expect.poll(server.open, { timeout: 5_000 }).toBe(0);
    expect((await refusalOf(get(it, { url: server.url, signal: AbortSignal.abort() }))).code).toBe('ERR_ABORTED');
  });

  it('cancels the body of a request it refuses', async () => {
    const it = await rig();
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    await refusalOf(get(it, { url: 'https://evil.example/', method: 'POST', body }));
    expect(cancelled).toBe(true);
  });

  it('aborts a request whose grant is revoked, and audits that', async () => {
    const server = await raw((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));
    const it = await rig({ net: [server.host] });
    const answer = await get(it, { url: server.url });
    const text = answer.text();
    it.broker.setGrants({ ...it.broker.grants, net: { allow: [], deny: [] }, permissions: {} });
    expect((await refusalOf(text)).code).toBe('ERR_PERMISSION_DENIED');
    expect(it.audited.map(({ outcome }) => outcome)).toEqual(['denied', 'failed']);
    await expect.poll(server.open, { timeout: 5_000 }).toBe(0);
    expect((await refusalOf(get(it, { url: server.url }))).code).toBe('ERR_PERMISSION_DENIED');
  });

  it('leaves no connection behind when the broker closes', async () => {
    const server = await raw((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    });
    const it = await rig({ net: [server.host] });
    await (await get(it, { url: server.url })).text();
    expect(server.open()).toBe(1);
    const silent = await raw(() => undefined);
    it.broker.setGrants({ ...it.broker.grants });
    await it.broker.close();
    await expect.poll(server.open, { timeout: 5_000 }).toBe(0);
    expect(silent.open()).toBe(0);
    expect((await refusalOf(get(it, { url: server.url }))).code).toBe('ERR_STATE');
  });
});
