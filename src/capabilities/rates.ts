import { PluginError } from '../core/errors.ts';

/** A token bucket: `take()` says whether one more may pass now. Starts full. */
export interface Bucket {
  take(): boolean;
}

export function createBucket(
  capacity: number,
  perMilliseconds: number,
  now: () => number = performance.now.bind(performance),
): Bucket {
  let tokens = capacity;
  let last = now();
  return {
    take() {
      const time = now();
      tokens = Math.min(capacity, tokens + ((time - last) * capacity) / perMilliseconds);
      last = time;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

/** Lets `places` in at the same time; the others wait in order. */
export interface Gate {
  /** Resolves to the function that gives the place back, which may be called more than once. */
  enter(signal: AbortSignal): Promise<() => void>;
}

/** `full` makes the error for whoever would wait as number `queue + 1`. */
export function createGate(places: number, queue: number, full: () => PluginError): Gate {
  let free = places;
  const waiting: (() => void)[] = [];
  const place = (): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    };
  };
  return {
    enter(signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return Promise.resolve(place());
      }
      if (waiting.length >= queue) return Promise.reject(full());
      return new Promise((resolve, reject) => {
        const admit = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(place());
        };
        const leave = (): void => {
          const at = waiting.indexOf(admit);
          if (at !== -1) waiting.splice(at, 1);
          reject(signal.reason as Error);
        };
        waiting.push(admit);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
