import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PluginError } from '../../src/core/errors.ts';
import type { Host } from '../manager/host.ts';
import { serve } from '../support/http-server.ts';
import { hostOf } from './support.ts';
import { AREA, FREE, moduleOf, type WatPlugin } from './wat.ts';

const HOSTILE: WatPlugin = {
  name: 'hostile',
  imports: `
  (import "aitbc:plugin/services@1.0.0" "register" (func $register (param i32 i32 i32 i32 i32)))
  (import "aitbc:plugin/services@1.0.0" "call" (func $callService (param i32 i32 i32 i32 i32 i32 i32)))
  (import "aitbc:plugin/http@1.0.0" "fetch" (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))`,
  methods: {
    trap: '(block (result i32) unreachable)',
    count: `(block (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (call $digit (global.get $count)))`,
    deep: '(call $deep)',
    loop: '(block (result i32) (loop (br 0)) (unreachable))',
    grow: `(block (result i32)
      (loop (br_if 0 (i32.ne (i32.const -1) (memory.grow (i32.const 16)))))
      (unreachable))`,
    // 100 MB
    many: '(block (result i32) (drop (memory.grow (i32.const 1600))) (call $text (i32.const 0) (i32.const 0) (i32.const 100000000)))',
    wild: '(call $text (i32.const 0) (i32.const 0x7fffffff) (i32.const 16))',
    utf8: `(call $text (i32.const 0) (i32.const ${FREE}) (i32.const 2))`,
    variant: `(block (result i32) (i32.store8 (i32.const ${AREA}) (i32.const 9)) (i32.const ${AREA}))`,
    json: `(call $text (i32.const 0) (i32.const ${FREE + 16}) (i32.const 3))`,
    self: `(block (result i32)
      (i32.store (i32.const ${AREA}) (i32.const ${FREE + 32}))
      (i32.store (i32.const ${AREA + 4}) (i32.const 3))
      (call $register (i32.const ${FREE + 32}) (i32.const 3) (i32.const ${AREA}) (i32.const 1) (i32.const ${AREA + 64}))
      (call $callService (i32.const ${FREE + 32}) (i32.const 3) (i32.const ${FREE + 32}) (i32.const 3)
        (i32.const ${FREE + 48}) (i32.const 2) (i32.const ${AREA + 64}))
      ;; err(error): its message is the answer
      (call $text (i32.const 1) (i32.load (i32.const ${AREA + 76})) (i32.load (i32.const ${AREA + 80}))))`,
    // Asks what does not answer.
    http: `(block (result i32)
      (call $fetch (i32.const ${FREE + 64}) (i32.const 3) (i32.add (local.get $a) (i32.const 2)) (i32.sub (local.get $al) (i32.const 4))
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const ${AREA + 64}))
      (call $digit (i32.load (i32.const ${AREA + 64}))))`,
  },
  more: `
  (func $deep (result i32) (i32.add (i32.const 1) (call $deep)))
  (data (i32.const ${FREE}) "\\ff\\fe")
  (data (i32.const ${FREE + 16}) "{x}")
  (data (i32.const ${FREE + 32}) "own")
  (data (i32.const ${FREE + 48}) "[]")
  (data (i32.const ${FREE + 64}) "GET")`,
};
let host: Host;
const call = (method: string, plugin = 'hostile', args: string[] = []): Promise<unknown> =>
  host.manager.call(plugin, method, args);
const failure = (work: Promise<unknown>): Promise<PluginError> =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: PluginError) => error,
  );

beforeAll(async () => {
  const wasm = await moduleOf(HOSTILE);
  const neighbour = await moduleOf({ ...HOSTILE, name: 'neighbour' });
  host = await hostOf({
    hostile: { wasm, entry: { limits: { timeout: '4s', cpu: '1s', memory: '64MiB' } } },
    neighbour: { wasm: neighbour },
  });
  expect(await host.manager.startAll()).toMatchObject({ failed: [], refused: [] });
});
afterAll(() => host[Symbol.asyncDispose]());

