/** The globals a plugin has beside the language's own: the web's, built on what `GuestHost` gives. */
import { native } from './bridge.ts';
import type { GuestHost, NativeValue } from './host.ts';
import { log, reportError } from './log.ts';
import * as primordials from './primordials.ts';
import { request } from './requests.ts';
import { clearTimer, setTimer } from './timers.ts';
import { installWebApi } from './web/index.ts';

const born = primordials.dateNow();

const host: GuestHost = {
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
  installWebApi(globalThis, host);
}
