import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../manager/host.ts';
import { serve } from '../support/http-server.ts';
import { workshop } from '../cli/support.ts';
import { hostOf, hostOfWat } from './support.ts';
import { AREA, FREE, moduleOf, type WatPlugin } from './wat.ts';

const ECHO: WatPlugin = {
  name: 'echo',
  methods: {
    // The first argument: what stands between `[` and `]`.
    echo: '(call $text (i32.const 0) (i32.add (local.get $a) (i32.const 1)) (i32.sub (local.get $al) (i32.const 2)))',
    fail: '(call $text (i32.const 1) (i32.add (local.get $a) (i32.const 2)) (i32.sub (local.get $al) (i32.const 4)))',
    raw: '(call $text (i32.const 0) (local.get $a) (local.get $al))',
  },
};

/** A module linked with WASI preview 1, which jco's adapter brings to 0.2. */
const LINKED: WatPlugin = {
  name: 'linked',
  imports: `
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))`,
  methods: {
    // Two lines and a half to stdout.
    print: `(block (result i32)
      (i32.store (i32.const ${AREA}) (i32.const ${FREE}))
      (i32.store (i32.const ${AREA + 4}) (i32.const 11))
      (call $digit (call $fd_write (i32.const 1) (i32.const ${AREA}) (i32.const 1) (i32.const ${AREA + 64}))))`,
    exit: '(block (result i32) (call $proc_exit (i32.const 3)) (unreachable))',
    variables: `(block (result i32)
      (drop (call $environ_sizes_get (i32.const ${AREA}) (i32.const ${AREA + 4})))
      (call $digit (i32.load (i32.const ${AREA}))))`,
    named: `(block (result i32)
      (drop (call $environ_get (i32.const ${AREA + 64}) (i32.const ${AREA + 128})))
      (i32.store8 (i32.const ${AREA + 127}) (i32.const 34))
      (i32.store8 (i32.const ${AREA + 137}) (i32.const 34))
      (call $text (i32.const 0) (i32.const ${AREA + 127}) (i32.const 11)))`,
    arguments: `(block (result i32)
      (drop (call $args_sizes_get (i32.const ${AREA}) (i32.const ${AREA + 4})))
      (call $digit (i32.load (i32.const ${AREA}))))`,
    clock: `(block (result i32)
      (call $digit (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const ${AREA + 64}))))`,
    lucky: `(block (result i32)
      (call $digit (call $random_get (i32.const ${AREA + 64}) (i32.const 64))))`,
    // Opens /data/x (the first preopen is 3), writes, closes, opens and reads it: how many bytes came.
    keep: `(block (result i32)
      (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const ${FREE + 16}) (i32.const 1) (i32.const 9)
        (i64.const 0x40) (i64.const 0x40) (i32.const 0) (i32.const ${AREA + 64})))
      (i32.store (i32.const ${AREA}) (i32.const ${FREE}))
      (i32.store (i32.const ${AREA + 4}) (i32.const 7))
      (drop (call $fd_write (i32.load (i32.const ${AREA + 64})) (i32.const ${AREA}) (i32.const 1) (i32.const ${AREA + 68})))
      (drop (call $fd_close (i32.load (i32.const ${AREA + 64}))))
      (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const ${FREE + 16}) (i32.const 1) (i32.const 0)
        (i64.const 0x02) (i64.const 0x02) (i32.const 0) (i32.const ${AREA + 64})))
      (i32.store (i32.const ${AREA}) (i32.const ${FREE + 128}))
      (i32.store (i32.const ${AREA + 4}) (i32.const 100))
      (i32.store (i32.const ${AREA + 72}) (i32.const 0))
      (drop (call $fd_read (i32.load (i32.const ${AREA + 64})) (i32.const ${AREA}) (i32.const 1) (i32.const ${AREA + 72})))
      (call $digit (i32.load (i32.const ${AREA + 72}))))`,
    // Writing to /plugin (the third preopen): the error number.
    write: `(block (result i32)
      (call $digit (i32.ne (i32.const 0) (call $path_open (i32.const 5) (i32.const 0) (i32.const ${FREE + 16}) (i32.const 1)
        (i32.const 9) (i64.const 0x40) (i64.const 0x40) (i32.const 0) (i32.const ${AREA + 64})))))`,
    // Leaving /data: the error number.
    up: `(block (result i32)
      (call $digit (i32.ne (i32.const 0) (call $path_open (i32.const 3) (i32.const 0) (i32.const ${FREE + 32}) (i32.const 9)
        (i32.const 0) (i64.const 0x02) (i64.const 0x02) (i32.const 0) (i32.const ${AREA + 64})))))`,
  },
  more: `
  (data (i32.const ${FREE}) "one\\0atwo\\0ahal")
  (data (i32.const ${FREE + 16}) "x")
  (data (i32.const ${FREE + 32}) "../etc/xx")`,
};

