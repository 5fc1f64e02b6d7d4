import { beforeAll, describe, expect, test } from 'vitest';
import type { PlanType } from '../../../src/protocol/component-plan.ts';
import { camel } from '../../../runtime/guest/component/abi/names.ts';
import { readStructure } from '../../../src/build/component/plan/structure.ts';
import { type Bind, byJco, byPlan, chance, randomText, testComponent } from './support.ts';

/** Function -> its type, and how many core values that is. Each is passed to the host and back by the component. */
const SHAPES: Readonly<Record<string, readonly [type: string, words: readonly string[]]>> = {
  truth: ['bool', ['i32']],
  tiny: ['u8', ['i32']],
  byte: ['s8', ['i32']],
  short: ['u16', ['i32']],
  'signed-short': ['s16', ['i32']],
  word: ['u32', ['i32']],
  'signed-word': ['s32', ['i32']],
  long: ['u64', ['i64']],
  'signed-long': ['s64', ['i64']],
  'a-level': ['level', ['i32']],
  'a-rights': ['rights', ['i32']],
  text: ['string', ['i32', 'i32']],
  bytes: ['list<u8>', ['i32', 'i32']],
  numbers: ['list<u64>', ['i32', 'i32']],
  shorts: ['list<s16>', ['i32', 'i32']],
  texts: ['list<string>', ['i32', 'i32']],
  pairs: ['list<tuple<u8, string>>', ['i32', 'i32']],
  nested: ['list<list<option<string>>>', ['i32', 'i32']],
  maybe: ['option<u8>', ['i32', 'i32']],
  outcome: ['result<result<string, u64>, level>', ['i32', 'i32', 'i64', 'i32']],
  'a-shape': ['shape', ['i32', 'i64', 'i32', 'i32']],
  'a-person': ['person', ['i32', 'i32', 'i32', 'i32', 'i32', 'i64', 'i32', 'i32', 'i32']],
  // More than 16: in memory.
  family: ['tuple<person, person>', ['i32']],
};

const WIT = `package aitbc:plugin@1.0.0;
interface host {
  enum level { low, middle-of-it, high }
  flags rights { read, write-it, c, d, e, f, g, h, i }
  record person { name: string, nick-name: option<string>, age: u64, tags: list<string>, alive: bool }
  variant shape { none, circle(u64), square(tuple<u8, string>), named(string) }
  ${functions()}
}
interface guest {
  use host.{level, rights, person, shape};
  ${functions()}
}
world test { import host; export guest; }
`;

function functions(): string {
  return Object.entries(SHAPES)
    .map(([name, [type]]) => `%${name}: func(value: ${type}) -> ${type};`)
    .join('\n  ');
}

/** Values that are more than one core value come back in memory. */
const COMPOUND = [
  'maybe',
  'outcome',
  'a-shape',
  'a-person',
  'family',
  'text',
  'bytes',
  'numbers',
  'shorts',
  'texts',
  'pairs',
  'nested',
];

function wat(): string {
  const imports: string[] = [];
  const exports: string[] = [];
  for (const [name, [, words]] of Object.entries(SHAPES)) {
    const params = words.map((word) => `(param ${word})`).join('');
    const inMemory = COMPOUND.includes(name);
    const result = inMemory ? '' : `(result ${words[0]})`;
    imports.push(
      `(import "aitbc:plugin/host@1.0.0" "${name}" (func $${name} ${params}${inMemory ? '(param i32)' : ''} ${result}))`,
    );
    const given = words.map((_, index) => `(local.get ${index})`).join('');
    exports.push(`(func (export "aitbc:plugin/guest@1.0.0#${name}") ${params} (result ${inMemory ? 'i32' : words[0]})
      (call $${name} ${given} ${inMemory ? '(i32.const 1024)' : ''}) ${inMemory ? '(i32.const 1024)' : ''})
      (func (export "cabi_post_aitbc:plugin/guest@1.0.0#${name}") (param ${inMemory ? 'i32' : words[0]})
        (global.set $next (i32.const 4096)))`);
  }
  return `(module ${imports.join('\n')}
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (loop (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
        (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable)) (br 1))))
      (local.get $at))
    ${exports.join('\n')})`;
}

const INTEGERS: Readonly<Record<string, readonly [bits: number, signed: boolean]>> = {
  u8: [8, false],
  s8: [8, true],
  u16: [16, false],
  s16: [16, true],
  u32: [32, false],
  s32: [32, true],
  u64: [64, false],
  s64: [64, true],
};
const ARRAYS: Readonly<Record<string, { from(values: never): unknown }>> = {
  u8: Uint8Array,
  s16: Int16Array,
  u64: BigUint64Array,
};

