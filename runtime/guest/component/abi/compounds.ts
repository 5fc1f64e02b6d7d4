/** Types that are made of other types. */
import { aligned, type Codec, type Core, type Realm, type Word, Words } from './codec.ts';
import { discriminantSize, loadNumber, storeNumber } from './scalars.ts';
import { trap } from './trap.ts';

/** Where each of these stands when one follows the other. */
function layout(codecs: readonly Codec[]): { offsets: readonly number[]; size: number; align: number } {
  let size = 0;
  let align = 1;
  const offsets = codecs.map((codec) => {
    const offset = aligned(size, codec.align);
    size = offset + codec.size;
    align = Math.max(align, codec.align);
    return offset;
  });
  return { offsets, size: aligned(size, align), align };
}

function product(
  codecs: readonly Codec[],
  make: (values: readonly unknown[]) => unknown,
  part: (value: unknown, index: number) => unknown,
): Codec {
  const { offsets, size, align } = layout(codecs);
  return {
    size,
    align,
    words: codecs.flatMap(({ words }) => words),
    load: (realm, at) => make(codecs.map((codec, index) => codec.load(realm, at + (offsets[index] as number)))),
    store(realm, at, value) {
      codecs.forEach((codec, index) => codec.store(realm, at + (offsets[index] as number), part(value, index)));
    },
    lift: (realm, words) => make(codecs.map((codec) => codec.lift(realm, words))),
    lower(realm, words, value) {
      codecs.forEach((codec, index) => codec.lower(realm, words, part(value, index)));
    },
  };
}

/** `fields`: by the names of JavaScript. */
export function record(fields: readonly (readonly [name: string, codec: Codec])[]): Codec {
  const names = fields.map(([name]) => name);
  return product(
    fields.map(([, codec]) => codec),
    (values) => {
      const made: Record<string, unknown> = {};
      for (let index = 0; index < names.length; index += 1) made[names[index] as string] = values[index];
      return made;
    },
    (value, index) => {
      if (typeof value !== 'object' || value === null) throw new TypeError('a value is no record');
      return (value as Record<string, unknown>)[names[index] as string];
    },
  );
}

export function tuple(codecs: readonly Codec[]): Codec {
  return product(
    codecs,
    (values) => values,
    (value, index) => {
      if (!Array.isArray(value) || value.length !== codecs.length) throw new TypeError('a value is no such tuple');
      return (value as unknown[])[index];
    },
  );
}

/** A case by its number, with what it carries. */
interface Chosen {
  readonly number: number;
  readonly value: unknown;
}

function sum(
  codecs: readonly (Codec | undefined)[],
  make: (number: number, value: unknown) => unknown,
  choose: (value: unknown) => Chosen,
): Codec {
  const payloads = codecs.filter((codec) => codec !== undefined);
  const tag = discriminantSize(codecs.length);
  const align = Math.max(tag, ...payloads.map((codec) => codec.align));
  const offset = aligned(tag, Math.max(1, ...payloads.map((codec) => codec.align)));
  const size = aligned(offset + Math.max(0, ...payloads.map((codec) => codec.size)), align);
  const joined = join(payloads.map(({ words }) => words));
  const caseOf = (number: number): Codec | undefined =>
    number < codecs.length ? codecs[number] : trap(`invalid discriminant: ${number}`);
  return {
    size,
    align,
    words: ['i32', ...joined],
    load(realm, at) {
      const number = loadNumber(realm.memory.view, at, tag);
      return make(number, caseOf(number)?.load(realm, at + offset));
    },
    store(realm, at, value) {
      const { number, value: payload } = choose(value);
      storeNumber(realm.memory.view, at, tag, number);
      codecs[number]?.store(realm, at + offset, payload);
    },
    lift(realm, words) {
      const number = words.u32();
      const codec = caseOf(number);
      const given = joined.map(() => words.next());
      return make(number, codec?.lift(realm, new Words(narrowed(given, codec.words))));
    },
    lower(realm, words, value) {
      const { number, value: payload } = choose(value);
      const own = payloadWords(realm, codecs[number], payload);
      words.push(number);
      joined.forEach((word, index) => words.push(widened(own[index], word)));
    },
  };
}

function payloadWords(realm: Realm, codec: Codec | undefined, payload: unknown): Core[] {
  const words: Core[] = [];
  codec?.lower(realm, words, payload);
  return words;
}

/** The words that hold any of these. */
function join(all: readonly (readonly Word[])[]): Word[] {
  const joined: Word[] = [];
  for (const words of all) {
    words.forEach((word, index) => {
      joined[index] = word === 'i64' || joined[index] === 'i64' ? 'i64' : 'i32';
    });
  }
  return joined;
}

function narrowed(words: readonly Core[], wanted: readonly Word[]): Core[] {
  return wanted.map((word, index) => {
    const given = words[index] as Core;
    return word === 'i32' && typeof given === 'bigint' ? Number(BigInt.asIntN(32, given)) : given;
  });
}

function widened(given: Core | undefined, word: Word): Core {
  if (word === 'i32') return given ?? 0;
  return typeof given === 'bigint' ? given : BigInt((given ?? 0) >>> 0);
}

export function option(codec: Codec): Codec {
  return sum(
    [undefined, codec],
    (_, value) => value,
    (value) => ({ number: value === undefined || value === null ? 0 : 1, value }),
  );
}

export function variant(cases: readonly (readonly [name: string, codec: Codec | undefined])[]): Codec {
  const numbers = new Map(cases.map(([name], number) => [name, number]));
  return sum(
    cases.map(([, codec]) => codec),
    (number, val) => {
      const [tag, codec] = cases[number] as (typeof cases)[number];
      return codec === undefined ? { tag } : { tag, val };
    },
    (value) => {
      const number = numbers.get((value as { readonly tag?: string } | null)?.tag ?? '');
      if (number === undefined) throw new TypeError('a value is no case of its variant');
      return { number, value: (value as { readonly val?: unknown }).val };
    },
  );
}

/** As a value: a function that returns one throws its `err` instead. */
export function result(ok: Codec | undefined, err: Codec | undefined): Codec {
  return sum(
    [ok, err],
    (number, val) => ({ tag: number === 0 ? 'ok' : 'err', val }),
    (value) => {
      const { tag, val } = (value ?? {}) as { readonly tag?: unknown; readonly val?: unknown };
      if (tag !== 'ok' && tag !== 'err') throw new TypeError('a value is no result');
      return { number: tag === 'ok' ? 0 : 1, value: val };
    },
  );
}
