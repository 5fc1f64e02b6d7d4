import { existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { PluginManager } from '../../src/manager/manager.ts';
import { createHost, type Host } from './host.ts';

const hosts: Host[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host[Symbol.asyncDispose]();
});

async function create(...args: Parameters<typeof createHost>): Promise<PluginManager> {
  const host = await createHost(...args);
  hosts.push(host);
  return host.manager;
}

/** Open files, sockets and pipes of this process. */
function handles(): number {
  return readdirSync('/proc/self/fd').length;
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('a plugin that', () => {
  test.each([
    ['initialize', 'loadPlugin', []],
    ['start', 'startPlugin', ['loadPlugin']],
    ['stop', 'stopPlugin', ['loadPlugin', 'startPlugin']],
    ['cleanup', 'unloadPlugin', ['loadPlugin', 'startPlugin']],
  ] as const)('throws in %s fails %s with its own place; nothing of it is left', async (hook, step, before) => {
    const manager = await create({ faulty: { config: { throws: hook } } });
    for (const earlier of before) await manager[earlier]('faulty');
    const error = await manager[step]('faulty').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_PLUGIN_THREW',
      plugin: 'faulty',
      message: expect.stringContaining(`thrown in ${hook}`),
      pluginStack: expect.stringMatching(/mod\.ts:\d+:\d+/),
    });
    expect(manager.pluginState('faulty')).toMatchObject({ status: 'error', reason: 'failed', pid: undefined });
    await expect.poll(() => manager.processes().flatMap(({ plugins }) => plugins)).toEqual([]);
    expect(await manager.unloadPlugin('faulty')).toBe(true);
  });

  test('refuses to initialize is false, not an exception', async () => {
    const manager = await create({ faulty: { config: { refuses: 'initialize' } } });
    expect(await manager.loadPlugin('faulty')).toBe(false);
    expect(manager.pluginState('faulty')).toMatchObject({ status: 'error', reason: 'refused' });
  });

  test('hangs in stop loses its isolate after its deadline, and close() still ends', async () => {
    const manager = await create({
      faulty: { config: { hangs: 'stop' }, limits: { stop_timeout: '300ms' } },
      greeter: {},
    });
    await manager.startAll();
    await expect(manager.stopPlugin('faulty')).rejects.toMatchObject({ code: 'ERR_LIMIT_TIME' });
    expect(manager.pluginState('faulty')).toMatchObject({ status: 'error', pid: undefined });
    expect(manager.getPluginStatus('greeter')).toBe('active');
  });

  test('hangs in start does not hold up the others', async () => {
    const manager = await create({
      faulty: { config: { hangs: 'start' }, limits: { start_timeout: '500ms' } },
      greeter: {},
    });
    const report = await manager.startAll();
    expect(report.started).toEqual(['greeter']);
    expect(report.failed).toMatchObject([{ name: 'faulty', error: { code: 'ERR_LIMIT_TIME' } }]);
    expect(manager.pluginState('faulty').reason).toBe('backoff');
  });

  test('spins is ended, blamed and restarted; its neighbour comes through', async () => {
    const manager = await create({ faulty: { limits: { cpu: '200ms' } }, greeter: {} });
    await manager.startAll();
    await expect(manager.call('faulty', 'spin')).rejects.toMatchObject({ code: 'ERR_LIMIT_CPU' });
    await expect
      .poll(() => manager.pluginState('faulty'), { timeout: 10_000 })
      .toMatchObject({ status: 'active', restarts: 1 });
    await expect.poll(() => manager.getPluginStatus('greeter'), { timeout: 10_000 }).toBe('active');
    expect(await manager.call('greeter', 'greet', ['you'])).toBe('Hello, you!');
    expect(await manager.call('faulty', 'slow', [1])).toBe('slow but there');
  });

  test('takes the process down while it starts is blamed; the others of the process start', async () => {
    const manager = await create({ faulty: { config: { bombs: 'start' } }, greeter: {}, caller: {} });
    const report = await manager.startAll();
    expect(report.failed.map(({ name }) => name)).toEqual(['faulty']);
    await expect
      .poll(() => ['greeter', 'caller'].map((name) => manager.getPluginStatus(name)), { timeout: 10_000 })
      .toEqual(['active', 'active']);
    expect(manager.pluginState('greeter').pid).not.toBe(manager.pluginState('faulty').pid);
    await manager.stopAll();
    expect(manager.pluginState('faulty')).toMatchObject({ status: 'error', reason: 'crashed' });
  });

  test('loses its process to SIGKILL is restarted', async () => {
    const manager = await create({ greeter: {} });
    await manager.startAll();
    const { pid } = manager.pluginState('greeter');
    process.kill(pid as number, 'SIGKILL');
    await expect
      .poll(() => manager.pluginState('greeter'), { timeout: 10_000 })
      .toMatchObject({ status: 'active', restarts: 1 });
    expect(manager.pluginState('greeter').pid).not.toBe(pid);
    expect(await manager.call('greeter', 'greet', ['again'])).toBe('Hello, again!');
  });

  test('fails or hangs in an event never delays another', async () => {
    const manager = await create({ faulty: { limits: { stop_timeout: '200ms' } }, greeter: {} });
    await manager.startAll();
    for (const type of ['fail', 'hang', 'tick', 'tock']) await manager.broadcastEvent(type);
    await expect
      .poll(() => manager.call('greeter', 'seen'))
      .toEqual(['fail', 'hang', 'tick', 'tock'].map((type) => `broadcast ${type}: undefined`));
    expect(manager.eventCounts('faulty')).toMatchObject({ delivered: 1, failed: 1, waiting: 2 });
  });

  test('has another config than its schema wants needs config, and the others start', async () => {
    const manager = await create({ greeter: { config: { greting: 'Hi' } }, faulty: {} });
    const report = await manager.startAll();
    expect(report.started).toEqual(['faulty']);
    expect(report.refused).toMatchObject([{ name: 'greeter', error: { code: 'ERR_CONFIG_INVALID' } }]);
    expect(manager.pluginState('greeter')).toMatchObject({ status: 'error', reason: 'needs-config' });
    expect(report.refused[0]?.error.message).toContain('did you mean "greeting"');
  });

  test('is not in the lock is refused; under frozen nothing starts', async () => {
    const host = await createHost({ greeter: {}, faulty: {} });
    hosts.push(host);
    const file = `${host.folder.path}/plugins.lock.json`;
    const { readFile, writeFile } = await import('node:fs/promises');
    const lock = JSON.parse(await readFile(file, 'utf8')) as { plugins: Record<string, unknown> };
    delete lock.plugins['faulty'];
    await writeFile(file, JSON.stringify(lock));
    const report = await host.manager.startAll();
    expect(report).toMatchObject({
      started: ['greeter'],
      refused: [{ name: 'faulty', error: { code: 'ERR_NOT_LOCKED' } }],
    });
    const frozen = await host.create({ frozen: true });
    await expect(frozen.startAll()).rejects.toMatchObject({ code: 'ERR_NOT_LOCKED', exitCode: 4 });
    expect(frozen.getPluginStatus('greeter')).toBe('unloaded');
    expect(frozen.processes().flatMap(({ plugins }) => plugins)).toEqual([]);
  });
});

describe('unloadPlugin() and close()', () => {
  test('leave no process, no open file and no subscription', async () => {
    const manager = await create({ greeter: {}, faulty: {} });
    const before = handles();
    await manager.startAll();
    const pids = manager.processes().map(({ pid }) => pid);
    expect(pids.length).toBeGreaterThan(0);
    await manager.unloadPlugin('greeter');
    await expect(manager.service<{ count(): number }>('greetings').count()).rejects.toMatchObject({
      code: 'ERR_SERVICE',
    });
    expect(manager.processes().flatMap(({ plugins }) => plugins)).toEqual(['faulty']);
    await manager.close();
    expect(manager.processes()).toEqual([]);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    await expect.poll(handles).toBeLessThanOrEqual(before);
  });

  test('gives a plugin of isolation: process a process of its own', async () => {
    const manager = await create({ greeter: { isolation: 'process' }, faulty: {} });
    await manager.startAll();
    expect(manager.pluginState('greeter').pid).not.toBe(manager.pluginState('faulty').pid);
  });
});