function valuesOf(types: readonly PlanType[], random: () => number): (index: number) => unknown {
  const some = (most: number): number => Math.floor(random() * most);
  const integer = (kind: string): number | bigint => {
    const [bits, signed] = INTEGERS[kind] as [number, boolean];
    const raw = (BigInt(some(2 ** 32)) << 32n) | BigInt(some(2 ** 32));
    const edge = [0n, -1n, 1n, 1n << BigInt(bits - 1)][some(8)] ?? raw;
    const value = signed ? BigInt.asIntN(bits, edge) : BigInt.asUintN(bits, edge);
    return bits === 64 ? value : Number(value);
  };
  const value = (index: number | null): unknown => {
    if (index === null) return undefined;
    const type = types[index] as PlanType;
    switch (type.kind) {
      case 'bool':
        return random() < 0.5;
      case 'string':
        return randomText(random);
      case 'list': {
        const values = Array.from({ length: some(6) }, () => value(type.of));
        return ARRAYS[types[type.of]?.kind ?? '']?.from(values as never) ?? values;
      }
      case 'option':
        return random() < 0.5 ? undefined : value(type.of);
      case 'record':
        return Object.fromEntries(type.fields.map(([name, of]) => [camel(name), value(of)]));
      case 'tuple':
        return type.of.map(value);
      case 'enum':
        return type.names[some(type.names.length)];
      case 'flags':
        return Object.fromEntries(type.names.map((name) => [camel(name), random() < 0.5]));
      case 'variant': {
        const [tag, of] = type.cases[some(type.cases.length)] as (typeof type.cases)[number];
        return of === null ? { tag } : { tag, val: value(of) };
      }
      case 'result':
        return random() < 0.5 ? { tag: 'ok', val: value(type.ok) } : { tag: 'err', val: value(type.err) };
      case 'own':
      case 'borrow':
        throw new Error('there are no resources here');
      default:
        return integer(type.kind);
    }
  };
  return value;
}

/** What a string is after it has crossed: without lone surrogates. */
function crossed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(crossed);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, crossed(member)]));
}

/** `outcome` as the host gives and gets it: a function's result is what it returns or throws. */
interface Call {
  readonly seen: unknown;
  readonly answer: unknown;
}

/** A result as a function gives it. */
function returned(answer: unknown): unknown {
  const { tag, val } = answer as { tag: string; val: unknown };
  return tag === 'ok' ? val : { thrown: val };
}

let plan: Bind;
let jco: Bind;
let component: Uint8Array;
beforeAll(async () => {
  component = await testComponent(wat(), WIT);
  plan = byPlan(component);
  jco = await byJco(component);
});

function caller(bind: Bind): (name: string, given: unknown, answered: unknown) => Call {
  let answer: unknown;
  let seen: unknown;
  const host = Object.fromEntries(
    Object.keys(SHAPES).map((name) => [
      camel(name),
      (value: unknown) => {
        seen = value;
        const { tag, val } = (answer ?? {}) as { tag?: string; val?: unknown };
        if (name !== 'outcome') return answer;
        if (tag === 'err') throw Object.assign(new Error('refused'), { payload: val });
        return val;
      },
    ]),
  );
  const exports = bind({ 'aitbc:plugin/host': host })['aitbc:plugin/guest@1.0.0'] ?? {};
  return (name, given, answered) => {
    answer = answered;
    try {
      return { answer: exports[camel(name)]?.(given as never), seen };
    } catch (error) {
      if (error instanceof Error) throw error;
      return { answer: { thrown: error }, seen };
    }
  };
}

describe('a value of every type', () => {
  test.each(Object.keys(SHAPES))('crosses in and out as jco has it, and as it was: %s', (name) => {
    const structure = readStructure(component).plan;
    const type = structure.exports.find(({ member }) => member === name)?.type.params[0] as number;
    const value = valuesOf(structure.types, chance(name.length * 7_919 + name.charCodeAt(0)));
    const [own, theirs] = [caller(plan), caller(jco)];
    for (let round = 0; round < 150; round += 1) {
      const [given, answer] = [value(type), value(type)];
      const ours = own(name, given, answer);
      expect(ours).toEqual(theirs(name, given, answer));
      expect(ours.seen).toEqual(crossed(given));
      expect(ours.answer).toEqual(crossed(name === 'outcome' ? returned(answer) : answer));
    }
  });

  test.each<[string, unknown]>([
    ['truth', 1],
    ['tiny', 256],
    ['tiny', -1],
    ['tiny', 1.5],
    ['tiny', '1'],
    ['byte', 128],
    ['word', 2 ** 32],
    ['word', 1n],
    ['long', 1],
    ['long', 2n ** 64n],
    ['long', -1n],
    ['a-level', 'lowest'],
    ['a-level', '__proto__'],
    ['a-rights', 'read'],
    ['text', undefined],
    ['text', 1],
    ['text', { length: 3 }],
    ['bytes', 'abc'],
    ['texts', 'abc'],
    ['texts', [1]],
    ['pairs', [['a']]],
    ['a-shape', { tag: 'toString' }],
    ['a-shape', undefined],
    ['a-person', null],
    ['a-person', {}],
    ['outcome', { tag: 'maybe' }],
  ])('that is none is refused: %s of %o', (name, value) => {
    const answer = name === 'outcome' ? { tag: 'ok', val: value } : value;
    expect(() => caller(plan)(name, value, value)).toThrow(TypeError);
    const valid = valuesOf(readStructure(component).plan.types, chance(1));
    const type = readStructure(component).plan.exports.find(({ member }) => member === name)?.type.params[0] as number;
    expect(() => caller(plan)(name, valid(type), answer)).toThrow(TypeError);
  });
});
