import type { GuestHost } from '../host.ts';
import { setHost } from './host.ts';
import { define, defineLazily } from './lazy.ts';
import { PrimordialTypeError, defineProperty, freeze, isCallable, ownKeys } from './primordials.ts';
import { timers } from './timers.ts';

const STREAMS = [
  'ReadableStream',
  'ReadableStreamDefaultReader',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableByteStreamController',
  'ReadableStreamDefaultController',
  'TransformStream',
  'TransformStreamDefaultController',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
  'ByteLengthQueuingStrategy',
  'CountQueuingStrategy',
];

/**
 * The parts that are evaluated when a plugin first touches one of their names. `require` of a module is esbuild's lazy
 * evaluation inside one bundle: nothing is loaded at run time.
 */
const LAZY: readonly (readonly [load: () => object, names: readonly string[]])[] = [
  [() => require('./console.ts') as object, ['console']],
  [() => require('./dom-exception.ts') as object, ['DOMException']],
  [() => require('./events.ts') as object, ['Event', 'EventTarget', 'CustomEvent', 'ErrorEvent']],
  [() => require('./abort.ts') as object, ['AbortController', 'AbortSignal']],
  [() => require('./base64.ts') as object, ['atob', 'btoa']],
  [() => require('./encoding.ts') as object, ['TextEncoder', 'TextDecoder']],
  [() => require('./encoding-streams.ts') as object, ['TextEncoderStream', 'TextDecoderStream']],
  [() => require('./url.ts') as object, ['URL']],
  [() => require('./url-search-params.ts') as object, ['URLSearchParams']],
  [() => require('./structured-clone.ts') as object, ['structuredClone']],
  [() => require('./performance.ts') as object, ['Performance', 'performance']],
  [() => require('./crypto.ts') as object, ['Crypto', 'crypto']],
  [() => require('./crypto-key.ts') as object, ['CryptoKey']],
  [() => require('./subtle.ts') as object, ['SubtleCrypto']],
  [() => require('./blob.ts') as object, ['Blob', 'File']],
  [() => require('./form-data.ts') as object, ['FormData']],
  [() => require('./headers.ts') as object, ['Headers']],
  [() => require('./request.ts') as object, ['Request']],
  [() => require('./response.ts') as object, ['Response']],
  [() => require('./fetch.ts') as object, ['fetch']],
  [() => require('./streams.ts') as object, STREAMS],
];

/** A bundler shortens the names of classes. */
function named(module: object, name: string): unknown {
  const value = (module as Record<string, unknown>)[name];
  if (isCallable(value)) defineProperty(value, 'name', { value: name, configurable: true });
  return value;
}

/** Defines the web API on the guest's global object. Called once, before the plugin's script exists. */
export function installWebApi(target: typeof globalThis, host: GuestHost): void {
  setHost(host);
  define(target, 'self', target);
  for (const name of ownKeys(timers) as string[]) define(target, name, timers[name]);
  define(target, 'queueMicrotask', (callback: unknown) => {
    if (!isCallable(callback)) throw new PrimordialTypeError('queueMicrotask: the callback must be a function');
    host.queueMicrotask(callback);
  });
  define(target, 'reportError', (error: unknown) => host.reportError(error));
  define(target, 'navigator', freeze({ userAgent: 'aitbc' }));
  for (const [load, names] of LAZY) {
    for (const name of names) defineLazily(target, name, () => named(load(), name));
  }
}
