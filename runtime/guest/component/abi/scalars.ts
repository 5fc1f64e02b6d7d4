/** Types of one core value, strings, and handles. */
import { type Codec, type Core, type Realm, type Word } from './codec.ts';
import { trap } from './trap.ts';

type Read = (view: DataView, at: number) => Core;
type Write = (view: DataView, at: number, value: never) => void;

interface Integer {
  readonly size: 1 | 2 | 4 | 8;
  readonly least: Core;
  readonly most: Core;
  readonly read: Read;
  readonly write: Write;
}

const INTEGERS: Readonly<Record<string, Integer>> = {
  u8: { size: 1, least: 0, most: 0xff, read: (view, at) => view.getUint8(at), write: (v, at, n) => v.setUint8(at, n) },
  s8: { size: 1, least: -0x80, most: 0x7f, read: (v, at) => v.getInt8(at), write: (v, at, n) => v.setInt8(at, n) },
  u16: {
    size: 2,
    least: 0,
    most: 0xffff,
    read: (view, at) => view.getUint16(at, true),
    write: (view, at, value) => view.setUint16(at, value, true),
  },
  s16: {
    size: 2,
    least: -0x8000,
    most: 0x7fff,
    read: (view, at) => view.getInt16(at, true),
    write: (view, at, value) => view.setInt16(at, value, true),
  },
  u32: {
    size: 4,
    least: 0,
    most: 0xffff_ffff,
    read: (view, at) => view.getUint32(at, true),
    write: (view, at, value) => view.setUint32(at, value, true),
  },
  s32: {
    size: 4,
    least: -0x8000_0000,
    most: 0x7fff_ffff,
    read: (view, at) => view.getInt32(at, true),
    write: (view, at, value) => view.setInt32(at, value, true),
  },
  u64: {
    size: 8,
    least: 0n,
    most: 2n ** 64n - 1n,
    read: (view, at) => view.getBigUint64(at, true),
    write: (view, at, value) => view.setBigUint64(at, value, true),
  },
  s64: {
    size: 8,
    least: -(2n ** 63n),
    most: 2n ** 63n - 1n,
    read: (view, at) => view.getBigInt64(at, true),
    write: (view, at, value) => view.setBigInt64(at, value, true),
  },
};

export function integer(kind: string): Codec {
  const { size, least, most, read, write } = INTEGERS[kind] as Integer;
  const signed = kind.startsWith('s');
  const checked = (value: unknown): Core => {
    const fits = size === 8 ? typeof value === 'bigint' : Number.isInteger(value);
    if (fits && (value as Core) >= least && (value as Core) <= most) return value as Core;
    throw new TypeError(`a value is no ${kind}`);
  };
  const bits = size * 8;
  const lifted = (word: Core): Core => {
    if (typeof word === 'bigint') return signed ? BigInt.asIntN(64, word) : BigInt.asUintN(64, word);
    if (bits === 32) return signed ? word | 0 : word >>> 0;
    // What is above the type's bits is no part of the value.
    return signed ? (word << (32 - bits)) >> (32 - bits) : word & (2 ** bits - 1);
  };
  return {
    size,
    align: size,
    words: [size === 8 ? 'i64' : 'i32'],
    load: ({ memory }, at) => read(memory.view, at),
    store: ({ memory }, at, value) => write(memory.view, at, checked(value) as never),
    lift: (_, words) => lifted(words.next()),
    lower: (_, words, value) => void words.push(checked(value)),
  };
}

/** A small number in memory, and what it stands for. */
function numbered(size: 1 | 2 | 4, decode: (number: number) => unknown, encode: (value: unknown) => number): Codec {
  return {
    size,
    align: size,
    words: ['i32'],
    load: ({ memory }, at) => decode(loadNumber(memory.view, at, size)),
    store: ({ memory }, at, value) => storeNumber(memory.view, at, size, encode(value)),
    lift: (_, words) => decode(words.u32()),
    lower: (_, words, value) => void words.push(encode(value)),
  };
}

