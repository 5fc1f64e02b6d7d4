import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workshop, type Workshop } from '../cli/support.ts';
import { AREA, FREE, moduleOf } from './wat.ts';

const commands = [
  {
    name: 'tool',
    help: 'Does things',
    subcommands: [
      { name: 'say', help: 'Says it', options: [{ name: 'loud', type: 'boolean' }], arguments: [{ name: 'what' }] },
      { name: 'copy', help: 'Copies stdin' },
      { name: 'fail', help: 'Fails' },
      { name: 'exit', help: 'Ends itself' },
    ],
  },
];
const manifest = { name: 'tool', version: '1.0.0', description: 'A test', author: 'tests', license: 'MIT', commands };

let shop: Workshop;
beforeAll(async () => {
  shop = await workshop();
  const wasm = await moduleOf({
    name: 'tool',
    manifest,
    imports: `
    (import "aitbc:plugin/terminal@1.0.0" "write" (func $write (param i32 i32 i32 i32)))
    (import "aitbc:plugin/terminal@1.0.0" "read" (func $read (param i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))`,
    methods: {},
    exports: (own) => `${own}
    (func (export "aitbc:plugin/commands@1.0.0#run")
      (param $g i32) (param $gl i32) (param $c i32) (param $cl i32) (param $o i32) (param $ol i32) (param $a i32) (param $al i32)
      (result i32)
      ;; say: options and the first argument, status 7
      (if (i32.eq (i32.load8_u (local.get $c)) (i32.const 115)) (then
        (call $write (i32.const 0) (local.get $o) (local.get $ol) (i32.const ${AREA + 64}))
        (call $write (i32.const 0) (i32.load (local.get $a)) (i32.load offset=4 (local.get $a)) (i32.const ${AREA + 64}))
        (call $write (i32.const 1) (i32.const ${FREE}) (i32.const 4) (i32.const ${AREA + 64}))
        (i32.store (i32.const ${AREA}) (i32.const 0))
        (i32.store8 (i32.const ${AREA + 4}) (i32.const 7))
        (return (i32.const ${AREA}))))
      (if (i32.eq (i32.load8_u (local.get $c)) (i32.const 99)) (then
        (loop $more
          (call $read (i32.const ${AREA + 64}))
          (if (i32.and (i32.eqz (i32.load8_u (i32.const ${AREA + 64}))) (i32.load8_u (i32.const ${AREA + 68}))) (then
            (call $write (i32.const 0) (i32.load (i32.const ${AREA + 72})) (i32.load (i32.const ${AREA + 76})) (i32.const ${AREA + 96}))
            (br $more))))
        (i32.store (i32.const ${AREA}) (i32.const 0))
        (i32.store8 (i32.const ${AREA + 4}) (i32.const 0))
        (return (i32.const ${AREA}))))
      (if (i32.eq (i32.load8_u (local.get $c)) (i32.const 101)) (then (call $proc_exit (i32.const 5)) (unreachable)))
      (call $text (i32.const 1) (i32.const ${FREE}) (i32.const 3)))`,
    more: `(data (i32.const ${FREE}) "oh!\\0a")`,
  });
  await shop.write({ 'tool.wasm': wasm });
  expect(await shop.aitbc(['plugin', 'add', './tool.wasm', '--yes'])).toMatchObject({ status: 0 });
});
afterAll(() => shop.remove());

describe('a command of a component', () => {
  test('is shown from its manifest', async () => {
    expect((await shop.aitbc(['tool', '--help'])).stdout).toContain('Says it');
  });

  test('gets options and arguments, writes to both streams, and gives its status', async () => {
    expect(await shop.aitbc(['tool', 'say', '--loud', 'hé'])).toMatchObject({
      status: 7,
      stdout: '{"loud":true}hé',
      stderr: 'oh!\n',
    });
  });

  test('reads stdin to its end', async () => {
    const input = 'é\n'.repeat(100_000);
    expect(await shop.aitbc(['tool', 'copy'], { input })).toMatchObject({ status: 0, stdout: input });
  });

  test('that fails says why, and one that ends itself gives a status', async () => {
    expect(await shop.aitbc(['tool', 'fail'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('oh!') as string,
    });
    // Preview 1 knows a status, WASI 0.2 only success and failure.
    expect(await shop.aitbc(['tool', 'exit'])).toMatchObject({ status: 1 });
  });
});
