import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { OpenQueue } from '../../runtime/open-queue.ts';
import type { Frame } from '../../src/protocol/frames.ts';
import { FRAME } from '../../src/protocol/messages.ts';

const frameOf = (plugin: number): Frame => ({
  kind: FRAME.open,
  attached: false,
  plugin,
  id: 0,
  payload: Buffer.alloc(0),
});

test('OpenQueue opens in order, and lets the loop turn between two', async () => {
  const seen: (number | 'turn')[] = [];
  const queue = new OpenQueue(({ plugin }) => {
    seen.push(plugin);
    setImmediate(() => seen.push('turn'));
  });
  for (const plugin of [1, 2, 3]) queue.push(frameOf(plugin));
  expect(seen).toEqual([]);
  for (let round = 0; round < 5; round += 1) await turn();
  expect(seen).toEqual([1, 'turn', 2, 'turn', 3, 'turn']);
});

test('OpenQueue.drop() keeps a plugin that waits from being opened, and knows no other', async () => {
  const seen: number[] = [];
  const queue = new OpenQueue(({ plugin }) => seen.push(plugin));
  queue.push(frameOf(1));
  queue.push(frameOf(2));
  expect(queue.drop(1)).toBe(true);
  expect(queue.drop(1)).toBe(false);
  expect(queue.drop(7)).toBe(false);
  for (let round = 0; round < 3; round += 1) await turn();
  expect(seen).toEqual([2]);
  expect(queue.drop(2)).toBe(false);
});
