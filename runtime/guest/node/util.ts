import { format as formatArgs } from '../web/format.ts';
import { type InspectOptions, inspect as inspectValue } from '../web/inspect.ts';
import { deepEqual } from './shared/deep-equal.ts';
import { invalidType, nodeError } from './shared/errors.ts';
import types from 'node:util/types';

type AnyFunction = (...args: never[]) => unknown;
type Callback = (error: unknown, value?: unknown) => void;
const CUSTOM_PROMISIFY = Symbol.for('nodejs.util.promisify.custom');

export { types };
const { TextDecoder, TextEncoder } = globalThis;
export { TextDecoder, TextEncoder };

/** Bounded: at most 16 KiB of text, whatever the options. No colours, no getters run. */
export const inspect: {
  (value: unknown, options?: InspectOptions | boolean, depth?: number | null): string;
  readonly custom: symbol;
  defaultOptions: InspectOptions;
} = Object.assign(
  (value: unknown, options?: InspectOptions | boolean, depth?: number | null): string => {
    const given =
      typeof options === 'object' && options !== null ? options : { showHidden: options, depth: depth ?? 2 };
    return inspectValue(value, { ...inspect.defaultOptions, ...given });
  },
  { custom: Symbol.for('nodejs.util.inspect.custom'), defaultOptions: {} },
);

export function format(...args: unknown[]): string {
  return formatArgs(args);
}
export function formatWithOptions(options: InspectOptions, ...args: unknown[]): string {
  return formatArgs(args, options);
}

export const promisify: { (original: AnyFunction): AnyFunction; readonly custom: symbol } = Object.assign(
  (original: AnyFunction): AnyFunction => {
    if (typeof original !== 'function') throw invalidType('original', 'function', original);
    const custom: unknown = (original as unknown as Record<symbol, unknown>)[CUSTOM_PROMISIFY];
    if (typeof custom === 'function') return custom as AnyFunction;
    function promisified(this: unknown, ...args: unknown[]): Promise<unknown> {
      return new Promise((resolve, reject) => {
        const done: Callback = (error, value) => {
          if (error === null || error === undefined || error === false) resolve(value);
          else reject(error);
        };
        Reflect.apply(original, this, [...args, done]);
      });
    }
    Object.setPrototypeOf(promisified, Object.getPrototypeOf(original) as object);
    return Object.defineProperties(promisified, Object.getOwnPropertyDescriptors(original)) as AnyFunction;
  },
  { custom: CUSTOM_PROMISIFY },
);

export function callbackify(original: (...args: never[]) => Promise<unknown>): AnyFunction {
  if (typeof original !== 'function') throw invalidType('original', 'function', original);
  return function (this: unknown, ...args: unknown[]): void {
    const done = args.pop() as Callback;
    if (typeof done !== 'function') throw invalidType('last argument', 'function', done);
    const settle = async (): Promise<() => void> => {
      try {
        const value = await Reflect.apply(original, this, args);
        return () => done(null, value);
      } catch (reason) {
        if (reason) return () => done(reason);
        const wrapped = nodeError(Error, 'ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value');
        return () => done(Object.assign(wrapped, { reason }));
      }
    };
    // What the callback throws is its own, never a rejection of the operation.
    void settle().then(queueMicrotask);
  };
}

export function inherits(constructor: AnyFunction & { super_?: unknown }, parent: AnyFunction): void {
  Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype as object);
}

/** Warns once, by `code` where it has one. */
export function deprecate<F extends AnyFunction>(original: F, message: string, code?: string): F {
  let warned = false;
  return new Proxy(original, {
    apply(target, self, args) {
      if (!warned) console.warn(`DeprecationWarning: ${code === undefined ? '' : `[${code}] `}${message}`);
      warned = true;
      return Reflect.apply(target, self, args);
    },
  });
}

export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  return deepEqual(a, b, true);
}

export function stripVTControlCharacters(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what it is for
  return text.replaceAll(
    /[\u001b\u009b][[\]()#;?]*(?:(?:(?:[a-z\d]*(?:;[-a-z\d/#&.:=?%@~_]*)*)?\u0007)|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]))/gi,
    '',
  );
}

export function toUSVString(text: unknown): string {
  return String(text).toWellFormed();
}

/** NODE_DEBUG is never set for a plugin: a function that does nothing, as Node's is then. */
export function debuglog(_section: string): ((...args: unknown[]) => void) & { enabled: false } {
  return Object.assign(() => {}, { enabled: false as const });
}
export { debuglog as debug };

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
export const isArray: (value: unknown) => boolean = Array.isArray;

export default {
  types,
  TextDecoder,
  TextEncoder,
  inspect,
  format,
  formatWithOptions,
  promisify,
  callbackify,
  inherits,
  deprecate,
  isDeepStrictEqual,
  stripVTControlCharacters,
  toUSVString,
  debuglog,
  debug: debuglog,
  aborted,
  isArray,
};
