import { host } from './host.ts';
import { PrimordialTypeError, apply, isCallable } from './primordials.ts';

function toDelay(value: unknown): number {
  const delay = Number(value);
  return delay >= 0 ? Math.min(Math.trunc(delay), 2 ** 31 - 1) : 0;
}

function timer(name: string, repeat: boolean) {
  return function (callback: unknown, delay?: unknown, ...args: unknown[]): number {
    if (!isCallable(callback)) throw new PrimordialTypeError(`${name}: the callback must be a function`);
    return host().setTimer(toDelay(delay), repeat, () => void apply(callback, globalThis, args));
  };
}

function clear(id?: unknown): void {
  const number = Number(id);
  if (Number.isInteger(number)) host().clearTimer(number);
}

export const timers: Readonly<Record<string, (...args: never[]) => unknown>> = {
  setTimeout: timer('setTimeout', false),
  setInterval: timer('setInterval', true),
  clearTimeout(id?: unknown) {
    clear(id);
  },
  clearInterval(id?: unknown) {
    clear(id);
  },
};
