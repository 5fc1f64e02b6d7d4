import { describe, expect, test } from 'vitest';
import { PluginError } from '../../src/core/errors.ts';
import { CallGate } from '../../src/manager/call-gate.ts';

function held(): { work: () => Promise<string>; end: (value: string) => void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { work: () => promise, end: resolve };
}

describe('CallGate', () => {
  test('run() lets no more than the limit run at a time, the rest in order', async () => {
    const gate = new CallGate('p', 2);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      [...Array(10).keys()].map((number) =>
        gate.run(async () => {
          running += 1;
          most = Math.max(most, running);
          order.push(number);
          await Promise.resolve();
          running -= 1;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([...Array(10).keys()]);
    expect([gate.running, gate.waiting]).toEqual([0, 0]);
  });

  test('run() refuses with ERR_LIMIT_RATE when too many wait, and goes on afterwards', async () => {
    const gate = new CallGate('p', 1, 1);
    const first = held();
    const running = gate.run(first.work);
    const waiting = gate.run(async () => 'second');
    await expect(gate.run(async () => 'third')).rejects.toMatchObject({ code: 'ERR_LIMIT_RATE', plugin: 'p' });
    first.end('first');
    expect(await Promise.all([running, waiting])).toEqual(['first', 'second']);
    expect(await gate.run(async () => 'fourth')).toBe('fourth');
  });

  test('run() gives up its place when the signal is aborted while it waits', async () => {
    const gate = new CallGate('p', 1);
    const first = held();
    const running = gate.run(first.work);
    const abort = new AbortController();
    let ran = false;
    const waiting = gate.run(async () => {
      ran = true;
    }, abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    first.end('done');
    await running;
    await gate.idle();
    expect(ran).toBe(false);
  });

  test('run() frees the slot of work that fails', async () => {
    const gate = new CallGate('p', 1);
    await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await gate.run(async () => 'next')).toBe('next');
  });

  test('close() fails what comes, drop() what waits; what runs goes on, and idle() tells when it is done', async () => {
    const gate = new CallGate('p', 1);
    const first = held();
    const running = gate.run(first.work);
    const waiting = gate.run(async () => 'second');
    const stopping = new PluginError('ERR_STATE', 'Cannot call "p": it stops');
    gate.close(stopping);
    expect(gate.waiting).toBe(1);
    gate.drop(stopping);
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_STATE' });
    await expect(gate.run(async () => 'third')).rejects.toMatchObject({ code: 'ERR_STATE' });
    let idle = false;
    const drained = gate.idle().then(() => (idle = true));
    await Promise.resolve();
    expect(idle).toBe(false);
    first.end('first');
    expect(await running).toBe('first');
    expect(await drained).toBe(true);
    gate.open();
    expect(await gate.run(async () => 'again')).toBe('again');
  });
});
