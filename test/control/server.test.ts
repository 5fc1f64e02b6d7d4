import { once } from 'node:events';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectControl } from '../../src/control/client.ts';
import { MAX_REQUEST, MAX_REQUESTS } from '../../src/control/limits.ts';
import type { Request } from '../../src/control/protocol.ts';
import { listenControl, type ControlServer, type RequestIo } from '../../src/control/server.ts';
import { PluginError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

let folder: TemporaryFolder;
let dataDir: string;
const servers: ControlServer[] = [];
beforeEach(async () => {
  folder = await temporaryFolder();
  dataDir = join(folder.path, 'data');
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await folder.remove();
});

async function listen(
  serve: (request: Request, io: RequestIo) => Promise<object> = async () => ({}),
): Promise<ControlServer> {
  const server = await listenControl({ dataDir, logger: silentLogger, serve });
  servers.push(server);
  return server;
}

/** A client that says what it wants. */
async function raw(): Promise<{ socket: Socket; answers: () => Record<string, unknown>[]; closed: Promise<unknown> }> {
  const socket = createConnection(join(dataDir, 'control.sock'));
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  const answers = () =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { socket, answers, closed };
}

describe('listenControl()', () => {
  test('makes a socket for this user alone, and removes it at its end', async () => {
    const server = await listen();
    expect((await stat(server.file)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    await server.close();
    expect(await readdir(dataDir)).toEqual([]);
    await expect(connectControl(dataDir)).rejects.toMatchObject({ code: 'ERR_NO_HOST' });
  });

  test('refuses a second host for the same folder, and names the first', async () => {
    await listen(async () => ({ pid: 4711 }));
    await expect(listen()).rejects.toMatchObject({ code: 'ERR_STATE', details: { pid: 4711 } });
  });

  test('one of many that begin at once wins', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => listen()));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = tries.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(reasons).toEqual(reasons.map(() => expect.objectContaining({ code: 'ERR_STATE' })));
  });

  test('takes the place of a socket that a killed host left', async () => {
    await mkdir(dataDir);
    const dead = createServer().listen(join(dataDir, 'first.sock'));
    await once(dead, 'listening');
    const { link } = await import('node:fs/promises');
    await link(join(dataDir, 'first.sock'), join(dataDir, 'control.sock'));
    dead.close();
    await once(dead, 'close');
    await listen(async () => ({ alive: true }));
    const client = await connectControl(dataDir);
    expect(await client.request('host', {})).toEqual({ alive: true });
    client.close();
  });

  test('works in a folder whose path is too long for a socket', async () => {
    dataDir = join(folder.path, 'x'.repeat(100), 'y'.repeat(100));
    await listen(async () => ({ alive: true }));
    const client = await connectControl(dataDir);
    expect(await client.request('host', {})).toEqual({ alive: true });
    client.close();
  });

  test('answers each of many clients, whatever another waits for', async () => {
    const { promise, resolve } = Promise.withResolvers<object>();
    await listen(async ({ op, args }) => (op === 'host' ? promise : { args }));
    const waiting = await connectControl(dataDir);
    const slow = waiting.request('host', {});
    const clients = await Promise.all(Array.from({ length: 20 }, () => connectControl(dataDir)));
    const said = await Promise.all(clients.map((client, at) => client.request('start', { name: `p${at}` })));
    expect(said.map(({ args }) => (args as { name: string }).name)).toEqual(clients.map((_, at) => `p${at}`));
    resolve({ late: true });
    expect(await slow).toEqual({ late: true });
    for (const client of [waiting, ...clients]) client.close();
  });

  test('hands on errors with code, hint and details, and nothing of a fault of its own', async () => {
    await listen(async ({ op }) => {
      if (op === 'list') throw new TypeError('secret of the host');
      throw new PluginError('ERR_STATE', 'Cannot go', { hint: 'go elsewhere', plugin: 'p', details: { a: 1 } });
    });
    const client = await connectControl(dataDir);
    await expect(client.request('host', {})).rejects.toMatchObject({
      code: 'ERR_STATE',
      message: 'Cannot go',
      hint: 'go elsewhere',
      plugin: 'p',
      details: { a: 1 },
    });
    const fault = await client.request('list', {}).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'ERR_INTERNAL' });
    expect(String(fault)).not.toContain('secret');
    client.close();
  });

  test('aborts what a client asked for when it goes', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await listen(async (_, { signal }) => {
      signal.addEventListener('abort', () => resolve());
      return new Promise(() => undefined);
    });
    const client = await connectControl(dataDir);
    const asked = client.request('top', {});
    client.close();
    await expect(asked).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await promise;
  });

  test.each([
    ['what is not JSON', 'hello'],
    ['what is no object', '[1]'],
    ['no id', '{"op":"host"}'],
    ['an operation that is none', '{"id":1,"op":"__proto__"}'],
    ['args that are no object', '{"id":1,"op":"host","args":[]}'],
    ['an argument too few', '{"id":1,"op":"start"}'],
    ['an argument too many', '{"id":1,"op":"start","args":{"name":"a","constructor":1}}'],
    ['an argument of another type', '{"id":1,"op":"stop","args":{"name":"a","hold":"yes"}}'],
    ['a permission that is none', '{"id":1,"op":"grant","args":{"name":"a","permissions":{"all":["*"]}}}'],
  ])('refuses %s, does nothing, and goes on', async (_, line) => {
    let served = 0;
    await listen(async () => ({ served: (served += 1) }));
    const { socket, answers } = await raw();
    socket.write(`${line}\n{"id":7,"op":"host"}\n`);
    await expect.poll(() => answers().length).toBe(2);
    expect(new Set(answers().map(({ ok }) => ok))).toEqual(new Set([false, true]));
    expect(answers().find(({ ok }) => ok === false)).toMatchObject({ error: { code: 'ERR_USAGE' } });
    expect(served).toBe(1);
    socket.destroy();
  });

  test('ends a client that sends a line without end', async () => {
    await listen();
    const { socket, answers, closed } = await raw();
    socket.write('x'.repeat(MAX_REQUEST + 1));
    await closed;
    expect(answers()).toMatchObject([{ id: null, ok: false, error: { code: 'ERR_LIMIT_RATE' } }]);
  });

  test('bounds what one client has under way', async () => {
    await listen(() => new Promise(() => undefined));
    const { socket, answers } = await raw();
    for (let id = 1; id <= MAX_REQUESTS + 3; id += 1) socket.write(`{"id":${id},"op":"host"}\n`);
    await expect.poll(() => answers().length).toBe(3);
    for (const answer of answers()) expect(answer).toMatchObject({ error: { code: 'ERR_LIMIT_RATE' } });
    socket.destroy();
  });

  test('drops items for a client that does not read, and keeps serving others', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    await listen(async ({ op }, { item }) => {
      if (op === 'host') return {};
      let dropped = 0;
      for (let at = 0; at < 20_000; at += 1) if (!item({ text: 'x'.repeat(1_000) })) dropped += 1;
      resolve(dropped);
      return {};
    });
    const { socket } = await raw();
    socket.pause();
    socket.write('{"id":1,"op":"logs"}\n');
    expect(await promise).toBeGreaterThan(10_000);
    const other = await connectControl(dataDir);
    expect(await other.request('host', {})).toEqual({});
    other.close();
    socket.destroy();
  });
});

describe('connectControl()', () => {
  test('says that there is no host where a plain file is in its place', async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'control.sock'), '');
    await expect(connectControl(dataDir)).rejects.toMatchObject({ code: 'ERR_NO_HOST', hint: /aitbc start/ });
  });

  test('rejects what waits when the host ends', async () => {
    const server = await listen(() => new Promise(() => undefined));
    const client = await connectControl(dataDir);
    const asked = client.request('host', {});
    asked.catch(() => undefined);
    await server.close();
    await expect(asked).rejects.toMatchObject({ code: 'ERR_NO_HOST' });
    await expect(client.request('host', {})).rejects.toMatchObject({ code: 'ERR_NO_HOST' });
  });
});
