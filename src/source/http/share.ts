import { aborted } from './deadline.ts';

interface Shared<T> {
  readonly promise: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
  done: boolean;
}

export interface Share<T> {
  /**
   * The result of `work`, done once for each key: later callers join it or get its result. Failures are not kept. The
   * work is aborted when every caller has aborted. `what` is what an error calls it.
   */
  get(
    key: string,
    what: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

export function createShare<T>(): Share<T> {
  const entries = new Map<string, Shared<T>>();
  const start = (key: string, work: (signal: AbortSignal) => Promise<T>): Shared<T> => {
    const stop = new AbortController();
    const entry: Shared<T> = { promise: work(stop.signal), stop, waiting: 0, done: false };
    entries.set(key, entry);
    entry.promise.then(
      () => (entry.done = true),
      () => {
        if (entries.get(key) === entry) entries.delete(key);
      },
    );
    return entry;
  };
  return {
    async get(key, what, signal, work) {
      if (signal?.aborted) throw aborted(what);
      const entry = entries.get(key) ?? start(key, work);
      if (signal === undefined) {
        entry.waiting++;
        return entry.promise;
      }
      entry.waiting++;
      return new Promise<T>((resolve, reject) => {
        const leave = (): void => {
          reject(aborted(what));
          entry.waiting--;
          if (entry.waiting > 0 || entry.done) return;
          entries.delete(key);
          entry.stop.abort();
        };
        signal.addEventListener('abort', leave, { once: true });
        entry.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
      });
    },
  };
}

/** Runs at most `size` pieces of work at the same time; the rest wait in order. */
export function createSlots(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = size;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else free++;
    }
  };
}
