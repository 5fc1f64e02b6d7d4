import { describe, expect, test } from 'vitest';
import { decodeValue, MalformedValue } from '../../src/protocol/decode.ts';
import { encodeValue, ValueError } from '../../src/protocol/encode.ts';
import { MAX_ATTACHMENTS, MAX_DEPTH } from '../../src/protocol/limits.ts';

const LIMIT = 1_000_000;

function roundTrip(value: unknown): unknown {
  const { text, bytes } = encodeValue(value, LIMIT);
  return decodeValue(text, bytes);
}

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

describe('encodeValue() and decodeValue()', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['booleans', [true, false]],
    ['numbers', [0, 1, -1, 1.5, 1e300, -1e-300, 2 ** 53, Number.MIN_VALUE]],
    ['numbers that JSON has not', [NaN, Infinity, -Infinity, -0]],
    ['bigints', [0n, -1n, 2n ** 200n]],
    ['strings', ['', 'a', '"\\\n\u0000\u0001\u0002', 'ä€😀', '\u2028']],
    ['lone surrogates', ['\ud800', 'a\udc00b']],
    ['dates', [new Date(0), new Date(8.64e15), new Date(-1)]],
    ['bytes', [new Uint8Array(), new Uint8Array([0, 255, 1])]],
    ['a Buffer as bytes', [new Uint8Array([1, 2])]],
    ['empty containers', [[], {}, [[]], [{}]]],
    ['undefined members and holes', { a: undefined, b: [undefined] }],
    ['members named as tags are', { $: 'u', v: 1, nested: { $: { $: undefined } } }],
    ['members named as the language names its own', { toString: 1, constructor: 2, hasOwnProperty: 4 }],
    ['integer-like names', { 2: 'b', 1: 'a', '-1': 'c', '': 'd' }],
    ['a deep value', nested(MAX_DEPTH - 1)],
    [
      'one value in two places',
      (() => {
        const shared = { a: 1 };
        return [shared, shared, { shared }];
      })(),
    ],
  ])('carry %s', (_name, value) => {
    expect(roundTrip(value)).toEqual(value);
  });

  test('carry -0 and an invalid Date as what they are', () => {
    expect(Object.is(roundTrip(-0), -0)).toBe(true);
    expect(Number.isNaN((roundTrip(new Date(NaN)) as Date).getTime())).toBe(true);
  });

  test('carry an Error with name, code, cause, data and its own stack alone', () => {
    const cause = new RangeError('inner');
    const error = Object.assign(new TypeError('outer', { cause }), { code: 'E', data: { n: 1n }, secret: 's' });
    error.stack = 'TypeError: outer\n    at there';
    const copy = roundTrip(error) as Error & { code: string; data: unknown; secret?: string };
    expect(copy).toBeInstanceOf(Error);
    expect([copy.name, copy.message, copy.stack, copy.code]).toEqual(['TypeError', 'outer', error.stack, 'E']);
    expect(copy.data).toEqual({ n: 1n });
    expect((copy.cause as Error).message).toBe('inner');
    expect(copy.secret).toBeUndefined();
  });

  test('carry a null-prototype object as a plain one, and copy bytes', () => {
    expect(roundTrip(Object.assign(Object.create(null) as object, { a: 1 }))).toEqual({ a: 1 });
    const bytes = new Uint8Array([1, 2, 3]);
    const encoded = encodeValue(bytes, LIMIT);
    bytes[0] = 9;
    expect(decodeValue(encoded.text, encoded.bytes)).toEqual(new Uint8Array([1, 2, 3]));
  });

  test.each(Array.from({ length: 40 }, (_, seed) => seed))('carry any value: seed %i', (seed) => {
    const value = randomValue(random(seed * 7_919 + 1), 5);
    expect(roundTrip(value)).toEqual(value);
  });
});

