import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Exports } from '../../../runtime/guest/component/instance.ts';
import { engine } from '../../../runtime/guest/component/webassembly.ts';
import { byPlan, testComponent } from './support.ts';

const WIT = `package aitbc:plugin@1.0.0;
interface host {
  resource thing { constructor(value: u32); value: func() -> u32; of: static func(value: u32) -> thing; missing: func(); }
  touch: func();
  later: func() -> string;
  fail: func() -> result<string, string>;
  give: func() -> list<u32>;
  other: func(value: borrow<thing>) -> u32;
}
interface guest {
  mode: func(value: u32);
  text: func() -> string;
  cleaned: func() -> u32;
  take: func(value: string);
  take-numbers: func(value: list<u32>) -> u32;
  peek: func(at: u32, size: u32) -> string;
  peek-bytes: func(at: u32, size: u32) -> list<u8>;
  peek-texts: func(at: u32, size: u32) -> list<string>;
  result-at: func(at: u32) -> string;
  grow: func(value: string) -> string;
  later: func();
  fail: func() -> result<string, string>;
  make: func(value: u32) -> u32;
  value-of: func(handle: u32) -> u32;
  drop: func(handle: u32);
  missing: func(handle: u32);
  answer-at: func(at: u32);
}
world test { import host; export guest; }
`;

const HOST = 'aitbc:plugin/host@1.0.0';
const GUEST = 'aitbc:plugin/guest@1.0.0';

/** \`mode\` makes \`cabi_realloc\` lie: 1 calls the host, 2 is out of range, 3 is not aligned; 4: clean-up calls the host. */
const WAT = `(module
  (import "${HOST}" "touch" (func $touch))
  (import "${HOST}" "later" (func $later (param i32)))
  (import "${HOST}" "fail" (func $fail (param i32)))
  (import "${HOST}" "give" (func $give (param i32)))
  (import "${HOST}" "other" (func $other (param i32) (result i32)))
  (import "${HOST}" "[static]thing.of" (func $make (param i32) (result i32)))
  (import "${HOST}" "[constructor]thing" (func $construct (param i32) (result i32)))
  (import "${HOST}" "[method]thing.value" (func $value (param i32) (result i32)))
  (import "${HOST}" "[method]thing.missing" (func $missing (param i32)))
  (import "${HOST}" "[resource-drop]thing" (func $drop (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\\20\\00\\00\\00\\03\\00\\00\\00")
  (data (i32.const 32) "abc")
  (global $mode (mut i32) (i32.const 0))
  (global $cleaned (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (i32.eq (global.get $mode) (i32.const 1)) (then (call $touch)))
    (if (i32.eq (global.get $mode) (i32.const 2)) (then (return (i32.const 0xffffff00))))
    (if (i32.eq (global.get $mode) (i32.const 3)) (then (return (i32.const 1025))))
    (if (i32.eq (global.get $mode) (i32.const 5)) (then (drop (memory.grow (i32.const 1)))))
    (i32.const 4096))
  (func (export "${GUEST}#mode") (param i32) (global.set $mode (local.get 0)))
  (func (export "${GUEST}#text") (result i32) (i32.const 16))
  (func (export "cabi_post_${GUEST}#text") (param i32)
    (if (i32.eq (global.get $mode) (i32.const 4)) (then (call $touch)))
    (global.set $cleaned (i32.add (global.get $cleaned) (local.get 0))))
  (func (export "${GUEST}#cleaned") (result i32) (global.get $cleaned))
  (func (export "${GUEST}#take") (param i32 i32))
  (func (export "${GUEST}#take-numbers") (param i32 i32) (result i32) (i32.load (local.get 0)))
  (func $pair (param i32 i32) (result i32)
    (i32.store (i32.const 64) (local.get 0))
    (i32.store (i32.const 68) (local.get 1))
    (i32.const 64))
  (func (export "${GUEST}#peek") (param i32 i32) (result i32) (call $pair (local.get 0) (local.get 1)))
  (func (export "${GUEST}#peek-bytes") (param i32 i32) (result i32) (call $pair (local.get 0) (local.get 1)))
  (func (export "${GUEST}#peek-texts") (param i32 i32) (result i32) (call $pair (local.get 0) (local.get 1)))
  (func (export "${GUEST}#result-at") (param i32) (result i32) (local.get 0))
  (func (export "${GUEST}#grow") (param i32 i32) (result i32)
    (drop (memory.grow (i32.const 3)))
    (call $pair (local.get 0) (local.get 1)))
  (func (export "${GUEST}#later") (call $later (i32.const 128)))
  (func (export "${GUEST}#fail") (result i32) (call $fail (i32.const 128)) (i32.const 128))
  (func (export "${GUEST}#make") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (call $construct (local.get 0))) (else (call $make (local.get 0)))))
  (func (export "${GUEST}#value-of") (param i32) (result i32)
    (i32.add (call $value (local.get 0)) (call $other (local.get 0))))
  (func (export "${GUEST}#drop") (param i32) (call $drop (local.get 0)))
  (func (export "${GUEST}#missing") (param i32) (call $missing (local.get 0)))
  (func (export "${GUEST}#answer-at") (param i32) (call $give (local.get 0))))`;

let component: Uint8Array;
beforeAll(async () => {
  component = await testComponent(WAT, WIT);
});

type Guest = Record<string, (...args: unknown[]) => unknown>;

