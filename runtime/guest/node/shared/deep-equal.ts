/** `assert.deepEqual`'s comparisons: with `strict`, prototypes and types count and numbers compare by Object.is. */
import { isDate, isMap, isRegExp, isSet, isBoxedPrimitive, isTypedArray, isAnyArrayBuffer } from 'node:util/types';

export function deepEqual(a: unknown, b: unknown, strict: boolean, seen: Map<unknown, unknown> = new Map()): boolean {
  if (a === b) return a !== 0 || !strict || Object.is(a, b);
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
    // oxlint-disable-next-line eqeqeq -- the loose comparison is what is asked for
    return strict ? Object.is(a, b) : a == b || (Number.isNaN(a) && Number.isNaN(b));
  }
  if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const kind = Object.prototype.toString.call(a);
  if (kind !== Object.prototype.toString.call(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  const same = sameSlots(a, b, strict, seen) && sameMembers(a, b, strict, seen);
  seen.delete(a);
  return same;
}

function sameSlots(a: object, b: object, strict: boolean, seen: Map<unknown, unknown>): boolean {
  for (const test of [isDate, isRegExp, isMap, isSet, isBoxedPrimitive, isTypedArray, isAnyArrayBuffer]) {
    if (test(a) !== test(b)) return false;
  }
  if (isDate(a)) return Object.is(a.getTime(), (b as Date).getTime());
  if (isRegExp(a))
    return (
      RegExp.prototype.toString.call(a) === RegExp.prototype.toString.call(b) && a.lastIndex === (b as RegExp).lastIndex
    );
  if (isBoxedPrimitive(a)) return Object.is(a.valueOf(), b.valueOf());
  if (a instanceof Error && b instanceof Error && (a.message !== b.message || a.name !== b.name)) return false;
  if (isAnyArrayBuffer(a)) return sameBytes(new Uint8Array(a as ArrayBuffer), new Uint8Array(b as ArrayBuffer));
  if (isMap(a)) return sameMaps(a, b as Map<unknown, unknown>, strict, seen);
  if (isSet(a)) return sameSets(a, b as Set<unknown>, strict, seen);
  return true;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function sameMaps(
  a: Map<unknown, unknown>,
  b: Map<unknown, unknown>,
  strict: boolean,
  seen: Map<unknown, unknown>,
): boolean {
  if (a.size !== b.size) return false;
  const left = new Set(b.keys());
  for (const [key, value] of a) {
    const found = b.has(key) ? key : [...left].find((other) => isObject(key) && deepEqual(key, other, strict, seen));
    if ((found === undefined && !b.has(key)) || !deepEqual(value, b.get(found), strict, seen)) return false;
    left.delete(found);
  }
  return true;
}

function sameSets(a: Set<unknown>, b: Set<unknown>, strict: boolean, seen: Map<unknown, unknown>): boolean {
  if (a.size !== b.size) return false;
  const left = new Set(b);
  for (const item of a) {
    if (left.delete(item)) continue;
    const found = [...left].find((other) => (!strict || isObject(item)) && deepEqual(item, other, strict, seen));
    if (found === undefined) return false;
    left.delete(found);
  }
  return true;
}

function sameMembers(a: object, b: object, strict: boolean, seen: Map<unknown, unknown>): boolean {
  const mine = membersOf(a, strict);
  if (mine.length !== membersOf(b, strict).length) return false;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return mine.every(
    (key) =>
      Object.prototype.propertyIsEnumerable.call(b, key) &&
      deepEqual((a as Record<PropertyKey, unknown>)[key], (b as Record<PropertyKey, unknown>)[key], strict, seen),
  );
}

function membersOf(value: object, strict: boolean): PropertyKey[] {
  const keys: PropertyKey[] = Object.keys(value);
  if (!strict) return keys;
  return [
    ...keys,
    ...Object.getOwnPropertySymbols(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key)),
  ];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
