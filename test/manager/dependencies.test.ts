import { afterEach, describe, expect, test } from 'vitest';
import type { PluginManager } from '../../src/manager/manager.ts';
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
  const states = (): Record<string, string> =>
    Object.fromEntries(
      manager.listPlugins().map(({ name, status, reason }) => [name, reason ? `${status} (${reason})` : status]),
    );
  return { manager, rooms, clock, states };
}

describe('PluginManager.startAll()', () => {
  test('starts dependencies before their dependents, stopAll() stops them after', async () => {
    const { plugin, steps } = recorder();
    const { manager } = await create({
      plugins: {
        top: plugin('top', { dependencies: ['left', 'right@^1.0.0'] }),
        left: plugin('left', { dependencies: ['base'] }),
        right: plugin('right', { dependencies: ['base'] }),
        base: plugin('base'),
      },
    });
    const report = await manager.startAll();
    expect(report).toMatchObject({ failed: [], refused: [], waiting: [], ready: true });
    expect(report.started).toHaveLength(4);
    const at = (step: string): number => steps.indexOf(step);
    expect(at('base.start')).toBeLessThan(at('left.initialize'));
    expect(at('base.start')).toBeLessThan(at('right.initialize'));
    expect(Math.max(at('left.start'), at('right.start'))).toBeLessThan(at('top.initialize'));
    steps.length = 0;
    await manager.stopAll();
    expect(steps[0]).toBe('top.stop');
    expect(steps[3]).toBe('base.stop');
  });

  test('starts independent plugins side by side, by priority', async () => {
    const { plugin, steps } = recorder();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { manager } = await create({
      plugins: { late: plugin('late'), slow: plugin('slow', {}, { initialize: () => promise }) },
      config: { plugins: { late: { priority: 20 }, slow: { priority: 10 } } },
    });
    const starting = manager.startAll();
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toEqual(['slow.initialize', 'late.initialize', 'late.start']);
    resolve(true);
    expect((await starting).started).toEqual(['late', 'slow']);
  });

  test('takes dependencies of the config too', async () => {
    const { plugin, steps } = recorder();
    const { manager } = await create({
      plugins: { a: plugin('a'), b: plugin('b') },
      config: { plugins: { a: { dependencies: ['b@1.x'] } } },
    });
    await manager.startAll();
    expect(steps).toEqual(['b.initialize', 'b.start', 'a.initialize', 'a.start']);
  });

  test('reports each in its place: started, failed, refused, waiting', async () => {
    const { plugin } = recorder();
    const fails = (): never => {
      throw new Error('no luck');
    };
    const { manager, states } = await create({
      plugins: {
        fine: plugin('fine'),
        thrower: plugin('thrower', {}, { start: fails }),
        refuser: plugin('refuser', {}, { initialize: () => false }),
        'after-thrower': plugin('after-thrower', { dependencies: ['thrower'] }),
        old: plugin('old', { max_aitbc_version: '0.0.1' }),
        'after-old': plugin('after-old', { dependencies: ['old'] }),
        lost: plugin('lost', { dependencies: ['nowhere'] }),
        ring: plugin('ring', { dependencies: ['gnir'] }),
        gnir: plugin('gnir', { dependencies: ['ring'] }),
      },
    });
    const report = await manager.startAll();
    const named = (list: readonly { name: string; error: { code: string } }[]): string[] =>
      list.map(({ name, error }) => `${name}: ${error.code}`);
    expect(report.started).toEqual(['fine']);
    expect(named(report.failed)).toEqual(['thrower: ERR_PLUGIN_THREW', 'refuser: ERR_PLUGIN_THREW']);
    expect(named(report.refused)).toEqual([
      'old: ERR_INCOMPATIBLE',
      'lost: ERR_DEPENDENCY_MISSING',
      'ring: ERR_DEPENDENCY_CYCLE',
      'gnir: ERR_DEPENDENCY_CYCLE',
    ]);
    expect(named(report.waiting)).toEqual([
      'after-thrower: ERR_DEPENDENCY_MISSING',
      'after-old: ERR_DEPENDENCY_MISSING',
    ]);
    expect(report.ready).toBe(true);
    expect(states()).toMatchObject({ thrower: 'error (backoff)', 'after-old': 'error (waiting-dependency)' });
  });

  test('starts nothing when a required plugin is refused, and says why', async () => {
    const { plugin, steps } = recorder();
    const { manager, states } = await create({
      plugins: { a: plugin('a'), b: plugin('b', { min_aitbc_version: '99.0.0' }) },
      config: { plugins: { b: { required: true } } },
    });
    await expect(manager.startAll()).rejects.toMatchObject({ code: 'ERR_INCOMPATIBLE', plugin: 'b' });
    expect(steps).toEqual([]);
    expect(states()).toEqual({ a: 'unloaded', b: 'error (refused)' });
  });

  test('starts nothing when any plugin is refused under frozen', async () => {
    const { plugin, steps } = recorder();
    const { manager } = await create({
      plugins: { a: plugin('a'), b: plugin('b', { min_aitbc_version: '99.0.0' }) },
      frozen: true,
    });
    await expect(manager.startAll()).rejects.toMatchObject({ code: 'ERR_INCOMPATIBLE' });
    expect(steps).toEqual([]);
  });

  test('is not ready when a required plugin fails', async () => {
    const { plugin } = recorder();
    const { manager } = await create({
      plugins: { a: plugin('a'), b: plugin('b', {}, { start: () => false }) },
      config: { plugins: { b: { required: true } } },
    });
    expect(await manager.startAll()).toMatchObject({ started: ['a'], ready: false });
  });

  test('starts nothing unasked with auto_load: false', async () => {
    const { plugin, steps } = recorder();
    const { manager } = await create({ plugins: { a: plugin('a'), b: plugin('b') }, config: { auto_load: false } });
    expect((await manager.startAll()).started).toEqual([]);
    expect(steps).toEqual([]);
    expect((await manager.startAll({ names: ['b'] })).started).toEqual(['b']);
  });
});