let host: Host;
const logged: string[] = [];
const call = (plugin: string, method: string, ...args: unknown[]): Promise<unknown> =>
  host.manager.call(plugin, method, args);

beforeAll(async () => {
  host = await hostOf(
    {
      echo: { wasm: await moduleOf(ECHO) },
      linked: { wasm: await moduleOf(LINKED), entry: { permissions: { env: ['GRANTED'] } } },
    },
    { env: { GRANTED: '1', SECRET: '2' }, logger: { log: (level, message) => logged.push(`${level}: ${message}`) } },
  );
  expect(await host.manager.startAll()).toMatchObject({ failed: [], refused: [] });
});
afterAll(() => host[Symbol.asyncDispose]());

describe('strings of a component', () => {
  test.each([
    ['a BOM', '\ufeffx'],
    ['every kind of character', 'aß€😀\u0000\u2028"\\'],
    ['nothing', ''],
    ['what is long', '😀é'.repeat(20_000)],
    ['numbers and lists', [1, 2.5, { a: [null, true] }]],
  ])('keep %s', async (_, value) => {
    expect(await call('echo', 'echo', value)).toEqual(value);
  });

  test('keep a lone surrogate of JSON, which is escaped there', async () => {
    expect(await call('echo', 'echo', '\ud800')).toBe('\ud800');
  });

  test('keep a BOM in an error', async () => {
    await expect(call('echo', 'fail', '\ufeffno luck')).rejects.toThrow('it threw \ufeffno luck');
  });

  test.each([
    ['a bigint', 1n],
    ['bytes', new Uint8Array(2)],
  ])('cannot hold %s, which is said', async (_, value) => {
    await expect(call('echo', 'echo', value)).rejects.toThrow('it takes JSON');
  });
});

describe('a module with WASI preview 1', () => {
  test('has its output in the log, by line', async () => {
    expect(await call('linked', 'print')).toBe(0);
    expect(logged).toEqual(expect.arrayContaining(['info: one', 'info: two', 'info: hal']));
  });

  test('sees granted variables alone, and no arguments', async () => {
    expect(await call('linked', 'variables')).toBe(1);
    expect(await call('linked', 'named')).toBe('GRANTED=1');
    expect(await call('linked', 'arguments')).toBe(0);
  });

  test('has time and chance', async () => {
    expect(await call('linked', 'clock')).toBe(0);
    expect(await call('linked', 'lucky')).toBe(0);
  });

  test('keeps files in /data, and reaches nothing above it or read-only', async () => {
    expect(await call('linked', 'keep')).toBe(7);
    expect(await call('linked', 'write')).toBe(1);
    expect(await call('linked', 'up')).toBe(1);
  });

  test('that exits has its instance discarded, and goes on', async () => {
    await expect(call('linked', 'exit')).rejects.toMatchObject({
      code: 'ERR_PLUGIN_THREW',
      message: expect.stringContaining('it exited with status') as string,
    });
    expect(await call('linked', 'arguments')).toBe(0);
  });
});

describe('a fresh instance', () => {
  test('is started again as the lost one was, and fails the call where it refuses', async () => {
    // Starts once: a file says that it did.
    await using once = await hostOfWat({
      name: 'once',
      imports: `(import "aitbc:plugin/files@1.0.0" "write" (func $write (param i32 i32 i32 i32 i32 i32)))`,
      methods: { trap: '(block (result i32) unreachable)', ping: '(call $digit (i32.const 1))' },
      start: `(block (result i32)
        (call $write (i32.const ${FREE}) (i32.const 6) (i32.const ${FREE}) (i32.const 0) (i32.const 1) (i32.const ${AREA + 64}))
        (i32.store (i32.const ${AREA}) (i32.const 0))
        (i32.store8 (i32.const ${AREA + 4}) (i32.eqz (i32.load8_u (i32.const ${AREA + 64}))))
        (i32.const ${AREA}))`,
      more: `(data (i32.const ${FREE}) "/tmp/x")`,
    });
    await once.manager.startAll();
    expect(await once.manager.call('once', 'ping', [])).toBe(1);
    await expect(once.manager.call('once', 'trap', [])).rejects.toThrow('unreachable');
    await expect(once.manager.call('once', 'ping', [])).rejects.toThrow('refused to start again');
  });
});

