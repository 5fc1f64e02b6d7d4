/**
 * A set of what a plugin may be, as bits: bit 0 is "not chosen", bit i the i-th of its versions. Sets of one plugin have one
 * length; none is changed after it was made.
 */
export type Choices = Uint32Array;

/** "Not chosen" alone is bit 0. */
export const ABSENT = 0;

export function noChoices(count: number): Choices {
  return new Uint32Array(Math.ceil((count + 1) / 32));
}

/** Bits 0 to `count`. */
export function allChoices(count: number): Choices {
  const set = noChoices(count);
  for (let bit = 0; bit <= count; bit++) put(set, bit);
  return set;
}

/** For a set that is being made. */
export function put(set: Choices, bit: number): void {
  set[bit >>> 5]! |= 1 << (bit & 31);
}

export function single(like: Choices, bit: number): Choices {
  const set = new Uint32Array(like.length);
  put(set, bit);
  return set;
}

export function has(set: Choices, bit: number): boolean {
  return (set[bit >>> 5]! & (1 << (bit & 31))) !== 0;
}

export function union(a: Choices, b: Choices): Choices {
  return a.map((word, index) => word | b[index]!);
}

export function intersection(a: Choices, b: Choices): Choices {
  return a.map((word, index) => word & b[index]!);
}

export function difference(a: Choices, b: Choices): Choices {
  return a.map((word, index) => word & ~b[index]!);
}

export function isWithin(a: Choices, b: Choices): boolean {
  for (let index = 0; index < a.length; index++) if ((a[index]! & ~b[index]!) !== 0) return false;
  return true;
}

export function isApart(a: Choices, b: Choices): boolean {
  for (let index = 0; index < a.length; index++) if ((a[index]! & b[index]!) !== 0) return false;
  return true;
}

export function isSame(a: Choices, b: Choices): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

export function isNone(set: Choices): boolean {
  for (let index = 0; index < set.length; index++) if (set[index] !== 0) return false;
  return true;
}

export function sizeOf(set: Choices): number {
  let size = 0;
  for (let index = 0; index < set.length; index++) {
    for (let word = set[index]!; word !== 0; word &= word - 1) size++;
  }
  return size;
}

/** The lowest bit above 0: the newest version; undefined where there is none. */
export function newest(set: Choices): number | undefined {
  for (let index = 0; index < set.length; index++) {
    const word = index === 0 ? set[0]! & ~1 : set[index]!;
    if (word !== 0) return index * 32 + 31 - Math.clz32(word & -word);
  }
  return undefined;
}

/** Bits above 0, ascending: versions from the newest on. */
export function* versionsIn(set: Choices): Generator<number> {
  for (let index = 0; index < set.length; index++) {
    for (let word = index === 0 ? set[0]! & ~1 : set[index]!; word !== 0; word &= word - 1) {
      yield index * 32 + 31 - Math.clz32(word & -word);
    }
  }
}
