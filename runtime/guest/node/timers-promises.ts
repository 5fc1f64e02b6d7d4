import { abortError } from './shared/errors.ts';

interface Options {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}
const { setTimeout: webTimeout, clearTimeout: webClear } = globalThis as unknown as {
  setTimeout(callback: () => void, ms?: number): number;
  clearTimeout(id: number): void;
};

export function setTimeout<T>(ms?: number, value?: T, options: Options = {}): Promise<T> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal.reason));
    const aborted = (): void => {
      webClear(id);
      reject(abortError(signal?.reason));
    };
    const id = webTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve(value as T);
    }, ms);
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

export function setImmediate<T>(value?: T, options: Options = {}): Promise<T> {
  return setTimeout(0, value, options);
}

/** One value for each interval that passed; intervals that pass while nobody asks are not made up for. */
export async function* setInterval<T>(ms?: number, value?: T, options: Options = {}): AsyncGenerator<T> {
  for (;;) yield await setTimeout(ms, value as T, options);
}

export const scheduler: { wait(ms: number, options?: Options): Promise<void>; yield(): Promise<void> } = {
  wait: (ms, options) => setTimeout(ms, undefined, options),
  yield: () => setTimeout(0),
};

export default { setTimeout, setImmediate, setInterval, scheduler };