describe('aitbc', () => {
  const manifest = {
    name: 'echo',
    version: '1.0.0',
    description: 'A test',
    author: 'tests',
    license: 'MIT',
    permissions: { net: ['a.example'] },
  };

  test('adds a component without running it, and calls it as any plugin', async () => {
    await using shop = await workshop();
    // It would trap at once.
    const wasm = await moduleOf({ ...ECHO, manifest, more: '(func $boom unreachable) (start $boom)' });
    await shop.write({ 'boom.wasm': wasm, 'echo.wasm': await moduleOf({ ...ECHO, manifest }) });
    expect(await shop.aitbc(['plugin', 'add', './boom.wasm', '--name', 'boom', '--yes'])).toMatchObject({ status: 0 });
    const added = await shop.aitbc(['plugin', 'add', './echo.wasm', '--yes']);
    expect(added.stdout + added.stderr).toContain('a.example');
    const args = ['plugin', 'call', 'echo', 'echo', '["you"]'];
    expect(await shop.aitbc(args)).toMatchObject({ status: 0, stdout: '"you"\n' });
    expect(await shop.aitbc(args, { env: { AITBC_OFFLINE: '1', CI: '1' } })).toMatchObject({
      status: 0,
      stdout: '"you"\n',
    });
    expect(await shop.aitbc(['plugin', 'call', 'echo', 'fail', '["why"]'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('error[ERR_PLUGIN_THREW]: Cannot call "echo.fail": it threw why') as string,
    });
    await shop.write({ 'echo.wasm': wasm });
    expect(await shop.aitbc(args)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('ERR_INTEGRITY') as string,
    });
  });

  test('adds one from a URL by its media type, and from a folder by its manifest', async () => {
    const wasm = await moduleOf({ ...ECHO, manifest });
    await using server = await serve({
      '/plugins/echo': (_, response) => {
        response.writeHead(200, { 'content-type': 'application/wasm' }).end(wasm);
      },
      '/page.wasm': '<!doctype html><title>Not Found</title>',
    });
    await using shop = await workshop();
    const added = await shop.aitbc(['plugin', 'add', `${server.url}/plugins/echo`, '--yes']);
    expect(added).toMatchObject({ status: 0 });
    expect(await shop.aitbc(['plugin', 'call', 'echo', 'echo', '[1]'])).toMatchObject({ stdout: '1\n' });
    expect((await shop.aitbc(['plugin', 'add', `${server.url}/page.wasm`, '--yes'])).status).not.toBe(0);

    const beside = JSON.stringify({ ...manifest, name: 'beside', entry: 'built/x.wasm' });
    const other = await moduleOf({ ...ECHO, name: 'beside' });
    await shop.write({ 'beside/plugin.json': beside, 'beside/built/x.wasm': other });
    expect(await shop.aitbc(['plugin', 'add', './beside', '--yes'])).toMatchObject({ status: 0 });
    expect(await shop.aitbc(['plugin', 'call', 'beside', 'echo', '[2]'])).toMatchObject({ stdout: '2\n' });
  });

  test('refuses two manifests that say different things, and code that says another name', async () => {
    await using shop = await workshop();
    await shop.write({
      'two/plugin.json': JSON.stringify({ ...manifest, version: '2.0.0', entry: 'x.wasm' }),
      'two/x.wasm': await moduleOf({ ...ECHO, manifest }),
      'liar.wasm': await moduleOf({ ...ECHO, manifest: { ...manifest, name: 'honest' } }),
    });
    expect(await shop.aitbc(['plugin', 'add', './two', '--yes'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('says something else than the manifest inside x.wasm') as string,
    });
    await shop.aitbc(['plugin', 'add', './liar.wasm', '--yes']);
    expect(await shop.aitbc(['plugin', 'call', 'honest', 'echo', '[1]'])).toMatchObject({
      stderr: expect.stringContaining('its code says another metadata than its manifest') as string,
    });
  });
});
