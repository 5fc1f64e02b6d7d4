/** Tests by internal slot: no property of the value can lie. Proxies, generators and the like cannot be told apart here. */
type Test = (value: unknown) => boolean;

function reads(prototype: object, member: PropertyKey): Test {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, member);
  const read = (descriptor?.get ?? descriptor?.value) as (this: unknown) => unknown;
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    try {
      Reflect.apply(read, value, []);
      return true;
    } catch {
      return false;
    }
  };
}

const typedTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;
const typed =
  (name?: string): Test =>
  (value) => {
    const found = Reflect.apply(typedTag, value, []);
    return name === undefined ? found !== undefined : found === name;
  };
const objectTag = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
const tagged =
  (...names: string[]): Test =>
  (value) =>
    (typeof value === 'object' || typeof value === 'function') && value !== null && names.includes(objectTag(value));

export const isArrayBufferView: Test = (value) => ArrayBuffer.isView(value);
export const isTypedArray: Test = typed();
export const isUint8Array: Test = typed('Uint8Array');
export const isUint8ClampedArray: Test = typed('Uint8ClampedArray');
export const isUint16Array: Test = typed('Uint16Array');
export const isUint32Array: Test = typed('Uint32Array');
export const isInt8Array: Test = typed('Int8Array');
export const isInt16Array: Test = typed('Int16Array');
export const isInt32Array: Test = typed('Int32Array');
export const isFloat32Array: Test = typed('Float32Array');
export const isFloat64Array: Test = typed('Float64Array');
export const isBigInt64Array: Test = typed('BigInt64Array');
export const isBigUint64Array: Test = typed('BigUint64Array');
export const isArrayBuffer: Test = reads(ArrayBuffer.prototype, 'byteLength');
export const isAnyArrayBuffer: Test = isArrayBuffer;
export const isDataView: Test = reads(DataView.prototype, 'byteLength');
export const isDate: Test = reads(Date.prototype, 'getTime');
export const isMap: Test = reads(Map.prototype, 'size');
export const isSet: Test = reads(Set.prototype, 'size');
export const isRegExp: Test = (value) => tagged('RegExp')(value) && value instanceof RegExp;
export const isNumberObject: Test = reads(Number.prototype, 'valueOf');
export const isStringObject: Test = reads(String.prototype, 'valueOf');
export const isBooleanObject: Test = reads(Boolean.prototype, 'valueOf');
export const isBigIntObject: Test = reads(BigInt.prototype, 'valueOf');
export const isSymbolObject: Test = reads(Symbol.prototype, 'valueOf');
export const isBoxedPrimitive: Test = (value) =>
  [isNumberObject, isStringObject, isBooleanObject, isBigIntObject, isSymbolObject].some((test) => test(value));
export const isWeakMap: Test = (value) => weak(WeakMap.prototype.has, value);
export const isWeakSet: Test = (value) => weak(WeakSet.prototype.has, value);
export const isPromise: Test = (value) => tagged('Promise')(value) && value instanceof Promise;
export const isNativeError: Test = (value) => value instanceof Error && objectTag(value) === 'Error';
export const isAsyncFunction: Test = tagged('AsyncFunction', 'AsyncGeneratorFunction');
export const isGeneratorFunction: Test = tagged('GeneratorFunction', 'AsyncGeneratorFunction');
export const isGeneratorObject: Test = tagged('Generator', 'AsyncGenerator');
export const isMapIterator: Test = tagged('Map Iterator');
export const isSetIterator: Test = tagged('Set Iterator');
export const isArgumentsObject: Test = tagged('Arguments');

function weak(has: (this: never, key: never) => boolean, value: unknown): boolean {
  try {
    Reflect.apply(has, value, [{}]);
    return true;
  } catch {
    return false;
  }
}

export default {
  isArrayBufferView,
  isTypedArray,
  isUint8Array,
  isUint8ClampedArray,
  isUint16Array,
  isUint32Array,
  isInt8Array,
  isInt16Array,
  isInt32Array,
  isFloat32Array,
  isFloat64Array,
  isBigInt64Array,
  isBigUint64Array,
  isArrayBuffer,
  isAnyArrayBuffer,
  isDataView,
  isDate,
  isMap,
  isSet,
  isRegExp,
  isNumberObject,
  isStringObject,
  isBooleanObject,
  isBigIntObject,
  isSymbolObject,
  isBoxedPrimitive,
  isWeakMap,
  isWeakSet,
  isPromise,
  isNativeError,
  isAsyncFunction,
  isGeneratorFunction,
  isGeneratorObject,
  isMapIterator,
  isSetIterator,
  isArgumentsObject,
};
