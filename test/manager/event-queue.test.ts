import { describe, expect, test } from 'vitest';
import { EventQueue, oneByOne } from '../../src/manager/event-queue.ts';

const never = (error: unknown): void => {
  throw error;
};

describe('EventQueue', () => {
  test('delivers in order, one at a time', async () => {
    const seen: string[] = [];
    const queue = new EventQueue<number>(
      oneByOne(async (event) => {
        seen.push(`begin ${event}`);
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(`end ${event}`);
      }),
      never,
    );
    for (const event of [1, 2, 3]) queue.push(event);
    await queue.idle();
    expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  test('push() drops the newest when the queue is full, and counts it', async () => {
    const { promise: open, resolve } = Promise.withResolvers<void>();
    const seen: number[] = [];
    const queue = new EventQueue<number>(
      oneByOne(async (event) => {
        await open;
        seen.push(event);
      }),
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
      oneByOne((event) => {
        if (event === 2) throw new Error('two');
        seen.push(event);
      }),
      (error, event) => failures.push(`${event}: ${(error as Error).message}`),
    );
    for (const event of [1, 2, 3]) queue.push(event);
    await queue.idle();
    expect(seen).toEqual([1, 3]);
    expect(failures).toEqual(['2: two']);
  });

  test('keeps the order over many more events than its inner buffer holds', async () => {
    const seen: number[] = [];
    const queue = new EventQueue<number>(
      oneByOne((event) => seen.push(event)),
      never,
      10_000,
    );
    for (let event = 0; event < 5_000; event += 1) queue.push(event);
    await queue.idle();
    expect(seen).toEqual([...Array(5_000).keys()]);
  });

  test('clear() forgets what waits', async () => {
    const seen: number[] = [];
    const queue = new EventQueue<number>(
      oneByOne(async (event) => {
        seen.push(event);
        await new Promise((resolve) => setImmediate(resolve));
      }),
      never,
    );
    for (const event of [1, 2, 3]) queue.push(event);
    await Promise.resolve();
    queue.clear();
    expect(queue.push(4)).toBe(true);
    await queue.idle();
    expect(seen).toEqual([1, 4]);
    expect(queue.delivered).toBe(2);
  });

  test('hands over together what is pushed in one turn, and what came meanwhile after that', async () => {
    const batches: number[][] = [];
    const queue = new EventQueue<number>(async (events, handled) => {
      batches.push([...events]);
      await new Promise((resolve) => setImmediate(resolve));
      for (const _ of events) handled();
    }, never);
    for (const event of [1, 2, 3]) queue.push(event);
    await Promise.resolve();
    for (const event of [4, 5]) queue.push(event);
    await queue.idle();
    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(queue.delivered).toBe(5);
  });

  test('hands over again what follows an event that its delivery failed with', async () => {
    const batches: number[][] = [];
    const failures: number[] = [];
    const queue = new EventQueue<number>(
      async (events, handled) => {
        batches.push([...events]);
        handled();
        if (batches.length === 1) throw new Error('gone');
        for (const _ of events.slice(1)) handled();
      },
      (_error, event) => failures.push(event),
    );
    for (const event of [1, 2, 3, 4]) queue.push(event);
    await queue.idle();
    expect([batches, failures, queue.delivered]).toEqual([
      [
        [1, 2, 3, 4],
        [3, 4],
      ],
      [2],
      4,
    ]);
  });
});
