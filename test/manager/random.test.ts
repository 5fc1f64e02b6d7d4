import { expect, test } from 'vitest';
import { isPluginError } from '../../src/core/errors.ts';
import { createTestRooms } from '../../src/testing/test-manager.ts';
import { createFakeClock, recorder } from './support.ts';

/** The same numbers from the same seed, so that what fails can be run again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const GRAPH = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: [], f: ['e', 'd'] } as const;
const NAMES = Object.keys(GRAPH) as (keyof typeof GRAPH)[];

// Whatever is asked for at the same time, and whatever crashes meanwhile: transitions stay legal, dependencies are active
// before their dependents start, nothing hangs, and close() leaves nothing.
test.each(Array.from({ length: 25 }, (_, seed) => [seed + 1]))('a random life with seed %i ends well', async (seed) => {
  const random = numbers(seed);
  const clock = createFakeClock();
  const { plugin } = recorder();
  const broken: string[] = [];
  const moody = () => {
    const mood = random(12);
    if (mood === 0) throw new Error('moody');
    return mood !== 1;
  };
  const plugins = Object.fromEntries(
    NAMES.map((name) => [
      name,
      plugin(
        name,
        { dependencies: [...GRAPH[name]] },
        { initialize: moody, start: moody, stop: moody, cleanup: moody },
      ),
    ]),
  );
  const { manager, rooms } = await createTestRooms({ plugins, clock });
  manager.onStatus(({ plugin: name, from, to }) => {
    if (from === 'loading' && to === 'loaded') {
      const missing = GRAPH[name as keyof typeof GRAPH].filter((other) => {
        const { status, reason } = manager.pluginState(other);
        return status === 'unloaded' || (status === 'loading' && reason === undefined);
      });
      if (missing.length > 0) broken.push(`${name} loaded without ${missing.join(', ')}`);
    }
  });
  const pending: Promise<unknown>[] = [];
  const attempt = (work: Promise<unknown>): void => {
    pending.push(
      work.catch((error: unknown) => {
        if (!isPluginError(error) || error.code === 'ERR_INTERNAL') broken.push(String(error));
      }),
    );
  };
  for (let step = 0; step < 60; step += 1) {
    const name = NAMES[random(NAMES.length)] as string;
    switch (random(8)) {
      case 0:
        attempt(manager.startAll());
        break;
      case 1:
        attempt(manager.loadPlugin(name));
        break;
      case 2:
        attempt(manager.startPlugin(name));
        break;
      case 3:
        attempt(manager.stopPlugin(name));
        break;
      case 4:
        attempt(manager.unloadPlugin(name));
        break;
      case 5:
        attempt(manager.broadcastEvent('tick', step));
        break;
      case 6:
        try {
          rooms.instance(name).crash((['self', 'suspect', 'innocent'] as const)[random(3)] ?? 'self');
        } catch (error) {
          if (!isPluginError(error, 'ERR_STATE')) throw error;
        }
        break;
      default:
        await clock.advance(random(20_000));
    }
  }
  await clock.advance(120_000);
  await Promise.all(pending);
  attempt(manager.startAll());
  const closing = manager.close();
  await clock.advance(120_000);
  await closing;
  await Promise.all(pending);
  expect(broken).toEqual([]);
  expect(manager.listPlugins().filter(({ status }) => status !== 'unloaded' && status !== 'error')).toEqual([]);
  for (const name of NAMES) expect(() => rooms.instance(name)).toThrow('none runs');
  expect(clock.pending).toBe(0);
});
