import { PrimordialTypeError, defineProperty, isCallable, ownKeys, toWellFormed } from './primordials.ts';

/** Web IDL's USVString. */
export function usv(value: unknown): string {
  return toWellFormed(text(value));
}

/** Web IDL's DOMString: throws for symbols. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : toText(value);
}

/** ToString, which unlike String() refuses symbols. */
function toText(value: unknown): string {
  return `${value as string | number}`;
}

export function needArguments(count: number, needed: number, what: string): void {
  if (count < needed) {
    throw new PrimordialTypeError(
      `${what}: ${needed} argument${needed === 1 ? '' : 's'} required, but ${count} present`,
    );
  }
}

/** Names a class as Web IDL does, and makes its members enumerable. */
export function expose(constructor: { prototype: object }, name: string): void {
  const { prototype } = constructor;
  for (const member of ownKeys(prototype)) {
    if (typeof member === 'string' && member !== 'constructor') defineProperty(prototype, member, { enumerable: true });
  }
  defineProperty(constructor, 'name', { value: name, configurable: true });
  defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** A sequence of pairs or a record, as constructors of Headers and URLSearchParams take them. */
export function pairsOf(init: object, what: string, convert: (value: unknown) => string): [string, string][] {
  const pairs: [string, string][] = [];
  const iterator = (init as Iterable<unknown>)[Symbol.iterator];
  if (iterator !== undefined && iterator !== null) {
    if (!isCallable(iterator)) throw new PrimordialTypeError(`${what}: not iterable`);
    for (const item of init as Iterable<unknown>) {
      if (typeof item !== 'object' || item === null) throw new PrimordialTypeError(`${what}: each item must be a pair`);
      const pair = [...(item as Iterable<unknown>)];
      if (pair.length !== 2) throw new PrimordialTypeError(`${what}: each item must be a pair`);
      pairs[pairs.length] = [convert(pair[0]), convert(pair[1])];
    }
    return pairs;
  }
  for (const key of Reflect.ownKeys(init)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(init, key);
    if (descriptor?.enumerable !== true) continue;
    pairs[pairs.length] = [convert(key), convert((init as Record<PropertyKey, unknown>)[key])];
  }
  return pairs;
}