describe('a dependency and its dependents', () => {
  const plugins = () => {
    const { plugin, steps } = recorder();
    return {
      steps,
      plugins: { a: plugin('a'), b: plugin('b', { dependencies: ['a'] }), c: plugin('c', { dependencies: ['b'] }) },
    };
  };

  test('loadPlugin() starts what the plugin depends on first', async () => {
    const { plugins: given, steps } = plugins();
    const { manager } = await create({ plugins: given });
    await manager.loadPlugin('b');
    expect(steps).toEqual(['a.initialize', 'a.start', 'b.initialize']);
  });

  test('loadPlugin() refuses a dependency of another version, once it is known', async () => {
    const { plugin } = recorder();
    const { manager } = await create({ plugins: { a: plugin('a'), b: plugin('b', { dependencies: ['a@^2.0.0'] }) } });
    await expect(manager.loadPlugin('b')).rejects.toMatchObject({
      code: 'ERR_INCOMPATIBLE',
      details: { path: 'b -> a' },
    });
  });

  test('startAll({ names }) starts those and what they depend on, whatever is wrong with others under frozen', async () => {
    const { plugins: given } = plugins();
    const { plugin } = recorder();
    const { manager, states } = await create({
      plugins: {
        ...given,
        lost: plugin('lost', { dependencies: ['gone'] }),
        later: plugin('later', { dependencies: ['lost'] }),
      },
      frozen: true,
    });
    expect((await manager.startAll({ names: ['b'] })).started).toEqual(['b']);
    expect(states()).toMatchObject({ a: 'active', b: 'active', c: 'unloaded', later: 'unloaded' });
  });

  test('stopPlugin() stops dependents first; they start again with it', async () => {
    const { plugins: given, steps } = plugins();
    const { manager, states } = await create({ plugins: given });
    await manager.startAll();
    steps.length = 0;
    expect(await manager.stopPlugin('a')).toBe(true);
    expect(steps).toEqual(['c.stop', 'b.stop', 'a.stop']);
    expect(states()).toEqual({ a: 'inactive', b: 'inactive (waiting-dependency)', c: 'inactive (waiting-dependency)' });
    await manager.startPlugin('a');
    await expect.poll(states).toEqual({ a: 'active', b: 'active', c: 'active' });
  });

  test('dependents of a failed plugin wait, and start when it is mended', async () => {
    const { plugin } = recorder();
    let broken = true;
    const { manager, states } = await create({
      plugins: { a: plugin('a', {}, { start: () => !broken }), b: plugin('b', { dependencies: ['a'] }) },
    });
    await manager.startAll();
    expect(states()).toEqual({ a: 'error (refused)', b: 'error (waiting-dependency)' });
    broken = false;
    await manager.loadPlugin('a');
    await manager.startPlugin('a');
    await expect.poll(states).toEqual({ a: 'active', b: 'active' });
  });

  test('stop and start at the same time of two that depend on each other never hang', async () => {
    const { plugins: given } = plugins();
    const { manager, states } = await create({ plugins: given });
    await manager.startAll();
    await manager.stopPlugin('c');
    await Promise.allSettled([manager.stopPlugin('a'), manager.startPlugin('c'), manager.stopPlugin('b')]);
    await expect.poll(() => Object.values(states()).some((state) => state.includes('draining'))).toBe(false);
    expect(states()['a']).toMatch(/^(inactive|active)$/);
  });
});