describe('bindings by the plan', () => {
  let guest: Guest;
  const calls: string[] = [];
  const dropped: number[] = [];
  let later: () => unknown;
  let fail: () => unknown;

  class Thing {
    readonly #value: number;
    constructor(value: number) {
      this.#value = value;
    }
    value(): number {
      return this.#value;
    }
    static of(value: number): Thing {
      return new Thing(value);
    }
    [Symbol.dispose](): void {
      dropped.push(this.#value);
    }
  }

  beforeEach(() => {
    calls.length = 0;
    dropped.length = 0;
    later = () => 'now';
    fail = () => 'fine';
    const host = {
      Thing,
      touch: () => void calls.push('touch'),
      later: () => later(),
      fail: () => fail(),
      give: () => Uint32Array.of(7),
      other: (thing: Thing) => thing.value(),
    };
    const exports: Exports = byPlan(component)({ 'aitbc:plugin/host': host });
    guest = exports[GUEST] as unknown as Guest;
  });

  test('clean up after each call, with what the function returned', () => {
    expect(guest['text']?.()).toBe('abc');
    expect(guest['text']?.()).toBe('abc');
    expect(guest['cleaned']?.()).toBe(32);
  });

  test.each([
    [1, 'take', 'text'],
    [4, 'text', undefined],
  ])('trap where the component calls the host while it allocates or cleans up: mode %i', (mode, method, argument) => {
    guest['mode']?.(mode);
    expect(() => guest[method]?.(argument)).toThrow('cannot leave component instance');
    expect(calls).toEqual([]);
  });

  test.each([
    [2, 'take', 'text'],
    [2, 'takeNumbers', [1, 2]],
    [3, 'takeNumbers', [1, 2]],
  ])(
    'write nothing where the component says there is room, and there is none: mode %i, %s',
    (mode, method, argument) => {
      guest['mode']?.(mode);
      expect(() => guest[method]?.(argument)).toThrow();
      expect(guest['text']?.()).toBe('abc');
    },
  );

  test.each([
    ['peek', 65_535, 2],
    ['peek', 0xffff_ffff, 1],
    ['peek', 0xffff_fff0, 0x20],
    ['peek', 0, 0xffff_ffff],
    ['peek', 65_537, 0],
    ['peekBytes', 65_535, 2],
    ['peekBytes', 0, 0x8000_0000],
    ['peekTexts', 65_528, 2],
    ['peekTexts', 0, 0x2000_0000],
    ['peekTexts', 2, 1],
  ])('trap for %s at %i of %i', (method, at, size) => {
    expect(() => guest[method]?.(at, size)).toThrow();
  });

  test('read to the last byte of memory', () => {
    expect(guest['peek']?.(65_535, 1)).toBe('\0');
    expect(guest['peekBytes']?.(65_528, 8)).toEqual(new Uint8Array(8));
  });

  test('see memory that grew during a call, or while it was allocated', () => {
    expect(guest['grow']?.('text')).toBe('text');
    guest['mode']?.(5);
    expect(guest['grow']?.('text')).toBe('text');
    expect(guest['takeNumbers']?.([9])).toBe(9);
  });

  test('trap for a promise of a synchronous import, which then settles nothing', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    later = () => Promise.reject(new Error('late'));
    expect(() => guest['later']?.()).toThrow();
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  test('hand on what the host refuses with a payload, and pass all else it throws', () => {
    expect(guest['fail']?.()).toBe('fine');
    fail = () => {
      throw Object.assign(new Error('refused'), { payload: 'why' });
    };
    expect(() => guest['fail']?.()).toThrow('why');
    fail = () => {
      throw new RangeError('broken');
    };
    expect(() => guest['fail']?.()).toThrow(RangeError);
  });

  test('keep resources apart, and drop each once', () => {
    const [first, second] = [guest['make']?.(3), guest['make']?.(4)];
    expect(guest['valueOf']?.(first)).toBe(6);
    guest['drop']?.(first);
    expect(dropped).toEqual([3]);
    expect(guest['valueOf']?.(second)).toBe(8);
    expect(guest['valueOf']?.(guest['make']?.(0))).toBe(0);
  });
});

describe('handles and addresses', () => {
  const host = {
    Thing: class Thing {
      readonly none = 0;
    },
    touch() {},
    later: () => '',
    fail() {},
    give: () => [7],
    other: () => 0,
  };
  const guest = (): Guest => byPlan(component)({ 'aitbc:plugin/host': host })[GUEST] as unknown as Guest;

  test.each([0, 1, 0xffff_ffff])('trap for a handle that is none: %i', (handle) => {
    expect(() => guest()['drop']?.(handle)).toThrow(engine.RuntimeError);
    expect(() => guest()['missing']?.(handle)).toThrow(engine.RuntimeError);
  });

  test('trap for a handle that was dropped', () => {
    const own = guest();
    const handle = own['make']?.(0);
    own['drop']?.(handle);
    expect(() => own['drop']?.(handle)).toThrow(engine.RuntimeError);
  });

  test('fail at the call for a method that the host does not have, whatever everything inherits', () => {
    const own = guest();
    const handle = own['make']?.(0);
    expect(() => own['missing']?.(handle)).toThrow('the host has no aitbc:plugin/host [method]thing.missing');
    expect(() => own['make']?.(1)).toThrow('the host has no aitbc:plugin/host [static]thing.of');
  });

  test.each([0xffff_fff0, 65_534, 129])('trap for an answer that is to go to %i', (at) => {
    expect(() => guest()['answerAt']?.(at)).toThrow(engine.RuntimeError);
    expect(() => guest()['resultAt']?.(at)).toThrow(engine.RuntimeError);
  });
});