describe('encodeValue()', () => {
  class Point {
    x = 1;
  }
  const cyclic: Record<string, unknown> = { a: {} };
  (cyclic['a'] as Record<string, unknown>)['back'] = cyclic;

  test.each<[string, unknown, string]>([
    ['a function', { a: [() => 1] }, '$.a[0]'],
    ['a symbol', [Symbol('s')], '$[0]'],
    ['a Map', { m: new Map() }, '$.m'],
    ['an instance of a class', { p: new Point() }, '$.p'],
    ['another typed array', { f: new Float64Array(1) }, '$.f'],
    ['an ArrayBuffer', new ArrayBuffer(1), '$'],
    ['a promise', { p: Promise.resolve() }, '$.p'],
    ['a regular expression', /x/, '$'],
    ['a cycle', cyclic, '$.a.back'],
    ['a value that is too deep', nested(MAX_DEPTH + 1), ''],
    ['a member named __proto__', { a: JSON.parse('{"__proto__":1}') as unknown }, '$.a.__proto__'],
    [
      'too many byte arrays',
      Array.from({ length: MAX_ATTACHMENTS + 1 }, () => new Uint8Array(1)),
      `$[${MAX_ATTACHMENTS}]`,
    ],
  ])('refuses %s and says where it stands', (_name, value, path) => {
    const thrown = (() => {
      try {
        return encodeValue(value, LIMIT);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(ValueError);
    expect((thrown as ValueError).path).toContain(path);
    expect((thrown as ValueError).code).toBe('ERR_VALUE');
  });

  test.each<[string, unknown]>([
    ['a long string', 'x'.repeat(2_000)],
    ['a string that grows when escaped', '\u0000'.repeat(400)],
    ['many elements', Array.from({ length: 2_000 }, () => 1)],
    ['an array that lies about its length', new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 53 : 1) })],
    ['a long name', { ['x'.repeat(2_000)]: 1 }],
    ['many bytes', new Uint8Array(2_000)],
    ['a sparse array', Array.from({ length: 1_000_000 })],
  ])('refuses %s beyond the limit', (_name, value) => {
    expect(() => encodeValue(value, 1_000)).toThrow('larger than limits.message');
  });

  test('lets a throwing getter throw, and reads each member once', () => {
    expect(() =>
      encodeValue(
        {
          get a() {
            throw new Error('own');
          },
        },
        LIMIT,
      ),
    ).toThrow('own');
    let reads = 0;
    encodeValue(
      {
        get a() {
          reads += 1;
          return 1;
        },
      },
      LIMIT,
    );
    expect(reads).toBe(1);
  });
});

describe('decodeValue()', () => {
  test.each<[string, string]>([
    ['text that is no JSON', '{'],
    ['nothing', ''],
    ['a tag that does not exist', '{"$":"z","v":1}'],
    ['a tag that is no string', '{"$":7}'],
    ['a bigint that is none', '{"$":"n","v":"1e9"}'],
    ['a bigint with a number', '{"$":"n","v":5}'],
    ['a float tag of a number', '{"$":"f","v":"1"}'],
    ['a date that is none', '{"$":"d","v":"now"}'],
    ['bytes that are not there', '{"$":"b","v":0}'],
    ['bytes at a fraction', '{"$":"b","v":0.5}'],
    ['an error that is no object', '{"$":"e","v":[]}'],
    ['an escaped object that is none', '{"$":"o","v":1}'],
    ['__proto__', '{"__proto__":{"polluted":true}}'],
    ['__proto__ in escapes', '{"\\u005f_proto__":{"polluted":true}}'],
    ['__proto__ within an escaped object', '{"$":"o","v":{"__proto__":1}}'],
    ['depth', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['depth in tags', `${'{"$":"o","v":{"a":'.repeat(200)}1${'}}'.repeat(200)}`],
  ])('refuses %s', (_name, text) => {
    expect(() => decodeValue(text)).toThrow(MalformedValue);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('gives an error no stack of this side', () => {
    const error = decodeValue('{"$":"e","v":{"message":"m","name":"N"}}') as Error;
    expect(error.stack).toBe('N: m');
  });
});

/** Small and repeatable. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return ((state >>> 8) % 1_000_003) / 1_000_003;
  };
}

function randomValue(next: () => number, depth: number): unknown {
  const pick = Math.floor(next() * (depth === 0 ? 8 : 11));
  const count = Math.floor(next() * 5);
  const string = (): string =>
    String.fromCharCode(...Array.from({ length: count }, () => Math.floor(next() * 0xffff)), 36);
  switch (pick) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return next() > 0.5;
    case 3:
      return (next() - 0.5) * 10 ** Math.floor(next() * 40);
    case 4:
      return BigInt(Math.floor(next() * 1e15)) ** BigInt(count);
    case 5:
      return new Date(Math.floor(next() * 1e13));
    case 6:
      return Uint8Array.from({ length: count * 10 }, () => next() * 256);
    case 7:
      return string();
    case 8:
      return new Error(string());
    case 9:
      return Array.from({ length: count }, () => randomValue(next, depth - 1));
    default:
      return Object.fromEntries(Array.from({ length: count }, () => [string(), randomValue(next, depth - 1)]));
  }
}
