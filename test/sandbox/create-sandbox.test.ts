import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { createSandbox, type SandboxOptions } from '../../src/sandbox/create-sandbox.ts';
import type { Instance, Sandbox } from '../../src/sandbox/types.ts';
import { run } from '../support/run.ts';
import { temporaryFolder } from '../support/temp.ts';
import { openOptions, plugin, port } from './support.ts';

const open: Sandbox[] = [];
function sandboxWith(options: SandboxOptions = {}): Sandbox {
  const sandbox = createSandbox(options);
  open.push(sandbox);
  return sandbox;
}
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.close();
});

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function start(sandbox: Sandbox, name: string, group: string, methods = ''): Promise<Instance> {
  const instance = await sandbox.open(openOptions(plugin(`ping() { return 'pong'; }, ${methods}`), { name, group }));
  await instance.request('describe', []);
  return instance;
}

describe('createSandbox()', () => {
  test('puts plugins of one group into one process, another group into another', async () => {
    const sandbox = sandboxWith();
    const [a, b, c] = await Promise.all([
      start(sandbox, 'a', 'one'),
      start(sandbox, 'b', 'one'),
      start(sandbox, 'c', 'two'),
    ]);
    expect(a.pid).toBe(b.pid);
    expect(c.pid).not.toBe(a.pid);
    expect(sandbox.processes()).toEqual([
      { pid: a.pid, group: 'one', plugins: ['a', 'b'] },
      { pid: c.pid, group: 'two', plugins: ['c'] },
    ]);
  });

  test('says that a plugin may be tried again whose process died by another while it was opened in it', async () => {
    const sandbox = sandboxWith();
    const { pid } = await start(sandbox, 'a', 'one');
    // It answers nothing any more: the other stays on its way into it.
    process.kill(pid, 'SIGSTOP');
    const opening = sandbox.open(openOptions(plugin(''), { name: 'b', group: 'one' }));
    process.kill(pid, 'SIGKILL');
    await expect(opening).rejects.toMatchObject({ code: 'ERR_PLUGIN_CRASHED', retryable: true, plugin: 'b' });
  });

  test('ends a process with its last plugin, and not before', async () => {
    const sandbox = sandboxWith();
    const [a, b] = await Promise.all([start(sandbox, 'a', 'one'), start(sandbox, 'b', 'one')]);
    await a.dispose();
    expect(await b.request('call', ['ping', []])).toBe('pong');
    await b.dispose();
    await expect.poll(() => alive(b.pid)).toBe(false);
    expect(sandbox.processes()).toEqual([]);
  });

  test('keeps a spare that becomes the next process', async () => {
    const sandbox = sandboxWith({ spare: true });
    await start(sandbox, 'a', 'one');
    await expect.poll(() => sandbox.processes().map(({ group }) => group)).toEqual(['one', '']);
    const spare = sandbox.processes()[1]?.pid;
    expect((await start(sandbox, 'b', 'two')).pid).toBe(spare);
  });

  test('gives its processes no environment, no working folder of the host, and stdio that leads nowhere', async () => {
    const sandbox = sandboxWith();
    const { pid } = await start(sandbox, 'a', 'one');
    expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).toBe('');
    const flags = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    expect(flags).toEqual(expect.arrayContaining(['--permission', '--disable-sigusr1', '--no-experimental-sqlite']));
  });

  test('blames who was running when a process is killed from outside; the others are innocent', async () => {
    const sandbox = sandboxWith();
    const busy = await start(sandbox, 'busy', 'one', `wait() { return new Promise(() => {}); }`);
    const idle = await start(sandbox, 'idle', 'one');
    const failure = busy.request('call', ['wait', []]).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(busy.pid, 'SIGKILL');
    expect(await failure).toMatchObject({ code: 'ERR_PLUGIN_CRASHED', retryable: false });
    expect(await busy.exited).toMatchObject({ kind: 'crashed', blame: 'self' });
    expect(await idle.exited).toMatchObject({ kind: 'crashed', blame: 'innocent' });
    expect(await (await start(sandbox, 'idle', 'one')).request('call', ['ping', []])).toBe('pong');
  });

  test('has no suspect when a process dies while all in it were quiet', async () => {
    const sandbox = sandboxWith();
    const [one, two] = await Promise.all([start(sandbox, 'a', 'one'), start(sandbox, 'b', 'one')]);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    process.kill(one.pid, 'SIGKILL');
    expect(await one.exited).toMatchObject({ kind: 'crashed', blame: 'unexplained' });
    expect(await two.exited).toMatchObject({ kind: 'crashed', blame: 'unexplained' });
  });

  test('suspects all whose calls were in flight', async () => {
    const sandbox = sandboxWith();
    const wait = `wait() { return new Promise(() => {}); }`;
    const all = await Promise.all(['a', 'b', 'c'].map((name) => start(sandbox, name, 'one', wait)));
    const calls = all.slice(0, 2).map((instance) => instance.request('call', ['wait', []]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(all[0]?.pid ?? 0, 'SIGKILL');
    await Promise.allSettled(calls);
    const exits = await Promise.all(all.map((instance) => instance.exited));
    expect(exits.map((exit) => exit.kind === 'crashed' && exit.blame)).toEqual(['suspect', 'suspect', 'innocent']);
  });

  test('warm() begins one process, which the first plugin gets', async () => {
    const sandbox = sandboxWith();
    sandbox.warm();
    sandbox.warm();
    const [begun, ...more] = sandbox.processes();
    expect({ group: begun?.group, plugins: begun?.plugins, more }).toEqual({ group: '', plugins: [], more: [] });
    const instance = await sandbox.open(openOptions(plugin('')));
    expect(instance.pid).toBe(begun?.pid);
    await sandbox.close();
    sandbox.warm();
    expect(sandbox.processes()).toEqual([]);
  });

  test('open() stops for an aborted signal', async () => {
    const sandbox = sandboxWith();
    const abort = new AbortController();
    const opening = sandbox.open(openOptions(plugin(''), { signal: abort.signal }));
    abort.abort();
    await expect(opening).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await expect.poll(() => sandbox.processes()).toEqual([]);
  });

  test('close() fails what runs, ends every process, and refuses to open more', async () => {
    const sandbox = sandboxWith({ spare: true });
    const a = await start(sandbox, 'a', 'one', `wait() { return new Promise(() => {}); }`);
    const failure = a.request('call', ['wait', []]).catch((error: unknown) => error);
    await sandbox.close();
    expect(await failure).toMatchObject({ code: 'ERR_STATE' });
    expect(await a.exited).toEqual({ kind: 'disposed' });
    expect(alive(a.pid)).toBe(false);
    await expect(start(sandbox, 'b', 'one')).rejects.toMatchObject({ code: 'ERR_STATE' });
    await sandbox.close();
  });

  test('dispose() ends a plugin that spins, without asking it', async () => {
    const sandbox = sandboxWith();
    const neighbour = await start(sandbox, 'neighbour', 'one');
    const instance = await start(sandbox, 'a', 'one', `spin() { for (;;); }`);
    const failure = instance.request('call', ['spin', []]).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await instance.dispose();
    expect(await failure).toMatchObject({ code: 'ERR_STATE' });
    expect(await neighbour.request('call', ['ping', []])).toBe('pong');
  });

  test('dispose() aborts the requests of the plugin and clears its timers', async () => {
    const sandbox = sandboxWith();
    const broker = port(
      (_op, _args, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
    );
    const instance = await sandbox.open(
      openOptions(
        plugin(`go() { setInterval(() => this.context.logger.info('tick'), 5); void this.context.services.a.b(); }`),
        {
          port: broker,
        },
      ),
    );
    await instance.request('describe', []);
    await instance.request('call', ['go', []]);
    await expect.poll(() => broker.logs.length).toBeGreaterThan(2);
    expect(await instance.usage()).toMatchObject({ timers: 1, pendingRequests: 1 });
    await instance.dispose();
    expect(broker.requests[0]?.io.signal.aborted).toBe(true);
    const { length } = broker.logs;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(broker.logs).toHaveLength(length);
  });
});

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = (body: string): string => `
  import { createSandbox } from '${root}src/sandbox/create-sandbox.ts';
  import { openOptions, plugin, limits } from '${root}test/sandbox/support.ts';
  const sandbox = createSandbox({ spare: true });
  const instance = await sandbox.open(openOptions(plugin('spin() { for (;;); }, ping() { return 1; }'), { limits: { ...limits, cpu: 60_000, timeout: 60_000 } }));
  await instance.request('describe', []);
  ${body}`;

describe('a host', () => {
  test('ends by itself after close(): nothing is left that keeps it alive', async () => {
    await using folder = await temporaryFolder({
      'host.ts': program(`await instance.request('call', ['ping', []]); await sandbox.close(); console.log('closed');`),
    });
    const result = await run(process.execPath, [`${folder.path}/host.ts`], { deadline: 20_000 });
    expect(result).toMatchObject({ status: 0, stdout: 'closed\n', stderr: '' });
  });

  test.each(['SIGKILL', 'SIGTERM'])(
    'that ends by %s takes its processes with it, spinning plugins too',
    async (signal) => {
      await using folder = await temporaryFolder({
        'host.ts': program(`
        void instance.request('call', ['spin', []]).catch(() => {});
        setTimeout(() => { console.log(instance.pid); process.kill(process.pid, '${signal}'); }, 300);`),
      });
      const result = await run(process.execPath, [`${folder.path}/host.ts`], { deadline: 20_000 });
      expect(result.signal).toBe(signal);
      const pid = Number(result.stdout);
      expect(pid).toBeGreaterThan(0);
      await expect.poll(() => alive(pid), { timeout: 5_000 }).toBe(false);
    },
  );
});
