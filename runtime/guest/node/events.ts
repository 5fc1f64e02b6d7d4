/** The `events` package with the newer members of Node's: errorMonitor, `on`, listeners of event targets, signals. */
import Base from 'events/';
import { abortError, invalidType } from './shared/errors.ts';

type Listener = (...args: unknown[]) => void;
interface Emitter {
  emit(type: PropertyKey, ...args: unknown[]): boolean;
  on(type: PropertyKey, listener: Listener): unknown;
  once(type: PropertyKey, listener: Listener): unknown;
  removeListener(type: PropertyKey, listener: Listener): unknown;
  listenerCount(type: PropertyKey): number;
  rawListeners(type: PropertyKey): Listener[];
  listeners(type: PropertyKey): Listener[];
  setMaxListeners(count: number): unknown;
}
interface EmitterClass {
  new (): Emitter;
  (): void;
  prototype: Emitter;
  defaultMaxListeners: number;
}

export const EventEmitter: EmitterClass = Base;
export const errorMonitor: unique symbol = Symbol('events.errorMonitor') as never;

const emitPlain = EventEmitter.prototype.emit;
EventEmitter.prototype.emit = function emit(this: Emitter, type: PropertyKey, ...args: unknown[]): boolean {
  if (type === 'error' && this.listenerCount(errorMonitor) > 0) Reflect.apply(emitPlain, this, [errorMonitor, ...args]);
  return Reflect.apply(emitPlain, this, [type, ...args]);
};

const isEmitter = (value: unknown): value is Emitter =>
  typeof value === 'object' && value !== null && typeof (value as { on?: unknown }).on === 'function';
const isTarget = (value: unknown): value is EventTarget =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { addEventListener?: unknown }).addEventListener === 'function';

interface SignalOption {
  readonly signal?: AbortSignal;
}

/** Resolves to the arguments of the next event; rejects on `error`, and when the signal aborts. */
export function once(
  emitter: Emitter | EventTarget,
  type: string | symbol,
  options: SignalOption = {},
): Promise<unknown[]> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal.reason));
    if (isEmitter(emitter)) {
      const end = (): void => {
        emitter.removeListener(type, done);
        emitter.removeListener('error', failed);
        signal?.removeEventListener('abort', aborted);
      };
      const done = (...args: unknown[]): void => (end(), resolve(args));
      const failed = (error: unknown): void => (end(), reject(error));
      const aborted = (): void => (end(), reject(abortError(signal?.reason)));
      emitter.once(type, done);
      if (type !== 'error') emitter.once('error', failed);
      signal?.addEventListener('abort', aborted, { once: true });
    } else if (isTarget(emitter)) {
      const done = (event: unknown): void => resolve([event]);
      emitter.addEventListener(String(type), done, { once: true });
      const aborted = (): void => {
        emitter.removeEventListener(String(type), done);
        reject(abortError(signal?.reason));
      };
      signal?.addEventListener('abort', aborted, { once: true });
    } else reject(invalidType('emitter', 'EventEmitter', emitter));
  });
}

/** The events of one type as an async iterator of their arguments. */
export async function* on(
  emitter: Emitter,
  type: string | symbol,
  options: SignalOption = {},
): AsyncGenerator<unknown[]> {
  const { signal } = options;
  const queue: unknown[][] = [];
  let failure: { error: unknown } | undefined;
  let wake = (): void => {};
  const arrived = (...args: unknown[]): void => (queue.push(args), wake());
  const failed = (error: unknown): void => ((failure = { error }), wake());
  const aborted = (): void => failed(abortError(signal?.reason));
  if (signal?.aborted === true) throw abortError(signal.reason);
  emitter.on(type, arrived);
  if (type !== 'error') emitter.on('error', failed);
  signal?.addEventListener('abort', aborted, { once: true });
  try {
    for (;;) {
      const next = queue.shift();
      if (next !== undefined) yield next;
      else if (failure !== undefined) throw failure.error;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    emitter.removeListener(type, arrived);
    emitter.removeListener('error', failed);
    signal?.removeEventListener('abort', aborted);
  }
}

export function listenerCount(emitter: Emitter, type: string | symbol): number {
  return emitter.listenerCount(type);
}

export function getEventListeners(emitter: Emitter, type: string | symbol): Listener[] {
  if (!isEmitter(emitter)) throw invalidType('emitter', 'EventEmitter', emitter);
  return emitter.listeners(type);
}

export function setMaxListeners(count: number, ...emitters: readonly unknown[]): void {
  if (emitters.length === 0) EventEmitter.defaultMaxListeners = count;
  for (const emitter of emitters) if (isEmitter(emitter)) emitter.setMaxListeners(count);
}

export function addAbortListener(signal: AbortSignal, listener: (event?: unknown) => void): Disposable {
  if (signal.aborted) queueMicrotask(() => listener());
  else signal.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) };
}

export default Object.assign(EventEmitter, {
  EventEmitter,
  errorMonitor,
  once,
  on,
  listenerCount,
  getEventListeners,
  setMaxListeners,
  addAbortListener,
});
