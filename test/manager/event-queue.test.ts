import { describe, expect, test } from 'vitest';
import { EventQueue } from '../../src/manager/event-queue.ts';

const never = (error: unknown): void => {
  throw error;
};

describe('EventQueue', () => {
  test('delivers in order, one at a time', async () => {
    const seen: string[] = [];
    const queue = new EventQueue<number>(async (event) => {
      seen.push(`begin ${event}`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`end ${event}`);
    }, never);
    for (const event of [1, 2, 3]) queue.push(event);
    await queue.idle();
    expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  test('push() drops the newest when the queue is full, and counts it', async () => {
    const { promise: open, resolve } = Promise.withResolvers<void>();
    const seen: number[] = [];
    const queue = new EventQueue<number>(
      async (event) => {
        await open;
        seen.push(event);
      },
      never,
      2,
    );
    // The first is being handled, two wait, the others find no room.
    expect([1, 2, 3, 4, 5].map((event) => queue.push(event))).toEqual([true, true, true, false, false]);
    resolve();
    await queue.idle();
    expect(seen).toEqual([1, 2, 3]);
    expect([queue.dropped, queue.delivered]).toEqual([2, 3]);
    expect(queue.push(6)).toBe(true);
  });

  test('goes on after a handler that throws, and reports it', async () => {
    const failures: string[] = [];
    const seen: number[] = [];
    const queue = new EventQueue<number>(
      (event) => {
        if (event === 2) throw new Error('two');
        seen.push(event);
      },
      (error, event) => failures.push(`${event}: ${(error as Error).message}`),
    );
    for (const event of [1, 2, 3]) queue.push(event);
    await queue.idle();
    expect(seen).toEqual([1, 3]);
    expect(failures).toEqual(['2: two']);
  });

  test('keeps the order over many more events than its inner buffer holds', async () => {
    const seen: number[] = [];
    const queue = new EventQueue<number>((event) => seen.push(event), never, 10_000);
    for (let event = 0; event < 5_000; event += 1) queue.push(event);
    await queue.idle();
    expect(seen).toEqual([...Array(5_000).keys()]);
  });

  test('clear() forgets what waits', async () => {
    const seen: number[] = [];
    const queue = new EventQueue<number>(async (event) => {
      seen.push(event);
      await Promise.resolve();
    }, never);
    for (const event of [1, 2, 3]) queue.push(event);
    queue.clear();
    await queue.idle();
    expect(seen).toEqual([1]);
  });
});
