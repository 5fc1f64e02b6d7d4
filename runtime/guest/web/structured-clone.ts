import { DOMException, domExceptionName, isDOMException } from './dom-exception.ts';
import { needArguments } from './idl.ts';
import {
  PrimordialError,
  PrimordialUint8Array,
  bytesOf,
  copyBytes,
  getPrototypeOf,
  isArray,
  isArrayBuffer,
  isView,
  toObjectString,
  typedArrayTag,
  uncurry,
} from './primordials.ts';

const ERROR_NAMES = new Set([
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
]);

/** Each reads an internal slot and throws for every other object, so that no property can lie about what a value is. */
const slots = {
  Date: uncurry(Date.prototype.getTime) as (value: unknown) => number,
  RegExp: uncurry(Object.getOwnPropertyDescriptor(RegExp.prototype, 'source')?.get as () => string) as (
    value: unknown,
  ) => string,
  flags: uncurry(Object.getOwnPropertyDescriptor(RegExp.prototype, 'flags')?.get as () => string) as (
    value: unknown,
  ) => string,
  Map: uncurry(Map.prototype.entries) as (value: unknown) => Iterable<[unknown, unknown]>,
  Set: uncurry(Set.prototype.values) as (value: unknown) => Iterable<unknown>,
  Boolean: uncurry(Boolean.prototype.valueOf) as (value: unknown) => boolean,
  Number: uncurry(Number.prototype.valueOf) as (value: unknown) => number,
  String: uncurry(String.prototype.valueOf) as (value: unknown) => string,
  BigInt: uncurry(BigInt.prototype.valueOf) as (value: unknown) => bigint,
};
const UNCLONABLE = new Set(['WeakMap', 'WeakSet', 'WeakRef', 'Promise', 'Generator', 'FinalizationRegistry']);
const transferBuffer = uncurry((ArrayBuffer.prototype as ArrayBuffer & { transfer(): ArrayBuffer }).transfer) as (
  buffer: ArrayBuffer,
) => ArrayBuffer;

const ObjectPrototype: object = Object.prototype;

function has<Key extends keyof typeof slots>(slot: Key, value: object): boolean {
  try {
    slots[slot](value);
    return true;
  } catch {
    return false;
  }
}

const isError: (value: unknown) => boolean =
  (PrimordialError as { isError?: (value: unknown) => boolean }).isError ??
  ((value) => toObjectString(value) === '[object Error]');

/** How platform objects made here (Blob, CryptoKey …) are cloned: classes add themselves when they are defined. */
const platform: ((value: object) => object | undefined)[] = [];
export function makeClonable(clone: (value: object) => object | undefined): void {
  platform[platform.length] = clone;
}

export function structuredClone(value: unknown, options?: { transfer?: Iterable<unknown> }): unknown {
  needArguments(arguments.length, 1, 'structuredClone');
  const seen = new Map<object, unknown>();
  const transfer = options?.transfer === undefined ? [] : [...options.transfer];
  for (const item of transfer) {
    if (!isArrayBuffer(item)) throw notClonable('an object of the transfer list is not an ArrayBuffer');
    if (seen.has(item)) throw notClonable('the transfer list names an ArrayBuffer twice');
    seen.set(item, undefined);
  }
  seen.clear();
  return copy(value, seen, new Set(transfer as ArrayBuffer[]));
}

function copy(value: unknown, seen: Map<object, unknown>, moved: ReadonlySet<ArrayBuffer>): unknown {
  if (typeof value === 'symbol') throw notClonable(`${String(value)} could not be cloned`);
  if (typeof value === 'function') throw notClonable('a function could not be cloned');
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const made = shell(value, seen, moved);
  seen.set(value, made.clone);
  made.fill?.();
  return made.clone;
}

interface Made {
  readonly clone: object;
  readonly fill?: () => void;
}

