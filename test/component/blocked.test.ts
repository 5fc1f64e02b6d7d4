import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PluginError } from '../../src/core/errors.ts';
import type { Host } from '../manager/host.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { hostOf } from './support.ts';
import { AREA, FREE, moduleOf, type WatPlugin } from './wat.ts';

/** Every way in which a component stands still inside an import that is synchronous for it. */
const WAYS = ['headers', 'body', 'sleep'] as const;

const FETCH = `(block (result i32)
  (call $fetch (i32.const ${FREE}) (i32.const 3) (i32.add (local.get $a) (i32.const 2)) (i32.sub (local.get $al) (i32.const 4))
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const ${AREA + 64}))
  (call $digit (i32.load8_u (i32.const ${AREA + 64}))))`;
const PLUGIN: WatPlugin = {
  name: 'blocked',
  imports: `
  (import "aitbc:plugin/http@1.0.0" "fetch" (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))`,
  methods: {
    count: `(block (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (call $digit (global.get $count)))`,
    headers: FETCH,
    body: FETCH,
    // A minute of the monotonic clock.
    sleep: `(block (result i32)
      (i32.store8 (i32.const ${AREA + 72}) (i32.const 0))
      (i32.store (i32.const ${AREA + 80}) (i32.const 1))
      (i64.store (i32.const ${AREA + 88}) (i64.const 60000000000))
      (call $digit (call $poll (i32.const ${AREA + 64}) (i32.const ${AREA + 256}) (i32.const 1) (i32.const ${AREA + 320}))))`,
  },
  more: `(data (i32.const ${FREE}) "GET")`,
};

let server: TestServer;
let host: Host;
let begun: number;
const failure = (work: Promise<unknown>): Promise<PluginError> =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: PluginError) => error,
  );
const call = (method: string, options: object = {}, plugin = 'blocked'): Promise<unknown> =>
  host.manager.call(
    plugin,
    method,
    method === 'count' || method === 'sleep' ? [] : [`${server.url}/${method}`],
    options,
  );
/** Until the component has begun to wait: a sleep shows nothing outside, a request does. */
const standing = async (way: string, before: number): Promise<void> => {
  if (way === 'sleep') await new Promise((resolve) => setTimeout(resolve, 200));
  else await expect.poll(() => begun, { interval: 10 }).toBeGreaterThan(before);
};

beforeAll(async () => {
  begun = 0;
  server = await serve({
    '/headers': () => void (begun += 1),
    '/body': (_, response) => {
      begun += 1;
      response.writeHead(200).write('x');
    },
  });
  const wasm = await moduleOf(PLUGIN);
  const entry = { permissions: { net: [server.host] }, limits: { timeout: '30s', stop_timeout: '2s' } };
  host = await hostOf({
    blocked: { wasm, entry },
    neighbour: { wasm: await moduleOf({ ...PLUGIN, name: 'neighbour' }) },
  });
  expect(await host.manager.startAll()).toMatchObject({ failed: [], refused: [] });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await server.close();
});

describe.each(WAYS)('a component that stands still in an import: %s', (way) => {
  test('is ended by the abort of its call, while others answer, and the next call has a fresh instance', async () => {
    await call('count');
    expect(await call('count')).toBeGreaterThan(1);
    const abort = new AbortController();
    const before = begun;
    const waiting = failure(call(way, { signal: abort.signal }));
    await standing(way, before);
    expect(await call('count', {}, 'neighbour')).toBeGreaterThan(0);
    const pid = host.manager.listPlugins().find(({ name }) => name === 'blocked')?.pid;
    abort.abort();
    expect(await waiting).toMatchObject({ code: 'ERR_ABORTED' });
    expect(await call('count')).toBe(1);
    // Neither the plugin nor its process was restarted for that.
    expect(host.manager.listPlugins()).toContainEqual(
      expect.objectContaining({ name: 'blocked', status: 'active', pid }),
    );
  });

  test('is ended by a timeout of its call', async () => {
    const waiting = failure(call(way, { timeout: 500 }));
    expect(await call('count', {}, 'neighbour')).toBeGreaterThan(0);
    expect(await waiting).toMatchObject({ code: 'ERR_LIMIT_TIME' });
    await expect.poll(() => call('count').catch(() => 0), { timeout: 15_000 }).toBe(1);
  });

  test('is stopped, and started again', async () => {
    const before = begun;
    const waiting = failure(call(way));
    await standing(way, before);
    const stop = host.manager.stopPlugin('blocked');
    expect(await waiting).toMatchObject({ code: 'ERR_STATE', retryable: true });
    // Its `stop` ran within the one deadline: it did not lose its isolate for a call that stood still.
    expect([await stop, host.manager.getPluginStatus('blocked')]).toEqual([true, 'inactive']);
    expect(await host.manager.unloadPlugin('blocked')).toBe(true);
    expect(await call('count', {}, 'neighbour')).toBeGreaterThan(0);
    await host.manager.loadPlugin('blocked');
    await host.manager.startPlugin('blocked');
    expect(await call('count')).toBe(1);
  });
});
