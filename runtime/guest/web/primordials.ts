/**
 * What the web API needs of the language beyond the guest's own primordials, captured with the bootstrap, before any
 * plugin code runs. A plugin that overwrites a built-in later can harm nothing but its own calls.
 */
import {
  primordialError,
  primordialRangeError,
  primordialTypeError,
  primordialUint8Array,
  reflectGetOwnPropertyDescriptor as getOwnPropertyDescriptor,
  reflectGetPrototypeOf as getPrototypeOf,
  uncurry,
} from '../primordials.ts';

export {
  isArray,
  jsonParse,
  jsonStringify,
  objectFreeze as freeze,
  reflectApply as apply,
  reflectDefineProperty as defineProperty,
  reflectGetOwnPropertyDescriptor as getOwnPropertyDescriptor,
  reflectGetPrototypeOf as getPrototypeOf,
  reflectOwnKeys as ownKeys,
  stringCharCodeAt as charCodeAt,
  stringSlice as slice,
  uncurry,
} from '../primordials.ts';

export const { isView } = ArrayBuffer;
export const { fromCharCode } = String;

export const PrimordialError: ErrorConstructor = primordialError;
export const PrimordialTypeError: TypeErrorConstructor = primordialTypeError;
export const PrimordialRangeError: RangeErrorConstructor = primordialRangeError;
export const PrimordialUint8Array: Uint8ArrayConstructor = primordialUint8Array;

export const toWellFormed = uncurry(String.prototype.toWellFormed);
export const execute = uncurry(RegExp.prototype.exec);
export const toObjectString = uncurry(Object.prototype.toString) as (value: unknown) => string;

const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as Uint8Array;
function getter<T>(prototype: object, key: PropertyKey): (self: unknown) => T {
  const descriptor = getOwnPropertyDescriptor(prototype, key);
  return uncurry((descriptor as { get: () => T }).get) as (self: unknown) => T;
}

/** Internal-slot readers: true to what the object is, whatever its properties say; they throw for other objects. */
export const typedArrayTag: (self: unknown) => string | undefined = getter(TypedArrayPrototype, Symbol.toStringTag);
const typedArrayBuffer = getter<ArrayBuffer>(TypedArrayPrototype, 'buffer');
const typedArrayByteOffset = getter<number>(TypedArrayPrototype, 'byteOffset');
const typedArrayByteLength = getter<number>(TypedArrayPrototype, 'byteLength');
const dataViewBuffer = getter<ArrayBuffer>(DataView.prototype, 'buffer');
const dataViewByteOffset = getter<number>(DataView.prototype, 'byteOffset');
const dataViewByteLength = getter<number>(DataView.prototype, 'byteLength');
export const bufferByteLength: (self: unknown) => number = getter(ArrayBuffer.prototype, 'byteLength');

export const setBytes = uncurry(TypedArrayPrototype.set) as (
  target: Uint8Array,
  source: Uint8Array,
  at?: number,
) => void;
export const subarray = uncurry(TypedArrayPrototype.subarray) as (
  bytes: Uint8Array,
  start?: number,
  end?: number,
) => Uint8Array<ArrayBuffer>;

export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  if (typeof value !== 'object' || value === null) return false;
  try {
    bufferByteLength(value);
    return true;
  } catch {
    return false;
  }
}

export function isBufferSource(value: unknown): value is ArrayBuffer | ArrayBufferView<ArrayBuffer> {
  return isView(value) || isArrayBuffer(value);
}

/** The bytes of a view or a buffer, not copied. */
export function bytesOf(source: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (!isView(source)) return new PrimordialUint8Array(source);
  return typedArrayTag(source) === undefined
    ? new PrimordialUint8Array(dataViewBuffer(source), dataViewByteOffset(source), dataViewByteLength(source))
    : new PrimordialUint8Array(typedArrayBuffer(source), typedArrayByteOffset(source), typedArrayByteLength(source));
}

/** A copy that nobody else holds. */
export function copyBytes(source: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(source);
  const copy = new PrimordialUint8Array(typedArrayByteLength(bytes));
  setBytes(copy, bytes);
  return copy;
}

export function isCallable(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function';
}
