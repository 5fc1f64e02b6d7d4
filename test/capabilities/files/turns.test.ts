import { expect, test } from 'vitest';
import { Turns } from '../../../src/capabilities/files/turns.ts';

const never = new AbortController().signal;

test('Turns.run() runs no more than it was told at a time, the others in order', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = [0, 1, 2, 3].map((number) =>
    turns.run(never, () => {
      begun.push(number);
      return new Promise<number>((resolve) => ends.push(() => resolve(number)));
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]?.();
  await all[1];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.();
  await all[0];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]?.();
  ends[3]?.();
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
});

test('Turns.run() gives on the place of a work that failed', async () => {
  const turns = new Turns(1);
  await expect(turns.run(never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await turns.run(never, () => Promise.resolve('next'))).toBe('next');
});

test('Turns.run() rejects who is aborted while it waits, and never runs it', async () => {
  const turns = new Turns(1);
  const first = Promise.withResolvers<void>();
  const running = turns.run(never, () => first.promise);
  const abort = new AbortController();
  let ran = false;
  const waiting = turns.run(abort.signal, async () => {
    ran = true;
  });
  abort.abort(new Error('over'));
  await expect(waiting).rejects.toThrow('over');
  await expect(turns.run(abort.signal, () => Promise.resolve())).rejects.toThrow('over');
  first.resolve();
  await running;
  expect(await turns.run(never, () => Promise.resolve('free'))).toBe('free');
  expect(ran).toBe(false);
});
