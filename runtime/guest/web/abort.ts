import { DOMException } from './dom-exception.ts';
import { Event, EventTarget, handlerAttribute } from './events.ts';
import { expose, needArguments } from './idl.ts';
import { host } from './host.ts';
import { PrimordialTypeError } from './primordials.ts';

const CREATE = Symbol('create');

/** Ways to abort that the public class does not offer; set once, when the class is defined. */
let abort: (signal: AbortSignal, reason: unknown) => void;
let follow: (signal: AbortSignal, source: AbortSignal) => void;
let isSignal: (value: unknown) => value is AbortSignal;
/** Steps of the platform, run before the event: how `fetch` listens without being in the plugin's way. */
let addStep: (signal: AbortSignal, step: () => void) => () => void;

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown = undefined;
  readonly #steps = new Set<() => void>();
  readonly #sources = new Set<AbortSignal>();
  readonly #followers = new Set<AbortSignal>();
  readonly #onabort = handlerAttribute(this, 'abort');

  static {
    isSignal = (value): value is AbortSignal => typeof value === 'object' && value !== null && #aborted in value;
    abort = (signal, reason) => {
      if (signal.#aborted) return;
      const aborted: AbortSignal[] = [];
      const mark = (one: AbortSignal): void => {
        if (one.#aborted) return;
        one.#aborted = true;
        one.#reason = reason;
        aborted[aborted.length] = one;
        for (const source of one.#sources) source.#followers.delete(one);
        for (const follower of one.#followers) mark(follower);
      };
      mark(signal);
      for (const one of aborted) {
        for (const step of one.#steps) step();
        one.#steps.clear();
        one.dispatchEvent(new Event('abort'));
      }
    };
    follow = (signal, source) => {
      // A signal made of signals follows their sources, so that the ones between may be collected.
      const origins = source.#sources.size === 0 ? [source] : source.#sources;
      for (const origin of origins) {
        signal.#sources.add(origin);
        origin.#followers.add(signal);
      }
    };
    addStep = (signal, step) => {
      signal.#steps.add(step);
      return () => void signal.#steps.delete(step);
    };
  }

  constructor(token?: unknown) {
    if (token !== CREATE) throw new PrimordialTypeError('Illegal constructor');
    super();
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(CREATE);
    signal.#aborted = true;
    signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    return signal;
  }

  static timeout(milliseconds: unknown): AbortSignal {
    needArguments(arguments.length, 1, 'AbortSignal.timeout');
    const delay = Math.trunc(Number(milliseconds));
    if (!Number.isFinite(delay) || delay < 0 || delay > Number.MAX_SAFE_INTEGER) {
      throw new PrimordialTypeError('AbortSignal.timeout: milliseconds must be a whole number >= 0');
    }
    const signal = new AbortSignal(CREATE);
    host().setTimer(Math.min(delay, 2 ** 31 - 1), false, () =>
      abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    );
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    needArguments(arguments.length, 1, 'AbortSignal.any');
    const sources = [...signals];
    const signal = new AbortSignal(CREATE);
    for (const source of sources) {
      if (!isSignal(source)) throw new PrimordialTypeError('AbortSignal.any: each item must be an AbortSignal');
    }
    for (const source of sources) {
      if (source.#aborted) {
        signal.#aborted = true;
        signal.#reason = source.#reason;
        return signal;
      }
    }
    for (const source of sources) follow(signal, source);
    return signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }
  get reason(): unknown {
    return this.#reason;
  }
  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }
  get onabort(): ((event: Event) => unknown) | null {
    return this.#onabort.get();
  }
  set onabort(value: unknown) {
    this.#onabort.set(value);
  }
}
expose(AbortSignal, 'AbortSignal');

export class AbortController {
  readonly #signal = new AbortSignal(CREATE);
  get signal(): AbortSignal {
    return this.#signal;
  }
  abort(reason?: unknown): void {
    abort(this.#signal, reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason);
  }
}
expose(AbortController, 'AbortController');

/** A signal that follows another, or follows none and never aborts. */
export function dependentSignal(source: AbortSignal | undefined): AbortSignal {
  if (source === undefined) return new AbortSignal(CREATE);
  return AbortSignal.any([source]);
}

/** Runs `step` before the abort event; the function it returns takes it back. */
export function onAbort(signal: AbortSignal, step: () => void): () => void {
  return addStep(signal, step);
}

export function isAbortSignal(value: unknown): value is AbortSignal {
  return isSignal(value);
}
