/**
 * Guarantees that what comes out is a fresh tree of plain JSON within bounds: no accessors, no `__proto__` keys, no cycles.
 * Trusts nothing of the input.
 */
import type { Json } from '../core/json.ts';

export interface Bounds {
  /** Values in the whole tree. */
  readonly nodes: number;
  readonly depth: number;
  /** UTF-16 units of one string or key. */
  readonly string: number;
}

export const METADATA_BOUNDS: Bounds = { nodes: 20_000, depth: 32, string: 65_536 };

/** Why a value is not plain: `path` as in `permissions.net[0]`, and what was expected there. */
export class NotPlain extends Error {
  readonly path: string;
  readonly expected: string;

  constructor(path: string, expected: string) {
    super(`${path || 'the value'} ${expected}`);
    this.path = path;
    this.expected = expected;
  }
}

/**
 * A deep copy of `value` as plain JSON. Members that are `undefined` are left out.
 * @throws NotPlain
 */
export function plainJson(value: unknown, bounds: Bounds): Json {
  let nodes = 0;
  const copy = (item: unknown, path: string, depth: number): Json => {
    if (++nodes > bounds.nodes) throw new NotPlain('', `must not hold more than ${bounds.nodes} values`);
    if (depth > bounds.depth) throw new NotPlain(path, `must not be nested deeper than ${bounds.depth}`);
    if (item === null || typeof item === 'boolean') return item;
    if (typeof item === 'string') return checkString(item, path, bounds);
    if (typeof item === 'number') {
      if (!Number.isFinite(item)) throw new NotPlain(path, 'must be a finite number');
      return item;
    }
    if (Array.isArray(item) && item.length > bounds.nodes) {
      throw new NotPlain(path, `must not have more than ${bounds.nodes} items`);
    }
    if (Array.isArray(item)) return item.map((member, index) => copy(member, `${path}[${index}]`, depth + 1));
    if (typeof item !== 'object' || !isPlainObject(item)) {
      throw new NotPlain(path, `must be JSON, not ${kindOf(item)}`);
    }
    const out: Record<string, Json> = {};
    for (const key of Object.keys(item)) {
      const at = joinPath(path, key);
      checkString(key, at, bounds);
      if (key === '__proto__') throw new NotPlain(at, 'is not an allowed key');
      const member: unknown = (item as Record<string, unknown>)[key];
      if (member !== undefined) out[key] = copy(member, at, depth + 1);
    }
    return out;
  };
  return copy(value, '', 0);
}

/** `a.b`, `a["x y"]`, with a long key cut. */
export function joinPath(path: string, key: string): string {
  const short = key.length > 80 ? `${key.slice(0, 80)}…` : key;
  if (!/^[\w$-]+$/.test(short)) return `${path}[${JSON.stringify(short)}]`;
  return path === '' ? short : `${path}.${short}`;
}

/** What a value is, in the words of an error message. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'object':
      return isPlainObject(value) ? 'a map' : 'an object of a class';
    case 'undefined':
      return 'nothing';
    case 'boolean':
      return `the boolean ${String(value)}`;
    case 'number':
      return `the number ${String(value)}`;
    case 'string':
      return value === '' ? 'an empty string' : 'a string';
    default:
      return `a ${typeof value}`;
  }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function checkString(text: string, path: string, bounds: Bounds): string {
  if (text.length > bounds.string) throw new NotPlain(path, `must not be longer than ${bounds.string} characters`);
  return text;
}
