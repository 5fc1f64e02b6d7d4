import type { GuestHost } from '../host.ts';
import { PrimordialTypeError, freeze } from './primordials.ts';

/** The part of the bootstrap's interface that the web API uses. */
export type WebHost = Omit<GuestHost, 'primordials' | 'queueMicrotask'>;

let current: WebHost | undefined;

/** Given once, before any plugin code runs; the object is never handed on. */
export function setHost(given: WebHost): void {
  current = freeze({
    request: given.request,
    native: given.native,
    setTimer: given.setTimer,
    clearTimer: given.clearTimer,
    now: given.now,
    log: given.log,
    reportError: given.reportError,
  });
}

export function host(): WebHost {
  if (current === undefined) throw new PrimordialTypeError('The web API is not installed');
  return current;
}
