/** A runtime process that an attacker has taken over: it sends whatever it likes on fd 3. */
import { realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { encodeFrames } from '../../src/protocol/frames.ts';
import { FRAME } from '../../src/protocol/messages.ts';
import { RuntimeProcess } from '../../src/sandbox/runtime-process.ts';
import { limits, openOptions, plugin, port } from './support.ts';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'aitbc-peer-')));
});
afterAll(() => rm(folder, { recursive: true }));

const frame = (kind: number, plugin: number, id: number, text: string, bytes?: Uint8Array[]): string =>
  encodeFrames([{ kind, plugin, id, text, bytes }]).toString('hex');
const READY = frame(FRAME.ready, 0, 0, '{}');
const OPENED = frame(FRAME.opened, 1, 0, '');

/** Says that it is ready and that its plugin is open, then sends `forged` and stays alive. */
async function peer(name: string, forged: string): Promise<RuntimeProcess> {
  const script = join(folder, `${name.replaceAll(/\W+/g, '-')}.cjs`);
  await writeFile(
    script,
    `const socket = new (require('node:net').Socket)({ fd: 3 });
     socket.write(Buffer.from('${READY}', 'hex'));
     let seen = Buffer.alloc(0);
     socket.on('data', (chunk) => {
       seen = Buffer.concat([seen, chunk]);
       if (!seen.includes('"name":"p"')) return;
       seen = Buffer.alloc(0);
       socket.write(Buffer.from('${OPENED}', 'hex'));
       setTimeout(() => socket.write(Buffer.from('${forged}', 'hex')), 20);
     });
     setInterval(() => {}, 1000);`,
  );
  return new RuntimeProcess({ script, binary: '' }, '', silentLogger, 64);
}

