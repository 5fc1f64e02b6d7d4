/**
 * Reads the arguments of a request, which come from a hostile peer: each has the shape and the size it must have, or the
 * request ends with ERR_VALUE. Trusts the protocol for the size of the whole message alone.
 */
import { PluginError } from '../core/errors.ts';
import type { Value } from '../protocol/values.ts';

export function wrongShape(op: string, what: string, state: string): PluginError {
  return new PluginError('ERR_VALUE', `Cannot serve "${op}": ${what} ${state}`);
}

export function text(op: string, what: string, value: Value, max: number): string {
  if (typeof value !== 'string') throw wrongShape(op, what, 'must be a string');
  if (value.length > max) throw wrongShape(op, what, `is longer than ${max} characters`);
  if (!value.isWellFormed()) throw wrongShape(op, what, 'has a lone surrogate');
  return value;
}

export function flag(op: string, what: string, value: Value): boolean {
  if (typeof value !== 'boolean') throw wrongShape(op, what, 'must be a boolean');
  return value;
}

/** A whole number from 0 on that a double holds exactly. */
export function count(op: string, what: string, value: Value): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw wrongShape(op, what, 'must be a whole number from 0 on');
  }
  return value;
}

export function oneOf<T extends string>(op: string, what: string, value: Value, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw wrongShape(op, what, `must be one of ${choices.join(', ')}`);
  return found;
}

export function bytes(op: string, what: string, value: Value, max: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrongShape(op, what, 'must be bytes');
  if (value.byteLength > max) throw wrongShape(op, what, `is larger than ${max} bytes`);
  return value;
}

export function list(op: string, what: string, value: Value, max: number): readonly Value[] {
  if (!Array.isArray(value)) throw wrongShape(op, what, 'must be a list');
  if (value.length > max) throw wrongShape(op, what, `has more than ${max} entries`);
  return value as readonly Value[];
}

/** The members of a plain object; reading one never reaches a prototype. */
export function members(op: string, what: string, value: Value): ReadonlyMap<string, Value> {
  const plain =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date) &&
    !(value instanceof Error);
  if (!plain) throw wrongShape(op, what, 'must be an object');
  return new Map(Object.entries(value as { readonly [key: string]: Value }));
}
