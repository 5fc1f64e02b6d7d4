import { afterEach, describe, expect, test } from 'vitest';
import { PluginError } from '../../src/core/errors.ts';
import type { Blame } from '../../src/sandbox/types.ts';
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
  const state = (name: string): string => {
    const { status, reason } = manager.pluginState(name);
    return reason ? `${status} (${reason})` : status;
  };
  const crash = async (name: string, blame: Blame): Promise<void> => {
    rooms.instance(name).crash(blame);
    await clock.advance(0);
  };
  await manager.startAll();
  return { manager, rooms, clock, state, crash };
}

describe('Supervisor', () => {
  test('restarts a plugin that crashed, after a backoff that doubles', async () => {
    const { plugin } = recorder();
    const { clock, state, crash, manager } = await create({ plugins: { p: plugin('p') } });
    // Chance is 0: half of 0.5, 1, 2 and 4 s, and never less than 0.5 s.
    for (const delay of [500, 500, 1_000, 2_000]) {
      await crash('p', 'self');
      expect(state('p')).toBe('error (backoff)');
      await expect(manager.call('p', 'x')).rejects.toMatchObject({ code: 'ERR_PLUGIN_CRASHED', retryable: true });
      await clock.advance(delay - 1);
      expect(state('p')).toBe('error (backoff)');
      await clock.advance(1);
      expect(state('p')).toBe('active');
    }
    expect(manager.pluginState('p').restarts).toBe(4);
  });

  test('quarantines a plugin that crashed more than five times in ten minutes, until it is loaded again', async () => {
    const { plugin } = recorder();
    const { clock, state, crash, manager } = await create({ plugins: { p: plugin('p') } });
    for (let restart = 0; restart < 5; restart += 1) {
      await crash('p', 'self');
      await clock.advance(60_000);
      expect(state('p')).toBe('active');
    }
    await crash('p', 'self');
    expect(state('p')).toBe('error (quarantined)');
    await expect(manager.call('p', 'x')).rejects.toMatchObject({ code: 'ERR_PLUGIN_QUARANTINED' });
    await clock.advance(3_600_000);
    expect(state('p')).toBe('error (quarantined)');
    await manager.loadPlugin('p');
    await manager.startPlugin('p');
    await crash('p', 'self');
    expect(state('p')).toBe('error (backoff)');
  });

  test('forgets crashes that are longer ago than ten minutes', async () => {
    const { plugin } = recorder();
    const { clock, state, crash } = await create({ plugins: { p: plugin('p') } });
    for (let restart = 0; restart < 8; restart += 1) {
      await crash('p', 'self');
      await clock.advance(180_000);
      expect(state('p')).toBe('active');
    }
  });

  test('restarts an innocent at once and for nothing, however often', async () => {
    const { plugin } = recorder();
    const { state, crash, clock } = await create({ plugins: { p: plugin('p') } });
    for (let restart = 0; restart < 10; restart += 1) {
      await crash('p', 'innocent');
      await clock.advance(0);
      expect(state('p')).toBe('active');
    }
  });

  test('restarts a suspect at once apart, at last in a process of its own, and blames it when it crashes there', async () => {
    const { plugin } = recorder();
    const { state, crash, clock, rooms } = await create({ plugins: { p: plugin('p') } });
    expect(rooms.instance('p').group).toBe('fakes');
    await crash('p', 'suspect');
    await clock.advance(0);
    expect(state('p')).toBe('active');
    expect(rooms.instance('p').group).toMatch(/^suspects:\d:fakes$/);
    await crash('p', 'suspect');
    await clock.advance(0);
    expect(rooms.instance('p').group).toMatch(/^suspects:(8|9|1\d):fakes$/);
    await crash('p', 'suspect');
    await clock.advance(0);
    expect(state('p')).toBe('active');
    expect(rooms.instance('p').group).toBe('process:p');
    await crash('p', 'suspect');
    await clock.advance(0);
    expect(state('p')).toBe('error (backoff)');
  });

  test('spreads many suspects of one death over few processes', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `p${index}`);
    const plugins = Object.fromEntries(names.map((name) => [name, recorder().plugin(name)]));
    const { state, crash, clock, rooms, manager } = await create({ plugins });
    for (const name of names) await crash(name, 'suspect');
    await clock.advance(0);
    const groups = names.map((name) => rooms.instance(name).group);
    expect(new Set(names.map(state))).toEqual(new Set(['active']));
    expect(new Set(groups).size).toBe(8);
    for (const group of new Set(groups)) expect(groups.filter((each) => each === group)).toHaveLength(5);
    // Suspected again, they are spread over as many others.
    for (const name of names.slice(0, 16)) await crash(name, 'suspect');
    await clock.advance(0);
    const again = names.slice(0, 16).map((name) => rooms.instance(name).group);
    expect(new Set(again).size).toBe(8);
    expect(again.filter((group) => groups.includes(group))).toEqual([]);
    // By hand it begins anew.
    await manager.restartPlugin('p17');
    expect(rooms.instance('p17').group).toBe('fakes');
  });

  test('acquits in time: who is well stays where it is, and starts among the others the next time', async () => {
    const { plugin, steps } = recorder();
    const { state, crash, clock, rooms } = await create({ plugins: { p: plugin('p') } });
    const suspected = async (): Promise<string> => {
      await crash('p', 'suspect');
      await clock.advance(0);
      return rooms.instance('p').group;
    };
    expect(await suspected()).toMatch(/^suspects:/);
    const before = steps.length;
    await clock.advance(59_000);
    await crash('p', 'innocent');
    await clock.advance(0);
    expect(rooms.instance('p').group).toMatch(/^suspects:/);
    const { length } = steps;
    expect(length).toBeGreaterThan(before);
    await clock.advance(60_000);
    // Nothing stopped it: what it holds in memory is still there.
    expect([steps.length, state('p')]).toEqual([length, 'active']);
    await crash('p', 'innocent');
    await clock.advance(0);
    expect(rooms.instance('p').group).toBe('fakes');
    // The second suspicion lasts two minutes.
    await suspected();
    await clock.advance(119_000);
    await crash('p', 'innocent');
    await clock.advance(0);
    expect(rooms.instance('p').group).toMatch(/^suspects:/);
    await clock.advance(120_000);
    await crash('p', 'innocent');
    await clock.advance(0);
    expect(rooms.instance('p').group).toBe('fakes');
    // After an hour without one, the next counts as the first.
    await clock.advance(3_600_000);
    await suspected();
    await clock.advance(60_000);
    await crash('p', 'innocent');
    await clock.advance(0);
    expect(rooms.instance('p').group).toBe('fakes');
  });

  test('loads again whose process died by another while it was opened in it', async () => {
    const { plugin } = recorder();
    const { state, crash, clock, rooms } = await create({ plugins: { p: plugin('p') } });
    const { open } = rooms.sandbox;
    const dies = new PluginError('ERR_PLUGIN_CRASHED', 'Cannot load "p": it was ended by SIGKILL', { retryable: true });
    Object.assign(rooms.sandbox, { open: () => Promise.reject(dies) });
    await crash('p', 'innocent');
    // Tried at once a few times, then with backoff.
    expect(state('p')).toBe('error (backoff)');
    Object.assign(rooms.sandbox, { open });
    await clock.advance(60_000);
    expect(state('p')).toBe('active');
  });

  test('restarts out of its budget who was alone in a process that died while it was opened in it', async () => {
    const { plugin } = recorder();
    const { state, crash, clock, rooms } = await create({ plugins: { p: plugin('p') } });
    const { open } = rooms.sandbox;
    const dies = new PluginError('ERR_PLUGIN_CRASHED', 'Cannot go on with a runtime process: it exited with 133');
    Object.assign(rooms.sandbox, { open: () => Promise.reject(dies) });
    await crash('p', 'innocent');
    expect(state('p')).toBe('error (backoff)');
    Object.assign(rooms.sandbox, { open });
    await clock.advance(60_000);
    expect(state('p')).toBe('active');
    Object.assign(rooms.sandbox, { open: () => Promise.reject(dies) });
    await crash('p', 'innocent');
    for (let turn = 0; turn < 5; turn += 1) await clock.advance(60_000);
    expect(state('p')).toBe('error (quarantined)');
  });

  test('restarts at once and for nothing when nobody is suspected, and alone when that happens again', async () => {
    const { plugin } = recorder();
    const { state, crash, clock, rooms, manager } = await create({ plugins: { p: plugin('p') } });
    await crash('p', 'unexplained');
    await clock.advance(0);
    expect(state('p')).toBe('active');
    expect(rooms.instance('p').group).toBe('fakes');
    for (const group of [/^suspects:\d:/, /^suspects:(8|9|1\d):/, /^process:p$/]) {
      await crash('p', 'unexplained');
      await clock.advance(0);
      expect(rooms.instance('p').group).toMatch(group);
    }
    await crash('p', 'unexplained');
    await clock.advance(0);
    expect(state('p')).toBe('error (backoff)');
    expect(manager.pluginState('p').restarts).toBe(4);
  });

  test('remembers a quarantine for these bytes alone, until it is released', async () => {
    const { plugin } = recorder();
    const { clock, state, crash, manager, rooms } = await create({ plugins: { p: plugin('p') } });
    for (let restart = 0; restart < 6; restart += 1) {
      await crash('p', 'self');
      await clock.advance(60_000);
    }
    expect(state('p')).toBe('error (quarantined)');
    const { integrity = '' } = manager.pluginState('p');
    expect(await rooms.quarantine.find('p', integrity)).toMatchObject({ integrity });
    await expect(manager.startAll()).resolves.toMatchObject({ failed: [{ name: 'p' }] });
    expect(state('p')).toBe('error (quarantined)');
    await manager.bringUp('p');
    expect(state('p')).toBe('active');
    expect(await rooms.quarantine.find('p', integrity)).toBeUndefined();
    rooms.quarantine.add('p', { integrity: 'sha256:other', since: 'then', message: 'it was another' });
    await manager.restartPlugin('p');
    expect(state('p')).toBe('active');
  });

  test('tells active dependents that a plugin went down, and that it is back', async () => {
    const { plugin } = recorder();
    const heard: unknown[] = [];
    const listener = {
      ...(plugin('b') as object),
      handleEvent: (type: string, data: unknown) => void heard.push([type, data]),
    };
    const { crash, clock, state } = await create({
      plugins: { a: plugin('a'), b: listener },
      config: { plugins: { b: { dependencies: ['a'] } } },
    });
    await crash('a', 'innocent');
    await clock.advance(0);
    expect(state('a')).toBe('active');
    expect(heard).toEqual([
      ['dependency.down', { plugin: 'a', status: 'error', reason: 'crashed' }],
      ['dependency.up', { plugin: 'a', status: 'active', reason: null }],
    ]);
  });

  test('brings back what was loaded as loaded, and not what was unloaded meanwhile', async () => {
    const { plugin } = recorder();
    const { state, crash, clock, manager } = await create({
      plugins: { a: plugin('a'), b: plugin('b') },
      config: { auto_load: false },
    });
    await manager.loadPlugin('a');
    await crash('a', 'self');
    await clock.advance(60_000);
    expect(state('a')).toBe('loaded');
    await manager.loadPlugin('b');
    await crash('b', 'self');
    await manager.unloadPlugin('b');
    await clock.advance(60_000);
    expect(state('b')).toBe('unloaded');
  });

  test('tries again for nothing when a restart fails for an outage, with a growing backoff', async () => {
    const { plugin, steps } = recorder();
    let down = false;
    const connect = (): void => {
      if (down) throw new Error('connection refused');
    };
    const { state, crash, clock } = await create({ plugins: { p: plugin('p', {}, { start: connect }) } });
    down = true;
    await crash('p', 'self');
    await clock.advance(3_600_000);
    expect(state('p')).toBe('error (backoff)');
    expect(steps.filter((step) => step === 'p.start').length).toBeGreaterThan(20);
    down = false;
    await clock.advance(60_000);
    expect(state('p')).toBe('active');
  });

  test('dependents wait for a plugin that crashed, and follow it', async () => {
    const { plugin, steps } = recorder();
    const { state, crash, clock } = await create({
      plugins: { a: plugin('a'), b: plugin('b', { dependencies: ['a'] }) },
    });
    steps.length = 0;
    await crash('a', 'self');
    expect([state('a'), state('b')]).toEqual(['error (backoff)', 'inactive (waiting-dependency)']);
    await clock.advance(500);
    expect([state('a'), state('b')]).toEqual(['active', 'active']);
    expect(steps).toEqual(['b.stop', 'a.initialize', 'a.start', 'b.start']);
  });

  test('restarts a plugin that is unhealthy three times in a row', async () => {
    const { plugin } = recorder();
    let healthy = true;
    const { state, clock, manager } = await create({
      plugins: { p: plugin('p', {}, { healthCheck: () => ({ healthy }) }) },
      config: { health_check_interval: 30 },
    });
    await clock.advance(300_000);
    expect(manager.pluginState('p').restarts).toBe(0);
    healthy = false;
    await clock.advance(60_000);
    healthy = true;
    await clock.advance(30_000);
    healthy = false;
    await clock.advance(60_000);
    expect(state('p')).toBe('active');
    await clock.advance(30_000);
    expect(state('p')).toBe('error (backoff)');
    expect(manager.pluginState('p').error?.message).toContain('it is not healthy');
    healthy = true;
    await clock.advance(500);
    expect(state('p')).toBe('active');
  });

  test('a crash and a throw during a start by the host are tried again, a refusal and a start by hand are not', async () => {
    const { plugin } = recorder();
    let first = true;
    const { state, clock, manager } = await create({
      plugins: {
        refuses: plugin('refuses', {}, { start: () => false }),
        byHand: plugin(
          'byHand',
          {},
          {
            start: () => {
              if (first) throw new Error('no');
            },
          },
        ),
        hangs: plugin('hangs', {}, { start: () => (first ? new Promise(() => {}) : true) }),
        throws: plugin(
          'throws',
          {},
          {
            start: () => {
              if (first) throw new Error('no');
            },
          },
        ),
      },
      config: { auto_load: false },
    }).then(async (made) => {
      const started = made.manager.startAll({ names: ['hangs', 'throws', 'refuses'] });
      await made.clock.advance(10_000);
      expect((await started).failed.map(({ name }) => name)).toEqual(['hangs', 'throws', 'refuses']);
      return made;
    });
    const all = (): string[] => ['hangs', 'throws', 'refuses', 'byHand'].map(state);
    await manager.loadPlugin('byHand');
    await expect(manager.startPlugin('byHand')).rejects.toMatchObject({ code: 'ERR_PLUGIN_THREW' });
    expect(all()).toEqual(['error (backoff)', 'error (backoff)', 'error (refused)', 'error (failed)']);
    first = false;
    await clock.advance(60_000);
    expect(all()).toEqual(['active', 'active', 'error (refused)', 'error (failed)']);
  });
});
