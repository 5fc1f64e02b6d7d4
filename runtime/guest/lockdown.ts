/**
 * Takes out of the isolate what V8 puts in and a plugin must not have. Runs before any plugin code, after the primordials
 * were captured; trusts the isolate to be fresh.
 */
import { objectDefineProperty, reflectConstruct, reflectDeleteProperty } from './primordials.ts';

/** Shared memory and `waitAsync` (crash the process), the inspector's console. */
const REMOVED = ['SharedArrayBuffer', 'Atomics', 'console', 'gc', 'ShadowRealm'] as const;

/** Memory that grows past the isolate's limit uncounted. */
const REMOVED_FROM_BUFFERS = ['resize'] as const;

export function lockdown(kind: 'module' | 'component'): void {
  for (const name of REMOVED) reflectDeleteProperty(globalThis, name);
  if (kind === 'module') reflectDeleteProperty(globalThis, 'WebAssembly');
  for (const name of REMOVED_FROM_BUFFERS) reflectDeleteProperty(ArrayBuffer.prototype, name);
  fixArrayBuffer();
  // V8 would call it with structured frames whenever a stack is read, in the bootstrap too.
  objectDefineProperty(Error, 'prepareStackTrace', { get: () => undefined, set() {}, configurable: false });
  // Its callbacks are tasks of V8 that run outside every timed entry. Never to call them is legal.
  class FinalizationRegistryWithoutCallbacks {
    register(): void {}
    unregister(): boolean {
      return false;
    }
  }
  objectDefineProperty(FinalizationRegistryWithoutCallbacks, 'name', { value: 'FinalizationRegistry' });
  define('FinalizationRegistry', FinalizationRegistryWithoutCallbacks);
}

/** A constructor that knows no `maxByteLength`. */
function fixArrayBuffer(): void {
  const Original = ArrayBuffer;
  const Fixed = new Proxy(Original, {
    construct: (target, args: unknown[], newTarget: Function) =>
      reflectConstruct(target, [args[0]], newTarget) as object,
  });
  objectDefineProperty(Original.prototype, 'constructor', { value: Fixed, writable: true, configurable: true });
  define('ArrayBuffer', Fixed);
}

function define(name: string, value: unknown): void {
  objectDefineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
