import { defineProperty, getOwnPropertyDescriptor } from './primordials.ts';

/** Defines `name` on `target` so that `load` runs at its first use only; then it is an ordinary data property. */
export function defineLazily(target: object, name: string, load: () => unknown): void {
  defineProperty(target, name, {
    configurable: true,
    enumerable: false,
    get() {
      const value = load();
      // A load that touched the name itself, or a plugin's own assignment meanwhile, has settled it already.
      if (getOwnPropertyDescriptor(target, name)?.get !== undefined) define(target, name, value);
      return value;
    },
    set(value: unknown) {
      define(target, name, value);
    },
  });
}

export function define(target: object, name: string, value: unknown): void {
  defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}