function shell(value: object, seen: Map<object, unknown>, moved: ReadonlySet<ArrayBuffer>): Made {
  const again = (inner: unknown): unknown => copy(inner, seen, moved);
  for (const cloned of platform) {
    const clone = cloned(value);
    if (clone !== undefined) return { clone };
  }
  if (isArrayBuffer(value)) return { clone: moved.has(value) ? transferBuffer(value) : copyBytes(value).buffer };
  if (isView(value)) return { clone: copyView(value, again) };
  if (isArray(value)) {
    const clone: unknown[] = [];
    clone.length = value.length;
    return { clone, fill: () => copyMembers(value, clone, again) };
  }
  if (isDOMException(value)) {
    const clone = new DOMException(value.message, domExceptionName(value));
    define(clone, 'stack', value.stack);
    return { clone };
  }
  if (isError(value)) return copyError(value as Error, again);
  const tag = toObjectString(value);
  const prototype = getPrototypeOf(value);
  if (tag === '[object Object]' && (prototype === ObjectPrototype || prototype === null)) return plain(value, again);
  if (has('Date', value)) return { clone: new Date(slots.Date(value)) };
  if (tag === '[object RegExp]' && has('RegExp', value))
    return { clone: new RegExp(slots.RegExp(value), slots.flags(value)) };
  if (has('Map', value)) {
    const clone = new Map<unknown, unknown>();
    const entries = [...slots.Map(value)];
    return { clone, fill: () => entries.forEach(([key, item]) => clone.set(again(key), again(item))) };
  }
  if (has('Set', value)) {
    const clone = new Set<unknown>();
    const items = [...slots.Set(value)];
    return { clone, fill: () => items.forEach((item) => clone.add(again(item))) };
  }
  for (const box of ['Boolean', 'Number', 'String', 'BigInt'] as const) {
    if (has(box, value)) return { clone: Object(slots[box](value)) as object };
  }
  if (UNCLONABLE.has(tag.slice(8, -1))) throw notClonable(`${tag} could not be cloned`);
  return plain(value, again);
}

function plain(value: object, again: (value: unknown) => unknown): Made {
  const clone = {};
  return { clone, fill: () => copyMembers(value, clone, again) };
}

function copyMembers(from: object, to: object, again: (value: unknown) => unknown): void {
  for (const key of Object.keys(from)) define(to, key, again((from as Record<string, unknown>)[key]), true);
}

function copyView(view: ArrayBufferView, again: (value: unknown) => unknown): object {
  const bytes = bytesOf(view);
  const buffer = again(bytes.buffer) as ArrayBuffer;
  const tag = typedArrayTag(view);
  if (tag === undefined) return new DataView(buffer, bytes.byteOffset, bytes.byteLength);
  const Kind = (globalThis as unknown as Record<string, typeof PrimordialUint8Array>)[tag] ?? PrimordialUint8Array;
  return new Kind(buffer, bytes.byteOffset, bytes.byteLength / Kind.BYTES_PER_ELEMENT);
}

function copyError(error: Error, again: (value: unknown) => unknown): Made {
  const name = String((error as { name: unknown }).name);
  const Kind = (
    ERROR_NAMES.has(name) ? (globalThis as unknown as Record<string, ErrorConstructor>)[name] : PrimordialError
  ) as ErrorConstructor;
  const clone = new Kind();
  for (const key of ['message', 'stack'] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(error, key);
    if (descriptor === undefined) continue;
    if (key === 'stack' || 'value' in descriptor) define(clone, key, String(error[key]));
  }
  const fill = (): void => {
    if (Object.hasOwn(error, 'cause')) define(clone, 'cause', again(error.cause));
  };
  return { clone, fill };
}

function define(target: object, key: string, value: unknown, enumerable = false): void {
  Reflect.defineProperty(target, key, { value, writable: true, configurable: true, enumerable });
}

function notClonable(message: string): DOMException {
  return new DOMException(message, 'DataCloneError');
}
