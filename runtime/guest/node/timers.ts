/** Timers whose handles are objects, as Node's are. A plugin's life never depends on them: `ref` and `unref` only note it. */
type Callback = (...args: never[]) => void;

export class Timeout {
  #id: number;
  #referenced = true;
  readonly #arm: () => number;
  readonly #disarm: (id: number) => void;

  constructor(arm: () => number, disarm: (id: number) => void) {
    this.#arm = arm;
    this.#disarm = disarm;
    this.#id = arm();
  }
  ref(): this {
    this.#referenced = true;
    return this;
  }
  unref(): this {
    this.#referenced = false;
    return this;
  }
  hasRef(): boolean {
    return this.#referenced;
  }
  refresh(): this {
    this.#disarm(this.#id);
    this.#id = this.#arm();
    return this;
  }
  close(): this {
    this.#disarm(this.#id);
    return this;
  }
  [Symbol.toPrimitive](): number {
    return this.#id;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

const web = globalThis as unknown as {
  setTimeout(callback: Callback, ms?: number, ...args: unknown[]): number;
  setInterval(callback: Callback, ms?: number, ...args: unknown[]): number;
  clearTimeout(id?: number): void;
  clearInterval(id?: number): void;
};
const {
  setTimeout: webTimeout,
  setInterval: webInterval,
  clearTimeout: webClear,
  clearInterval: webClearInterval,
} = web;

export function setTimeout(callback: Callback, ms?: number, ...args: unknown[]): Timeout {
  return new Timeout(() => webTimeout(callback, ms, ...args), webClear);
}
export function setInterval(callback: Callback, ms?: number, ...args: unknown[]): Timeout {
  return new Timeout(() => webInterval(callback, ms, ...args), webClearInterval);
}
export function setImmediate(callback: Callback, ...args: unknown[]): Timeout {
  return new Timeout(() => webTimeout(callback, 0, ...args), webClear);
}
export function clearTimeout(timer?: Timeout | number | string | null): void {
  if (timer instanceof Timeout) timer.close();
  else if (timer !== null && timer !== undefined) webClear(Number(timer));
}
export const clearInterval: typeof clearTimeout = clearTimeout;
export const clearImmediate: typeof clearTimeout = clearTimeout;

import * as promises from 'node:timers/promises';
export { promises };
export default { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, promises };
