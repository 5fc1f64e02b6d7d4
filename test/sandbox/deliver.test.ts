import { afterAll, describe, expect, test } from 'vitest';
import type { PluginError } from '../../src/core/errors.ts';
import type { WireDelivery } from '../../src/protocol/requests.ts';
import type { Value } from '../../src/protocol/values.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Instance, OpenOptions } from '../../src/sandbox/types.ts';
import { limits, openOptions, plugin } from './support.ts';

const sandbox = createSandbox();
afterAll(() => sandbox.close());

const SEEN = `seen() { return this.list ?? []; }, note(text) { (this.list ??= []).push(text); },`;

async function open(handleEvent: string, options: Partial<OpenOptions> = {}): Promise<Instance> {
  const instance = await sandbox.open(openOptions(plugin(`${SEEN} ${handleEvent}`), options));
  await instance.request('describe', []);
  return instance;
}

function event(type: string, data: Value = null): WireDelivery {
  return [{ type, data, source: 'host', time: '2026-01-01T00:00:00.000Z' }, null];
}

function collect(): { codes: string[]; handled: (error?: PluginError) => void } {
  const codes: string[] = [];
  return { codes, handled: (error) => codes.push(error === undefined ? 'ok' : error.code) };
}

const seen = (instance: Instance): Promise<Value> => instance.request('call', ['seen', []]);

describe('Instance.deliver()', () => {
  test('has events handled in order, one at a time, whether handlers wait or not', async () => {
    const instance = await open(`handleEvent(type) {
      if (type === 'sync') return void this.note('sync');
      return (async () => {
        this.note('begin ' + type);
        if (type === 'wait') await new Promise((done) => setTimeout(done, 5));
        this.note('end ' + type);
      })();
    }`);
    const { codes, handled } = collect();
    await instance.deliver([event('sync'), event('wait'), event('async'), event('sync')], handled);
    expect(await seen(instance)).toEqual(['sync', 'begin wait', 'end wait', 'begin async', 'end async', 'sync']);
    expect(codes).toEqual(['ok', 'ok', 'ok', 'ok']);
    await instance.dispose();
  });

  test('tells of each event, with its own error', async () => {
    const instance = await open(`handleEvent(type, data) { if (data % 3 === 0) throw new Error('no ' + data); }`);
    const told: string[] = [];
    await instance.deliver(
      [1, 2, 3, 4, 5, 6].map((data) => event('x', data)),
      (error) => told.push(error?.message ?? 'ok'),
    );
    const threw = (data: number): string => `Cannot deliver an event to "p": it threw no ${data}`;
    expect(told).toEqual(['ok', 'ok', threw(3), 'ok', 'ok', threw(6)]);
    await instance.dispose();
  });

  test('carries byte arrays and large events at their place', async () => {
    const instance = await open(`handleEvent(type, data) { this.note(type + (data?.length ?? '')); }`);
    const { codes, handled } = collect();
    const large = 'x'.repeat(300_000);
    await instance.deliver(
      [event('a'), event('bytes', new Uint8Array(7)), event('b'), event('large', large), event('c', undefined)],
      handled,
    );
    expect(await seen(instance)).toEqual(['a', 'bytes7', 'b', 'large300000', 'c']);
    expect(codes).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    await instance.dispose();
  });

  test('fails an event beyond limits.message alone, also one that another plugin may get', async () => {
    const wide = await open(`handleEvent(type) { this.note(type); }`);
    const narrow = await open(`handleEvent(type) { this.note(type); }`, { limits: { ...limits, message: 1_024 } });
    const events = [event('a'), event('large', 'x'.repeat(5_000)), event('b')];
    for (const [instance, code] of [
      [wide, 'ok'],
      [narrow, 'ERR_LIMIT_RATE'],
    ] as const) {
      const { codes, handled } = collect();
      await instance.deliver(events, handled);
      expect(codes).toEqual(['ok', code, 'ok']);
      await instance.dispose();
    }
  });

  test('gives each handler limits.timeout, and blames the one that hangs', async () => {
    const patient = { limits: { ...limits, timeout: 1_000 } };
    const instance = await open(
      `handleEvent(type) { if (type === 'hang') return new Promise(() => {}); if (type === 'wait') return new Promise((done) => setTimeout(done, 300)); }`,
      patient,
    );
    const waits = collect();
    await instance.deliver(Array<WireDelivery>(5).fill(event('wait')), waits.handled);
    expect(waits.codes).toEqual(Array(5).fill('ok'));
    const hangs = collect();
    const delivery = instance.deliver([event('now'), event('now'), event('hang'), event('now')], hangs.handled);
    await expect(delivery).rejects.toMatchObject({ code: 'ERR_LIMIT_TIME' });
    expect(hangs.codes).toEqual(['ok', 'ok']);
  });

  test('gives each handler limits.cpu, and lets calls in between', async () => {
    const tight = { limits: { ...limits, cpu: 300 } };
    const instance = await open(
      `handleEvent() { const end = Date.now() + 20; while (Date.now() < end); this.note('x'); }`,
      tight,
    );
    const { codes, handled } = collect();
    const delivery = instance.deliver(Array<WireDelivery>(50).fill(event('x')), handled);
    const during = (await seen(instance)) as readonly Value[];
    expect(during.length).toBeLessThan(50);
    await delivery;
    expect(codes).toEqual(Array(50).fill('ok'));
    await instance.dispose();
  });

  test('begins no other handler once its signal is aborted', async () => {
    const instance = await open(
      `async handleEvent(type) { this.note(type); await new Promise((done) => { this.go = done; }); }, async release() { this.go(); await null; await null; await null; }`,
    );
    const { codes, handled } = collect();
    const abort = new AbortController();
    const delivery = instance.deliver([event('a'), event('b'), event('c')], handled, { signal: abort.signal });
    await expect.poll(() => seen(instance)).toEqual(['a']);
    await instance.request('call', ['release', []]);
    await expect.poll(() => seen(instance)).toEqual(['a', 'b']);
    abort.abort();
    await expect(delivery).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await instance.request('call', ['release', []]);
    expect(await seen(instance)).toEqual(['a', 'b']);
    expect(codes).toEqual(['ok']);
    await instance.dispose();
  });
});
