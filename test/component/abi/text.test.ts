import { beforeAll, describe, expect, test } from 'vitest';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { Memory } from '../../../runtime/guest/component/abi/memory.ts';
import { transcoder } from '../../../runtime/guest/component/abi/transcoder.ts';
import { UTF8_MODULE } from '../../../runtime/guest/component/abi/utf8-module.ts';
import { decodeUtf8, encodeUtf8 } from '../../../runtime/guest/component/text.ts';
import { engine, type LinearMemory } from '../../../runtime/guest/component/webassembly.ts';
import { utf8Module } from '../../../scripts/utf8-module.ts';
import { byPlan, chance, MESSAGE_LIMIT, randomText } from './support.ts';

const PAGES = 8;
const AT = 1_024;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const { Memory: EngineMemory } = (globalThis as unknown as { WebAssembly: unknown }).WebAssembly as {
  Memory: new (type: { initial: number }) => LinearMemory;
};
const realloc = (): number => AT;
let raw: LinearMemory;
let memory: Memory;
beforeAll(() => {
  raw = new EngineMemory({ initial: PAGES });
  memory = new Memory(raw);
});

const reference = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
};

function loaded(bytes: Uint8Array, read: () => string): string | undefined {
  memory.bytes.set(bytes, AT);
  try {
    return read();
  } catch (error) {
    if (error instanceof engine.RuntimeError) return undefined;
    throw error;
  }
}

describe('the transcoder', () => {
  test('is there, and is what its source makes', async () => {
    expect(transcoder(raw)).toBeDefined();
    expect(await utf8Module()).toContain(UTF8_MODULE);
  });

  test("writes what the web's TextEncoder does, and reads it again, for random text", () => {
    const random = chance(1);
    for (let round = 0; round < 1_500; round += 1) {
      const text = randomText(random);
      const expected = new TextEncoder().encode(text);
      const at = memory.storeUtf8(text, realloc);
      expect(memory.stored).toBe(expected.length);
      expect(Buffer.compare(memory.bytes.subarray(at, at + memory.stored), expected)).toBe(0);
      expect(memory.loadUtf8(at, memory.stored)).toBe(text.toWellFormed());
      expect(encodeUtf8(text)).toEqual(expected);
    }
  });

  test("takes and refuses the bytes that the web's strict TextDecoder does, as the code without it does", () => {
    const random = chance(2);
    for (let round = 0; round < 4_000; round += 1) {
      // Valid text with some bytes changed, or bytes of the ranges where the rules are.
      const bytes = new TextEncoder().encode(randomText(random).slice(0, 400));
      const changes = Math.floor(random() * 3);
      for (let change = 0; change < changes && bytes.length > 0; change += 1) {
        const edge = [0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff, 0xa0, 0x90];
        bytes[Math.floor(random() * bytes.length)] = edge[Math.floor(random() * edge.length)] as number;
      }
      const cut = bytes.subarray(0, Math.floor(random() * (bytes.length + 1)));
      const expected = reference(cut);
      expect(loaded(cut, () => memory.loadUtf8(AT, cut.length))).toBe(expected);
      expect(loaded(cut, () => decodeUtf8(cut))).toBe(expected);
    }
  });

  test('knows every sequence of two bytes, and every lead of four with its bounds', () => {
    const sequences: number[][] = [];
    for (let first = 0; first < 256; first += 1)
      for (let second = 0; second < 256; second += 1) sequences.push([first, second]);
    for (let lead = 0xe0; lead < 0x100; lead += 1) {
      for (const second of [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
        for (const third of [0x7f, 0x80, 0xbf, 0xc0]) {
          sequences.push([lead, second, third]);
          for (const fourth of [0x7f, 0x80, 0xbf, 0xc0]) sequences.push([lead, second, third, fourth]);
        }
      }
    }
    const wrong = sequences.filter((sequence) => {
      const bytes = Uint8Array.from(sequence);
      return loaded(bytes, () => memory.loadUtf8(AT, bytes.length)) !== reference(bytes);
    });
    expect(wrong).toEqual([]);
  });

  test.each([16_383, 16_384, 16_385, 32_768, 70_000])('cuts no character of %i units', (units) => {
    for (const [before, character] of [
      ['', '😀'],
      ['x', '😀'],
      ['', '€'],
      ['xx', '€'],
      ['x', 'é'],
      ['', 'x'],
      ['\ufeff', '\ud800'],
    ] as const) {
      const text = (before + character.repeat(units)).slice(0, units);
      const at = memory.storeUtf8(text, realloc);
      expect(memory.loadUtf8(at, memory.stored)).toBe(text.toWellFormed());
    }
  });

  test('leaves what is beside the text as it was', () => {
    for (const text of ['x'.repeat(33), 'é'.repeat(9), '😀', '\ud800']) {
      memory.bytes.fill(0xaa, AT - 8, AT + 200);
      memory.storeUtf8(text, realloc);
      expect(memory.bytes.subarray(AT - 8, AT)).toEqual(new Uint8Array(8).fill(0xaa));
      expect(memory.bytes.subarray(AT + memory.stored, AT + memory.stored + 16)).toEqual(new Uint8Array(16).fill(0xaa));
    }
  });

  test('refuses what limits.message could not let through', () => {
    const large = new Memory(new EngineMemory({ initial: 80 }));
    expect(() => large.loadUtf8(0, MESSAGE_LIMIT * 4 + 1)).toThrow('is larger than limits.message allows');
  });
});

describe('strings of a component with UTF-16', () => {
  const WIT = `package aitbc:plugin@1.0.0;
interface guest { same: func(value: string) -> string; at: func(at: u32, size: u32) -> string; }
world test { export guest; }
`;
  const WAT = `(module
  (memory (export "memory") 4)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func $pair (param i32 i32) (result i32)
    (i32.store (i32.const 64) (local.get 0))
    (i32.store (i32.const 68) (local.get 1))
    (i32.const 64))
  (func (export "aitbc:plugin/guest@1.0.0#same") (param i32 i32) (result i32) (call $pair (local.get 0) (local.get 1)))
  (func (export "aitbc:plugin/guest@1.0.0#at") (param i32 i32) (result i32) (call $pair (local.get 0) (local.get 1))))`;
  let guest: Record<string, (...args: unknown[]) => unknown>;
  beforeAll(async () => {
    const embedded = await componentEmbed({
      binary: await parse(WAT),
      witSource: WIT,
      world: 'test',
      stringEncoding: 'utf16',
    });
    guest = byPlan(await componentNew(embedded, []))({})['aitbc:plugin/guest@1.0.0'] as unknown as typeof guest;
  });

  test('come back as they were, lone surrogates as U+FFFD', () => {
    const random = chance(3);
    for (let round = 0; round < 200; round += 1) {
      const text = randomText(random);
      expect(guest['same']?.(text)).toBe(text.toWellFormed());
    }
  });

  test.each([
    [1_025, 1],
    [262_142, 2],
    [0, 0x8000_0001],
    [0xffff_fffe, 1],
  ])('trap at %i of %i', (at, size) => {
    expect(() => guest['at']?.(at, size)).toThrow(engine.RuntimeError);
  });
});
