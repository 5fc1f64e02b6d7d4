/**
 * The language as it was before any plugin code ran: every module of the guest takes what it needs from here, at load.
 * Trusts nothing that is reachable from a plugin; what is captured here is never looked up on a prototype again.
 */
type Uncurried<This, Args extends readonly unknown[], Result> = (self: This, ...args: Args) => Result;

const { bind, call } = Function.prototype;

/** `uncurry(f)(self, ...args)` is `f.call(self, ...args)` without a look-up that a plugin could replace. */
export const uncurry: <This, Args extends readonly unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
) => Uncurried<This, Args, Result> = bind.bind(call as never) as never;

export const {
  apply: reflectApply,
  construct: reflectConstruct,
  defineProperty: reflectDefineProperty,
  deleteProperty: reflectDeleteProperty,
  get: reflectGet,
  getOwnPropertyDescriptor: reflectGetOwnPropertyDescriptor,
  getPrototypeOf: reflectGetPrototypeOf,
  has: reflectHas,
  ownKeys: reflectOwnKeys,
} = Reflect;

export const {
  create: objectCreate,
  defineProperty: objectDefineProperty,
  entries: objectEntries,
  freeze: objectFreeze,
  fromEntries: objectFromEntries,
  getOwnPropertyDescriptor: objectGetOwnPropertyDescriptor,
  getOwnPropertyNames: objectGetOwnPropertyNames,
  getPrototypeOf: objectGetPrototypeOf,
  hasOwn: objectHasOwn,
  is: objectIs,
  keys: objectKeys,
  setPrototypeOf: objectSetPrototypeOf,
} = Object;

export const { parse: jsonParse, stringify: jsonStringify } = JSON;
export const { isArray } = Array;
export const { isInteger, isFinite, isNaN, isSafeInteger } = Number;
export const { floor, max, min, trunc, random } = Math;
export const { now: dateNow } = Date;
export const { isView: isArrayBufferView } = ArrayBuffer;

export const primordialPromise: PromiseConstructor = Promise;
export const primordialMap: MapConstructor = Map;
export const primordialSet: SetConstructor = Set;
export const primordialWeakMap: WeakMapConstructor = WeakMap;
export const primordialUint8Array: Uint8ArrayConstructor = Uint8Array;
export const primordialProxy: ProxyConstructor = Proxy;
export const primordialError: ErrorConstructor = Error;
export const primordialTypeError: TypeErrorConstructor = TypeError;
export const primordialRangeError: RangeErrorConstructor = RangeError;
export const primordialDate: DateConstructor = Date;
export const primordialString: StringConstructor = String;
export const primordialNumber: NumberConstructor = Number;

const promiseReject = Promise.reject;
const promiseResolve = Promise.resolve;

/** `await` and `.then` look up `constructor` and `then` of a promise; this does not. */
export const promiseThen: <T>(
  promise: Promise<T>,
  onFulfilled: ((value: T) => unknown) | undefined,
  onRejected?: (reason: unknown) => unknown,
) => Promise<unknown> = uncurry(Promise.prototype.then) as never;
export const resolved: <T>(value: T | PromiseLike<T>) => Promise<Awaited<T>> = (value) =>
  reflectApply(promiseResolve, primordialPromise, [value]) as never;
export const rejected: (reason: unknown) => Promise<never> = (reason) =>
  reflectApply(promiseReject, primordialPromise, [reason]) as never;
/** A promise with its settling functions. */
export function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T | PromiseLike<T>) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason: unknown) => void;
  const promise = new primordialPromise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

export const mapGet: <K, V>(map: Map<K, V>, key: K) => V | undefined = uncurry(Map.prototype.get) as never;
export const mapSet: <K, V>(map: Map<K, V>, key: K, value: V) => Map<K, V> = uncurry(Map.prototype.set) as never;
export const mapHas: <K, V>(map: Map<K, V>, key: K) => boolean = uncurry(Map.prototype.has) as never;
export const mapDelete: <K, V>(map: Map<K, V>, key: K) => boolean = uncurry(Map.prototype.delete) as never;
export const mapForEach: <K, V>(map: Map<K, V>, each: (value: V, key: K) => void) => void = uncurry(
  Map.prototype.forEach,
) as never;
export const setAdd: <T>(set: Set<T>, value: T) => Set<T> = uncurry(Set.prototype.add) as never;
export const setHas: <T>(set: Set<T>, value: T) => boolean = uncurry(Set.prototype.has) as never;
export const setDelete: <T>(set: Set<T>, value: T) => boolean = uncurry(Set.prototype.delete) as never;
export const arrayPush: <T>(array: T[], ...items: T[]) => number = uncurry(Array.prototype.push) as never;
export const arrayShift: <T>(array: T[]) => T | undefined = uncurry(Array.prototype.shift) as never;
export const arraySlice: <T>(array: readonly T[], start?: number, end?: number) => T[] = uncurry(
  Array.prototype.slice,
) as never;
export const arrayJoin: (array: readonly unknown[], separator: string) => string = uncurry(
  Array.prototype.join,
) as never;
export const stringSlice: (text: string, start?: number, end?: number) => string = uncurry(String.prototype.slice);
export const stringStartsWith: (text: string, search: string) => boolean = uncurry(
  String.prototype.startsWith,
) as never;
export const stringIncludes: (text: string, search: string) => boolean = uncurry(String.prototype.includes) as never;
export const stringCharCodeAt: (text: string, index: number) => number = uncurry(String.prototype.charCodeAt);
export const dateGetTime: (date: Date) => number = uncurry(Date.prototype.getTime);
export const objectToString: (value: unknown) => string = uncurry(Object.prototype.toString) as never;
const typedArrayPrototype = reflectGetPrototypeOf(Uint8Array.prototype) as Uint8Array;
/** `Uint8Array`, `Float64Array` …; undefined for anything that is not a typed array. A proxy cannot lie. */
export const typedArrayTag: (value: unknown) => string | undefined = uncurry(
  reflectGetOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag)?.get as never,
) as never;
export const bytesSlice: (bytes: Uint8Array, start?: number, end?: number) => Uint8Array = uncurry(
  Uint8Array.prototype.slice,
) as never;
export const bytesSet: (bytes: Uint8Array, source: ArrayLike<number>, offset?: number) => void = uncurry(
  Uint8Array.prototype.set,
) as never;
export const bytesLength: (bytes: Uint8Array) => number = uncurry(
  reflectGetOwnPropertyDescriptor(typedArrayPrototype, 'byteLength')?.get as never,
) as never;

export const { iterator: symbolIterator, asyncIterator: symbolAsyncIterator, toStringTag: symbolToStringTag } = Symbol;

/** Adds to the end without running a setter that a plugin put on `Array.prototype`. */
export function append<T>(array: T[], value: T): void {
  reflectDefineProperty(array, array.length, {
    // @ts-expect-error -- a descriptor without a prototype, so that nothing is inherited into it
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
