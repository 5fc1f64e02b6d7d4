/**
 * Guarantees that what crosses to a plugin or from one to another is a copy that nobody can change afterwards, of the
 * kinds DESIGN lists, without accessors run twice. Trusts nothing of the value but that reading it ends.
 */
import { types } from 'node:util';
import { joinPath } from '../contract/plain.ts';
import { PluginError } from '../core/errors.ts';
import type { Value } from '../protocol/values.ts';

const MAX_DEPTH = 64;

/**
 * A deep copy of a value that may cross the boundary: JSON, `undefined`, bigint, Date, Uint8Array, Error.
 *
 * @throws ERR_VALUE, which names the path of what cannot: `args[0].user.name`.
 */
export function copyValue(value: unknown, path: string): Value {
  return copy(value, path, 0);
}

function copy(value: unknown, path: string, depth: number): Value {
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
      return refuse(path, `a ${typeof value} cannot cross`);
  }
  if (value === null) return null;
  if (depth > MAX_DEPTH) return refuse(path, `it is nested deeper than ${MAX_DEPTH}, or circular`);
  if (Array.isArray(value)) return Array.from(value, (item, at) => copy(item, `${path}[${at}]`, depth + 1));
  if (types.isDate(value)) return new Date(value.getTime());
  if (types.isUint8Array(value)) return new Uint8Array(value);
  if (types.isNativeError(value)) return copyError(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  // Any realm's `Object.prototype` is one whose own prototype is null.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return refuse(path, `an instance of ${nameOf(prototype)} cannot cross`);
  }
  const out: Record<string, Value> = {};
  for (const key of Object.keys(value)) {
    const at = joinPath(path, key);
    if (key === '__proto__') return refuse(at, 'this key cannot cross');
    out[key] = copy((value as Record<string, unknown>)[key], at, depth + 1);
  }
  return out;
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

function refuse(path: string, state: string): never {
  throw new PluginError('ERR_VALUE', `Cannot pass "${path}": ${state}`, {
    hint: 'pass JSON, undefined, bigint, Date, Uint8Array or Error',
    details: { path },
  });
}
