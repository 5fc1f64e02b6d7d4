import { afterEach, describe, expect, test } from 'vitest';
import type { PluginManager } from '../../src/manager/manager.ts';
import type { StatusChange } from '../../src/manager/managed-plugin.ts';
import { createTestRooms, type TestManagerOptions } from '../../src/testing/test-manager.ts';
import { createFakeClock, recorder } from './support.ts';

const managers: PluginManager[] = [];
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close()));
});

async function create(options: TestManagerOptions) {
  const clock = createFakeClock();
  const { manager, rooms } = await createTestRooms({ ...options, clock });
  managers.push(manager);
  const changes: string[] = [];
  manager.onStatus(({ plugin, from, to, reason }: StatusChange) => {
    if (from !== to) changes.push(`${plugin} ${to}${reason ? ` (${reason})` : ''}`);
  });
  return { manager, rooms, clock, changes };
}

describe('PluginManager', () => {
  test('takes a plugin the whole way through its states and back', async () => {
    const { plugin, steps } = recorder();
    const { manager, changes } = await create({ plugins: { p: plugin('p') } });
    expect(manager.getPluginStatus('p')).toBe('unloaded');
    expect(await manager.loadPlugin('p')).toBe(true);
    expect(await manager.startPlugin('p')).toBe(true);
    expect(await manager.stopPlugin('p')).toBe(true);
    expect(await manager.startPlugin('p')).toBe(true);
    expect(await manager.unloadPlugin('p')).toBe(true);
    expect(changes).toEqual(
      ['loading', 'loaded', 'active', 'inactive', 'active', 'inactive', 'unloading', 'unloaded'].map((to) => `p ${to}`),
    );
    expect(steps).toEqual(['initialize', 'start', 'stop', 'start', 'stop', 'cleanup'].map((step) => `p.${step}`));
  });

  test.each([
    ['startPlugin', [], 'unloaded', 'active'],
    ['stopPlugin', [], 'unloaded', 'inactive'],
    ['unloadPlugin', [], 'unloaded', 'unloading'],
    ['loadPlugin', ['loadPlugin'], 'loaded', 'loading'],
    ['stopPlugin', ['loadPlugin'], 'loaded', 'inactive'],
    ['loadPlugin', ['loadPlugin', 'startPlugin'], 'active', 'loading'],
    ['startPlugin', ['loadPlugin', 'startPlugin'], 'active', 'active'],
    ['stopPlugin', ['loadPlugin', 'startPlugin', 'stopPlugin'], 'inactive', 'inactive'],
  ] as const)('%s after %j is ERR_STATE, names both states and changes nothing', async (step, before, from, to) => {
    const { plugin } = recorder();
    const { manager } = await create({ plugins: { p: plugin('p') } });
    for (const earlier of before) await manager[earlier]('p');
    await expect(manager[step]('p')).rejects.toMatchObject({ code: 'ERR_STATE', details: { from, to } });
    expect(manager.getPluginStatus('p')).toBe(from);
  });

  test('serialises transitions of one plugin: of two loads at a time the second is illegal', async () => {
    const { plugin, steps } = recorder();
    const { manager } = await create({ plugins: { p: plugin('p') } });
    const results = await Promise.allSettled([
      manager.loadPlugin('p'),
      manager.loadPlugin('p'),
      manager.startPlugin('p'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(steps).toEqual(['p.initialize', 'p.start']);
  });

  test.each([
    ['initialize', 'loadPlugin', [], []],
    ['start', 'startPlugin', ['loadPlugin'], ['p.cleanup']],
    ['stop', 'stopPlugin', ['loadPlugin', 'startPlugin'], ['p.cleanup']],
    ['cleanup', 'unloadPlugin', ['loadPlugin'], []],
  ] as const)(
    '%s that returns false: %s is false, the plugin in error as refused',
    async (hook, step, before, after) => {
      const { plugin, steps } = recorder();
      const { manager, rooms } = await create({ plugins: { p: plugin('p', {}, { [hook]: () => false }) } });
      for (const earlier of before) await manager[earlier]('p');
      steps.length = 0;
      expect(await manager[step]('p')).toBe(false);
      expect(manager.pluginState('p')).toMatchObject({
        status: 'error',
        reason: 'refused',
        error: { code: 'ERR_PLUGIN_THREW' },
      });
      expect(steps).toEqual([`p.${hook}`, ...after]);
      expect(() => rooms.instance('p')).toThrow('none runs');
      expect(await manager.unloadPlugin('p')).toBe(true);
      expect(manager.getPluginStatus('p')).toBe('unloaded');
    },
  );

  test.each([
    ['initialize', 'loadPlugin', []],
    ['start', 'startPlugin', ['loadPlugin']],
    ['stop', 'stopPlugin', ['loadPlugin', 'startPlugin']],
    ['cleanup', 'unloadPlugin', ['loadPlugin']],
  ] as const)(
    '%s that throws: %s rejects with ERR_PLUGIN_THREW and the stack of the plugin',
    async (hook, step, before) => {
      const { plugin } = recorder();
      const thrower = (): never => {
        throw new RangeError('out of teapots');
      };
      const { manager, rooms } = await create({ plugins: { p: plugin('p', {}, { [hook]: thrower }) } });
      for (const earlier of before) await manager[earlier]('p');
      await expect(manager[step]('p')).rejects.toMatchObject({
        code: 'ERR_PLUGIN_THREW',
        message: 'out of teapots',
        plugin: 'p',
        pluginStack: expect.stringContaining('thrower'),
      });
      expect(manager.pluginState('p')).toMatchObject({ status: 'error', reason: 'failed' });
      expect(() => rooms.instance('p')).toThrow('none runs');
    },
  );

  test('loads a plugin again out of error', async () => {
    const { plugin } = recorder();
    let broken = true;
    const { manager } = await create({ plugins: { p: plugin('p', {}, { initialize: () => !broken }) } });
    expect(await manager.loadPlugin('p')).toBe(false);
    broken = false;
    expect(await manager.loadPlugin('p')).toBe(true);
    expect(manager.pluginState('p')).toMatchObject({ status: 'loaded', reason: undefined, error: undefined });
  });

  test('stopPlugin() ends a plugin that does not stop in time, and does not bring it back', async () => {
    const { plugin } = recorder();
    const { manager, rooms, clock } = await create({
      plugins: { p: plugin('p', {}, { stop: () => new Promise(() => {}) }) },
    });
    await manager.startAll();
    const stopped = manager.stopPlugin('p').catch((error: unknown) => error);
    await clock.advance(10_000);
    expect(await stopped).toMatchObject({ code: 'ERR_LIMIT_TIME' });
    expect(manager.getPluginStatus('p')).toBe('error');
    expect(() => rooms.instance('p')).toThrow('none runs');
    await clock.advance(60_000);
    expect(manager.getPluginStatus('p')).toBe('error');
  });

  test('stopPlugin() lets calls end that run, and refuses new ones meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { manager } = await create({ plugins: { p: { slow: () => promise } } });
    await manager.startAll();
    const call = manager.call('p', 'slow');
    const stopped = manager.stopPlugin('p');
    await new Promise((resolve) => setImmediate(resolve));
    expect(manager.pluginState('p')).toMatchObject({ status: 'active', reason: 'draining', calls: { running: 1 } });
    await expect(manager.call('p', 'slow')).rejects.toMatchObject({ code: 'ERR_STATE', retryable: true });
    resolve('done');
    expect(await call).toBe('done');
    expect(await stopped).toBe(true);
  });

  test('refuses a plugin whose config its schema refuses, with the key, and waits for config', async () => {
    const { plugin } = recorder();
    const schema = { type: 'object', required: ['url'], properties: { url: { type: 'string' } } };
    const { manager } = await create({ plugins: { p: plugin('p', {}, {}, schema) } });
    await expect(manager.loadPlugin('p')).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('plugins.p.config.url'),
    });
    expect(manager.pluginState('p')).toMatchObject({ status: 'error', reason: 'needs-config' });
  });

  test('never touches a disabled plugin', async () => {
    const { plugin, steps } = recorder();
    const { manager } = await create({ plugins: { p: plugin('p') }, config: { plugins: { p: { enabled: false } } } });
    await manager.startAll();
    await expect(manager.loadPlugin('p')).rejects.toMatchObject({ code: 'ERR_STATE', hint: 'aitbc plugin enable p' });
    expect(manager.pluginState('p')).toMatchObject({ status: 'unloaded', reason: 'disabled' });
    expect(steps).toEqual([]);
  });

  test('names the plugin that was meant when there is no such plugin', async () => {
    const { manager } = await create({ plugins: { greeter: {} } });
    expect(() => manager.getPluginStatus('greter')).toThrow('did you mean "greeter"?');
    await expect(manager.loadPlugin('greter')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('close() unloads everything, is idempotent, leaves no timer, and refuses what follows', async () => {
    const { plugin, steps } = recorder();
    const { manager, clock } = await create({ plugins: { a: plugin('a'), b: plugin('b', { dependencies: ['a'] }) } });
    await manager.startAll();
    steps.length = 0;
    await Promise.all([manager.close(), manager.close()]);
    expect(steps).toEqual(['b.stop', 'b.cleanup', 'a.stop', 'a.cleanup']);
    expect(manager.listPlugins().map(({ status }) => status)).toEqual(['unloaded', 'unloaded']);
    expect(clock.pending).toBe(0);
    await expect(manager.loadPlugin('a')).rejects.toMatchObject({ code: 'ERR_STATE' });
    await expect(manager.call('a', 'x')).rejects.toMatchObject({ code: 'ERR_STATE' });
  });

  test('is disposed of by await using', async () => {
    const { plugin, steps } = recorder();
    {
      const { manager } = await createTestRooms({ plugins: { p: plugin('p') }, clock: createFakeClock() });
      await using used = manager;
      await used.startAll();
    }
    expect(steps.at(-1)).toBe('p.cleanup');
  });
});
