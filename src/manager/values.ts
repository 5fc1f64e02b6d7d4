/**
 * Guarantees that what crosses to a plugin or from one to another is a copy that nobody can change afterwards, of the
 * kinds DESIGN lists, without accessors run twice. Trusts nothing of the value but that reading it ends.
 */
import { types } from 'node:util';
import { joinPath } from '../contract/plain.ts';
import { PluginError } from '../core/errors.ts';
import type { Value } from '../protocol/values.ts';

const MAX_DEPTH = 64;

/** Where a value stands: spelled out when it is refused, not before. */
interface Place {
  readonly outer: Place | string;
  readonly key: string | number;
  readonly depth: number;
}

/**
 * A deep copy of a value that may cross the boundary: JSON, `undefined`, bigint, Date, Uint8Array, Error.
 *
 * @throws ERR_VALUE, which names the path of what cannot: `args[0].user.name`.
 */
export function copyValue(value: unknown, path: string): Value {
  return copy(value, path);
}

function copy(value: unknown, place: Place | string): Value {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'string':
    case 'bigint':
      return value;
    case 'object':
      break;
    default:
      return refuse(place, `a ${typeof value} cannot cross`);
  }
  if (value === null) return null;
  const depth = typeof place === 'string' ? 0 : place.depth;
  if (depth > MAX_DEPTH) return refuse(place, `it is nested deeper than ${MAX_DEPTH}, or circular`);
  const copyMember = (member: unknown, key: string | number): Value =>
    isPrimitive(member) ? member : copy(member, { outer: place, key, depth: depth + 1 });
  if (Array.isArray(value)) return Array.from(value, copyMember);
  if (types.isDate(value)) return new Date(value.getTime());
  if (types.isUint8Array(value)) return new Uint8Array(value);
  if (types.isNativeError(value)) return copyError(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  // Any realm's `Object.prototype` is one whose own prototype is null.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return refuse(place, `an instance of ${nameOf(prototype)} cannot cross`);
  }
  const out: Record<string, Value> = {};
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return refuse({ outer: place, key, depth }, 'this key cannot cross');
    out[key] = copyMember((value as Record<string, unknown>)[key], key);
  }
  return out;
}

/** About how many bytes a value takes in memory. */
export function weightOf(value: Value): number {
  if (typeof value === 'string') return 16 + value.length * 2;
  if (typeof value !== 'object' || value === null) return 8;
  if (types.isUint8Array(value)) return 64 + value.length;
  let sum = 64;
  if (Array.isArray(value)) for (const item of value) sum += weightOf(item as Value);
  else for (const key of Object.keys(value)) sum += 32 + key.length * 2 + weightOf((value as Members)[key]);
  return sum;
}

type Members = { readonly [key: string]: Value };

function isPrimitive(value: unknown): value is undefined | null | boolean | number | string | bigint {
  return value === null || !['object', 'function', 'symbol'].includes(typeof value);
}

function copyError(error: Error): Error {
  const out = new Error(error.message);
  out.name = error.name;
  return out;
}

function nameOf(prototype: unknown): string {
  const { constructor } = prototype as { constructor?: unknown };
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'a class';
}

function pathOf(place: Place | string): string {
  if (typeof place === 'string') return place;
  const { outer, key } = place;
  return typeof key === 'number' ? `${pathOf(outer)}[${key}]` : joinPath(pathOf(outer), key);
}

function refuse(place: Place | string, state: string): never {
  const path = pathOf(place);
  throw new PluginError('ERR_VALUE', `Cannot pass "${path}": ${state}`, {
    hint: 'pass JSON, undefined, bigint, Date, Uint8Array or Error',
    details: { path },
  });
}