describe('RuntimeProcess', () => {
  test.each<[string, string]>([
    ['bytes that are no frames', Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(20)).toString('hex')],
    ['a frame without room for its head', '03000000010203'],
    ['a frame of four gigabytes', `ffffffff${'00'.repeat(20)}`],
    ['a frame of an unknown kind', frame(99, 1, 0, '')],
    ["the host's own kind of frame", frame(FRAME.call, 1, 0, '[]')],
    ['a frame of a plugin that is not there', frame(FRAME.log, 7, 0, '[]')],
    ['an answer to a call that was not made', frame(FRAME.result, 1, 5, '1')],
    ['events handled that were not delivered', frame(FRAME.handled, 1, 5, '[1]')],
    ['a second opening', OPENED],
    ['a pong without a ping', frame(FRAME.pong, 0, 9, '{"isolates":[]}')],
    ['an end without a reason', frame(FRAME.gone, 1, 0, '{}')],
    ['an end that is no JSON', frame(FRAME.gone, 1, 0, '{')],
    ['a message larger than the limit of its plugin', frame(FRAME.log, 1, 0, 'x'.repeat(limits.message * 4 + 70_000))],
    ['an attachment longer than its frame', '12000000 a4 01000000 01000000 01000000 31 ff000000'.replaceAll(' ', '')],
    ['a flood of passed limits', frame(FRAME.passed, 1, 0, '["timers",1]').repeat(2_000)],
    ['a flood of log entries', frame(FRAME.log, 1, 0, '["info","x",{}]').repeat(2_000)],
  ])('ends for %s', async (name, forged) => {
    const runtime = await peer(name, forged);
    const instance = await runtime.open(openOptions(plugin(''), { port: port(() => new Promise(() => undefined)) }));
    const exit = await instance.exited;
    expect(exit).toMatchObject({ kind: 'crashed', blame: 'self', error: { code: 'ERR_PROTOCOL' } });
    await runtime.exited;
    expect(() => process.kill(runtime.pid, 0)).toThrow('ESRCH');
  });

  test.each<[string, string]>([
    ['a passed limit that there is not', frame(FRAME.passed, 1, 0, '["__proto__",1]')],
    ['a passed limit without a number', frame(FRAME.passed, 1, 0, '["timers",-1]')],
    ['a log entry of a wrong shape', frame(FRAME.log, 1, 0, '{"level":"info"}')],
    ['a request that is no JSON', frame(FRAME.request, 1, 1, '[')],
    ['a request with __proto__', frame(FRAME.request, 1, 1, '["events.publish",["t",{"__proto__":{"a":1}}]]')],
    [
      'a request that is too deep',
      frame(FRAME.request, 1, 1, `["events.publish",["t",${'['.repeat(500)}${']'.repeat(500)}]]`),
    ],
    ['a tag of no meaning', frame(FRAME.request, 1, 1, '["events.publish",["t",{"$":"x","v":1}]]')],
    ['a reference to bytes that are not there', frame(FRAME.request, 1, 1, '["events.publish",["t",{"$":"b","v":3}]]')],
  ])('ends the plugin alone for %s', async (name, forged) => {
    const runtime = await peer(name, forged);
    const broker = port();
    const instance = await runtime.open(openOptions(plugin(''), { port: broker }));
    // The scripted peer obeys no dispose: what matters is that the plugin fails and the port saw nothing.
    await expect
      .poll(() => instance.request('health', []).catch((error: { code: string }) => error.code))
      .toBe('ERR_PLUGIN_CRASHED');
    expect(broker.requests).toEqual([]);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    runtime.kill(new PluginError('ERR_STATE', 'over'));
    await runtime.exited;
  });

  test.each<[string, string]>([
    [
      'two requests of one number',
      frame(FRAME.request, 1, 1, '["env.denied",["X"]]') + frame(FRAME.request, 1, 1, '["env.denied",["X"]]'),
    ],
    [
      'a stream beyond its credit',
      frame(FRAME.requestWithBody, 1, 1, '["net.fetch",[{}]]') +
        Array.from({ length: 6 }, () => frame(FRAME.chunk, 1, 1, 'x'.repeat(65_536))).join(''),
    ],
  ])('ends the plugin alone for %s, after one request', async (name, forged) => {
    const runtime = await peer(name, forged);
    const broker = port(() => new Promise(() => undefined));
    const instance = await runtime.open(openOptions(plugin(''), { port: broker }));
    await expect
      .poll(() => instance.request('health', []).catch((error: { code: string }) => error.code))
      .toBe('ERR_PLUGIN_CRASHED');
    expect(broker.requests).toHaveLength(1);
    expect(broker.requests[0]?.io.signal.aborted).toBe(true);
    runtime.kill(new PluginError('ERR_STATE', 'over'));
    await runtime.exited;
  });

  test('ends when an isolate is not given back', async () => {
    const runtime = await peer('ignores-dispose', '');
    const instance = await runtime.open(openOptions(plugin('')));
    await instance.dispose();
    await runtime.exited;
    expect(runtime.instances.size).toBe(0);
  });

  test('a request of an operation that does not exist is refused before the port', async () => {
    const runtime = await peer('unknown-op', frame(FRAME.request, 1, 1, '["__proto__",[]]'));
    const broker = port();
    const instance = await runtime.open(openOptions(plugin(''), { port: broker }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(broker.requests).toEqual([]);
    runtime.kill(new PluginError('ERR_STATE', 'over'));
    expect(await instance.exited).toMatchObject({ kind: 'crashed' });
  });

  test('open() rejects when the process dies before it is ready', async () => {
    const script = join(folder, 'dies.cjs');
    await writeFile(script, `process.stderr.write('no\\u001b[31m luck'); process.exitCode = 3;`);
    const runtime = new RuntimeProcess({ script, binary: '' }, '', silentLogger, 64);
    await expect(runtime.open(openOptions(plugin('')))).rejects.toMatchObject({
      code: 'ERR_PLUGIN_CRASHED',
      details: { stderr: 'no\\u{1b}[31m luck' },
    });
  });
});

describe('a runtime process that', () => {
  /** Does nothing of its own; `script` runs after the channel is there. */
  async function silent(name: string, script: string, patience: number): Promise<RuntimeProcess> {
    const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.cjs`);
    await writeFile(
      file,
      `const socket = new (require('node:net').Socket)({ fd: 3 }); ${script} setInterval(() => {}, 1000);`,
    );
    return new RuntimeProcess({ script: file, binary: '' }, '', silentLogger, 64, 'off', patience);
  }

  test.each([
    ['never says that it is ready', `socket.resume();`],
    ['never reads what it is sent', ``],
    ['spins before it is ready', `for (;;);`],
    ['talks, and never says that it is ready', `socket.write(Buffer.from('01', 'hex'));`],
  ])('%s is ended, and so is what waits for it', async (name, script) => {
    const runtime = await silent(name, script, 300);
    const opening = runtime.open(openOptions(plugin('')));
    await expect(opening).rejects.toMatchObject({
      code: 'ERR_PLUGIN_CRASHED',
      message: expect.stringContaining('did not become ready in time') as string,
    });
    await runtime.exited;
    expect(() => process.kill(runtime.pid, 0)).toThrow('ESRCH');
    await expect(runtime.ready).rejects.toMatchObject({ code: 'ERR_PLUGIN_CRASHED' });
  });
});
