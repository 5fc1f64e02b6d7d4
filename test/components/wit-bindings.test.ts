import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { bindings } from '../../scripts/wit-bindings/bindings.ts';
import { layoutOf } from '../../scripts/wit-bindings/layout.ts';
import { readWit, type Wit } from '../../scripts/wit-bindings/wit.ts';
import { ownWit } from '../component/support.ts';

const C = 'plugins/lib/c/aitbc_wit.h';
const RUST = 'plugins/lib/rust/wit.rs';
const ASSEMBLYSCRIPT = 'plugins/lib/assemblyscript/wit.ts';
const AUTHORS = 'plugins/lib/javascript/aitbc.d.ts';
const HOST = 'runtime/guest/component/wit.ts';

let source: string;
let made: ReadonlyMap<string, string>;
beforeAll(async () => {
  source = await ownWit();
  made = await bindings(source);
});

describe('bindings()', () => {
  test('gives what is committed, marked as generated', async () => {
    expect([...made.keys()]).toEqual(expect.arrayContaining([C, RUST, ASSEMBLYSCRIPT, AUTHORS, HOST]));
    for (const [path, text] of made) {
      expect(text.split('\n', 1)[0]).toContain('Generated from runtime/wit by scripts/wit-bindings.ts');
      expect(text === (await readFile(path, 'utf8')), `${path}: run node scripts/wit-bindings.ts`).toBe(true);
    }
  });

  test.each<[string, (wit: string) => string, Readonly<Record<string, string>>]>([
    [
      'a field that is added',
      (wit) => wit.replace('size: u64,', 'size: u64,\n        owner: string,'),
      {
        [C]: 'sizeof(aitbc_file_stat) == 32',
        [RUST]: 'assert!(size_of::<<FileStat as Wit>::Raw>() == 32',
        [ASSEMBLYSCRIPT]: 'lower_u64(at + 24, value.modified);',
        [AUTHORS]: 'owner: string,',
        [HOST]: 'readonly owner: string;',
      },
    ],
    [
      'a function that is added to what the host gives',
      (wit) =>
        wit.replace('columns: func() -> u32;', 'columns: func() -> u32;\n    title: func(text: string) -> bool;'),
      {
        [C]: 'int32_t aitbc_import_terminal_title(const char *text, size_t text_size);',
        [RUST]: 'pub fn title(text: &str) -> bool {',
        [ASSEMBLYSCRIPT]: '@external("aitbc:plugin/terminal@1.0.0", "title")',
        [AUTHORS]: 'export function title(text: string): boolean;',
        [HOST]: 'title(text: string): boolean;',
      },
    ],
    [
      'a parameter that is added to what a plugin gives',
      (wit) => wit.replace('predict: func(input: json)', 'predict: func(input: json, seed: option<u64>)'),
      {
        [C]: 'const char *input, size_t input_size, int32_t seed_is_some, int64_t seed_some)',
        [RUST]: 'fn predict(&mut self, input: String, seed: Option<u64>)',
        [ASSEMBLYSCRIPT]: 'model__predict(input: usize, inputLength: usize, seedIsSome: i32, seed: i64): usize',
        [AUTHORS]: 'export function predict(input: Json, seed: bigint | undefined): Json;',
        [HOST]: 'predict(input: string, seed: bigint | undefined): string;',
      },
    ],
    [
      'another version',
      (wit) => wit.replace('aitbc:plugin@1.0.0', 'aitbc:plugin@1.1.0'),
      {
        [C]: 'export_name("aitbc:plugin/model@1.1.0#train")',
        [RUST]: 'export_name = "aitbc:plugin/model@1.1.0#train"',
        [ASSEMBLYSCRIPT]: '@external("aitbc:plugin/log@1.1.0", "write")',
        [AUTHORS]: "declare module 'aitbc:plugin/log@1.1.0'",
      },
    ],
  ])('changes with %s', async (_, change, expected) => {
    const changed = await bindings(change(source));
    for (const [path, text] of Object.entries(expected)) {
      expect(made.get(path)).not.toContain(text);
      expect(changed.get(path)).toContain(text);
    }
  });

  test.each([
    ['flags', 'flags odd { a, b }', 'odd', 'no form for flags'],
    [
      'a tuple of eight strings and an option',
      '',
      `tuple<${'string, '.repeat(8)}option<string>>`,
      'has 19 flat parameters',
    ],
  ])('refuses %s, for which it has no form', async (_, declared, type, reason) => {
    const odd = source.replace('columns: func() -> u32;', `${declared}\n    columns: func(value: ${type}) -> u32;`);
    await expect(bindings(odd)).rejects.toThrow(reason);
  });
});

describe('layoutOf()', () => {
  let wit: Wit;
  beforeAll(async () => {
    const typed = (type: string, index: number): string => `f${index}: func(value: ${type});`;
    const own = `record mixed { a: u8, b: u64, c: bool, d: string }
      enum many { ${Array.from({ length: 257 }, (_, index) => `c${index}`).join(', ')} }
      variant either { none, number(f32), wide(u64) }`;
    const types = LAYOUTS.map(([type]) => type);
    wit = await readWit(source.replace('interface log {', `interface log {\n${own}\n${types.map(typed).join('\n')}`));
  });

  const LAYOUTS: readonly (readonly [type: string, size: number, align: number, offsets: number[], flat: string])[] = [
    ['u8', 1, 1, [], 'i32'],
    ['s64', 8, 8, [], 'i64'],
    ['mixed', 32, 8, [0, 8, 16, 20], 'i32 i64 i32 i32 i32'],
    ['many', 2, 2, [], 'i32'],
    ['either', 16, 8, [8], 'i32 i64'],
    ['option<bool>', 2, 1, [1], 'i32 i32'],
    ['option<option<u16>>', 6, 2, [2], 'i32 i32 i32'],
    ['result<u8, u64>', 16, 8, [8], 'i32 i64'],
    ['result<f32, u32>', 8, 4, [4], 'i32 i32'],
    ['result', 1, 1, [], 'i32'],
    ['tuple<u8, u16, u8>', 6, 2, [0, 2, 4], 'i32 i32 i32'],
    ['list<mixed>', 8, 4, [0, 4], 'i32 i32'],
  ];
  test.each(LAYOUTS)('%s', (type, size, align, offsets, flat) => {
    const index = LAYOUTS.findIndex(([name]) => name === type);
    const log = wit.imports.find(({ name }) => name === 'log');
    const [, id = -1] = log?.functions.find(({ name }) => name === `f${index}`)?.parameters[0] ?? [];
    expect(layoutOf(wit, id)).toEqual({ size, align, offsets, flat: flat.split(' ') });
  });
});