export function loadNumber(view: DataView, at: number, size: number): number {
  return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

export function storeNumber(view: DataView, at: number, size: number, value: number): void {
  if (size === 1) view.setUint8(at, value);
  else if (size === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
}

/** Bytes of the number that tells so many cases apart. */
export function discriminantSize(cases: number): 1 | 2 | 4 {
  return cases <= 2 ** 8 ? 1 : cases <= 2 ** 16 ? 2 : 4;
}

export const bool: Codec = numbered(
  1,
  (number) => number !== 0,
  (value) => {
    if (typeof value !== 'boolean') throw new TypeError('a value is no bool');
    return value ? 1 : 0;
  },
);

export function enumeration(names: readonly string[]): Codec {
  const numbers = new Map(names.map((name, number) => [name, number]));
  return numbered(
    discriminantSize(names.length),
    (number) => names[number] ?? trap(`invalid discriminant of an enum: ${number}`),
    (value) => {
      const number = numbers.get(value as string);
      if (number === undefined) throw new TypeError('a value is no case of its enum');
      return number;
    },
  );
}

/** At most 32. `names`: as JavaScript has them. */
export function flags(names: readonly string[]): Codec {
  return numbered(
    names.length <= 8 ? 1 : names.length <= 16 ? 2 : 4,
    (number) => Object.fromEntries(names.map((name, bit) => [name, ((number >>> bit) & 1) === 1])),
    (value) => {
      if (typeof value !== 'object' || value === null) throw new TypeError('a value is no set of flags');
      let number = 0;
      names.forEach((name, bit) => {
        if ((value as Record<string, unknown>)[name] === true) number |= 1 << bit;
      });
      return number >>> 0;
    },
  );
}

export function handle(kind: 'own' | 'borrow', resource: number): Codec {
  const decode = ({ handles }: Realm, number: number): object =>
    kind === 'own' ? handles.take(resource, number) : handles.get(resource, number);
  return {
    size: 4,
    align: 4,
    words: ['i32'],
    load: (realm, at) => decode(realm, realm.memory.view.getUint32(at, true)),
    store: ({ memory, handles }, at, value) => {
      const number = handles.add(resource, value);
      memory.view.setUint32(at, number, true);
    },
    lift: (realm, words) => decode(realm, words.u32()),
    lower: ({ handles }, words, value) => void words.push(handles.add(resource, value)),
  };
}

const loadText = ({ memory, utf16 }: Realm, at: number, length: number): string =>
  utf16 ? memory.loadUtf16(at, length) : memory.loadUtf8(at, length);

/** Its address; `memory.stored` is its length. */
function storeText({ memory, utf16, realloc }: Realm, value: unknown): number {
  if (typeof value !== 'string') throw new TypeError('a value is no string');
  return utf16 ? memory.storeUtf16(value, realloc) : memory.storeUtf8(value, realloc);
}

const PAIR: readonly Word[] = ['i32', 'i32'];

export const string: Codec = {
  size: 8,
  align: 4,
  words: PAIR,
  load(realm, at) {
    const { view } = realm.memory;
    return loadText(realm, view.getUint32(at, true), view.getUint32(at + 4, true));
  },
  store(realm, at, value) {
    const address = storeText(realm, value);
    const { view, stored } = realm.memory;
    view.setUint32(at, address, true);
    view.setUint32(at + 4, stored, true);
  },
  lift: (realm, words) => loadText(realm, words.u32(), words.u32()),
  lower(realm, words, value) {
    words.push(storeText(realm, value), realm.memory.stored);
  },
};

/** A list of bytes is one copy. */
export const bytes: Codec = {
  size: 8,
  align: 4,
  words: PAIR,
  load(realm, at) {
    const { view } = realm.memory;
    return loadBytes(realm, view.getUint32(at, true), view.getUint32(at + 4, true));
  },
  store(realm, at, value) {
    const address = storeBytes(realm, value);
    const { view } = realm.memory;
    view.setUint32(at, address, true);
    view.setUint32(at + 4, (value as Uint8Array).length, true);
  },
  lift: (realm, words) => loadBytes(realm, words.u32(), words.u32()),
  lower(realm, words, value) {
    words.push(storeBytes(realm, value), (value as Uint8Array).length);
  },
};

function loadBytes({ memory }: Realm, at: number, length: number): Uint8Array {
  memory.check(at, length, 1);
  return memory.bytes.slice(at, at + length);
}

function storeBytes({ memory, realloc }: Realm, value: unknown): number {
  if (!(value instanceof Uint8Array)) throw new TypeError('a value is no list of bytes');
  const at = memory.allocate(realloc, 1, value.length);
  memory.bytes.set(value, at);
  return at;
}

export function list(element: Codec, typed: TypedArrayLike | undefined): Codec {
  const load = (realm: Realm, at: number, length: number): unknown => {
    realm.memory.check(at, length * element.size, element.align);
    const values: unknown[] = [];
    for (let index = 0; index < length; index += 1) values.push(element.load(realm, at + index * element.size));
    return typed === undefined ? values : typed.from(values as never);
  };
  const store = (realm: Realm, value: unknown): [number, number] => {
    if (!Array.isArray(value) && (typed === undefined || !(value instanceof typed))) {
      throw new TypeError('a value is no list');
    }
    const values = value as readonly unknown[];
    const at = realm.memory.allocate(realm.realloc, element.align, values.length * element.size);
    for (let index = 0; index < values.length; index += 1) {
      element.store(realm, at + index * element.size, values[index]);
    }
    return [at, values.length];
  };
  return {
    size: 8,
    align: 4,
    words: PAIR,
    load(realm, at) {
      const { view } = realm.memory;
      return load(realm, view.getUint32(at, true), view.getUint32(at + 4, true));
    },
    store(realm, at, value) {
      const [address, length] = store(realm, value);
      const { view } = realm.memory;
      view.setUint32(at, address, true);
      view.setUint32(at + 4, length, true);
    },
    lift: (realm, words) => load(realm, words.u32(), words.u32()),
    lower: (realm, words, value) => void words.push(...store(realm, value)),
  };
}

/** Lists of numbers are typed arrays, as jco has it. */
interface TypedArrayLike {
  new (length: number): object;
  from(values: never): object;
}

export const TYPED: Readonly<Record<string, TypedArrayLike>> = {
  u16: Uint16Array,
  s8: Int8Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
};