describe('a component that', () => {
  test.each<[string, RegExp]>([
    ['trap', /unreachable/],
    ['deep', /call stack/],
    ['grow', /unreachable/],
    ['many', /out of bounds|Invalid typed array length|memory/],
    ['wild', /out of bounds|Invalid typed array length/],
    ['utf8', /not UTF-8/],
    ['variant', /discriminant/],
  ])(
    'fails by "%s" loses its instance, and the next call finds a fresh one in the same state of life',
    async (method, reason) => {
      const { pid } = host.manager.listPlugins().find(({ name }) => name === 'hostile') ?? {};
      expect(await call('count')).toBe(1);
      expect(await call('count')).toBe(2);
      const error = await failure(call(method));
      expect(error).toMatchObject({ code: 'ERR_PLUGIN_THREW', plugin: 'hostile' });
      expect(error.message).toMatch(reason);
      expect(await call('count')).toBe(1);
      expect(await failure(call('trap'))).toMatchObject({ code: 'ERR_PLUGIN_THREW' });
      // No restart: the isolate and its process are the same.
      expect(host.manager.listPlugins()).toContainEqual(
        expect.objectContaining({ name: 'hostile', status: 'active', pid }),
      );
    },
  );

  test('answers with something that is not JSON keeps its instance', async () => {
    expect(await call('count')).toBe(1);
    expect((await failure(call('json'))).message).toContain('its result is not JSON');
    expect(await call('count')).toBe(2);
    await failure(call('trap'));
  });

  test('calls back into itself is refused, and goes on', async () => {
    const error = await failure(call('self'));
    expect(error.message).toContain('it is its own, and one call runs at a time');
    expect(await call('count')).toBe(1);
  });

  test('loops is ended, and started again for the calls that come later', async () => {
    expect(await failure(call('loop'))).toMatchObject({ code: expect.stringMatching(/^ERR_LIMIT_/) as string });
    expect(await call('count', 'neighbour')).toBe(1);
    await expect.poll(() => call('count').catch(() => 0), { timeout: 15_000 }).toBe(1);
  });

  test('waits for an answer that does not come is ended at its deadline, while others answer', async () => {
    await using server = await serve(() => {});
    const url = new URL('/silent', server.url);
    await using silent = await hostOf({
      hostile: {
        wasm: await moduleOf(HOSTILE),
        entry: { limits: { timeout: '1s' }, permissions: { net: [url.host] } },
      },
      neighbour: { wasm: await moduleOf({ ...HOSTILE, name: 'neighbour' }) },
    });
    await silent.manager.startAll();
    const waiting = failure(silent.manager.call('hostile', 'http', [url.href]));
    expect(await silent.manager.call('neighbour', 'count', [])).toBe(1);
    expect(await waiting).toMatchObject({ code: 'ERR_LIMIT_TIME' });
  });

  test('returns 100 MB is told of limits.message, and goes on', async () => {
    await using large = await hostOf({
      hostile: { wasm: await moduleOf(HOSTILE), entry: { limits: { memory: '256MiB' } } },
    });
    await large.manager.startAll();
    const error = await failure(large.manager.call('hostile', 'many', []));
    expect(error).toMatchObject({
      code: 'ERR_LIMIT_RATE',
      message: expect.stringContaining('a string of 100000000 bytes is larger than limits.message allows') as string,
    });
    expect(large.manager.pluginState('hostile').passed).toEqual({ message: 1 });
    expect(await large.manager.call('hostile', 'count', [])).toBe(1);
  });

  test('asks for more memory at its start than it may have is refused with both numbers', async () => {
    await using greedy = await hostOf({
      hostile: { wasm: await moduleOf({ ...HOSTILE, pages: 512 }), entry: { limits: { memory: '16MiB' } } },
    });
    const { failed } = await greedy.manager.startAll();
    expect(failed).toMatchObject([
      {
        name: 'hostile',
        error: { code: 'ERR_LIMIT_MEMORY', details: { needed: 512 * 65_536, limit: 'memory', max: 16 * 1024 * 1024 } },
      },
    ]);
  });
});
