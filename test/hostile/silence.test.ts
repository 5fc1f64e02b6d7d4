/** A runtime process that stops answering, as one does that a plugin has frozen: found by its heartbeat, ended, and replaced. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createArena, type Arena } from './arena.ts';
import { Leftovers } from './leftovers.ts';

let arena: Arena;
const leftovers = new Leftovers();
beforeAll(async () => {
  arena = await createArena({ cases: [] });
});
afterAll(async () => {
  const pids = arena.manager.processes().map(({ pid }) => pid);
  await arena.close();
  expect(await leftovers.settled(pids)).toEqual([]);
});

test('a runtime process whose heartbeat stops is ended; its calls fail, its plugins come back, the innocent one without blame', async () => {
  const { manager, logs } = arena;
  await arena.reset();
  const { pid = 0 } = manager.pluginState('bystander');
  process.kill(pid, 'SIGSTOP');
  const waiting = manager.call('bystander', 'ping', [1], { timeout: 30_000 });
  await expect(waiting).rejects.toMatchObject({
    code: 'ERR_PLUGIN_CRASHED',
    message: expect.stringContaining('it does not answer') as string,
  });
  // The plugin whose call was in flight is suspected, and restarted alone; the other one is innocent.
  const ping = (): Promise<unknown> => manager.call('bystander', 'ping', [2]).catch((error: unknown) => error);
  const until = performance.now() + 10_000;
  let answer = await ping();
  while (answer !== 'pong 2' && performance.now() < until) {
    // Whoever calls meanwhile is told that it is worth another try.
    expect(answer).toMatchObject({ retryable: true });
    await new Promise((resolve) => setTimeout(resolve, 5));
    answer = await ping();
  }
  expect(answer).toBe('pong 2');
  await expect.poll(() => manager.pluginState('victim'), { timeout: 10_000 }).toMatchObject({ status: 'active' });
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(manager.pluginState('victim').restarts).toBe(1);
  expect(logs.filter((line) => /Restarting victim in [1-9]/.test(line))).toEqual([]);
});
