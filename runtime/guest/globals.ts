/** The globals a plugin has beside the language's own: the web's, built on what `GuestHost` gives. */
import { native } from './bridge.ts';
import type { GuestHost, NativeValue } from './host.ts';
import { log, reportError } from './log.ts';
import * as primordials from './primordials.ts';
import { request } from './requests.ts';
import { clearTimer, setTimer } from './timers.ts';

const born = primordials.dateNow();

export const host: GuestHost = {
  request,
  native: (op, ...args) => native(op, args) as NativeValue,
  setTimer,
  clearTimer,
  now: () => primordials.dateNow() - born,
  log,
  reportError,
  queueMicrotask: (callback) => {
    void primordials.promiseThen(primordials.resolved(undefined), () => {
      try {
        callback();
      } catch (error) {
        reportError(error);
      }
    });
  },
  primordials,
};

export function installGlobals(): void {
  const target = globalThis as unknown as Record<string, unknown>;
  target['setTimeout'] = (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    setTimer(ms, false, () => callback(...args));
  target['setInterval'] = (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    setTimer(ms, true, () => callback(...args));
  target['clearTimeout'] = clearTimer;
  target['clearInterval'] = clearTimer;
  target['queueMicrotask'] = host.queueMicrotask;
  target['console'] = { log: (...args: unknown[]) => log('info', args.map(String).join(' ')) };
  target['AbortController'] ??= class {
    readonly signal = { aborted: false };
    abort(): void {
      this.signal.aborted = true;
    }
  };
}
