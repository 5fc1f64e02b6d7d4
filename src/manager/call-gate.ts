import { PluginError } from '../core/errors.ts';

/** How many calls may wait for one plugin beside those that run. */
export const MAX_WAITING_CALLS = 1_024;

interface Waiting {
  go(): void;
  fail(error: PluginError): void;
}

/**
 * Lets `limit` calls of one plugin run at a time. More wait, in order and up to a bound, so that a slow plugin costs its
 * callers a refusal and not the host its memory.
 */
export class CallGate {
  readonly #plugin: string;
  /** Calls that run at a time. */
  limit: number;
  readonly #maxWaiting: number;
  readonly #full: () => void;
  readonly #waiting = new Set<Waiting>();
  readonly #idle: (() => void)[] = [];
  #running = 0;
  #closed: PluginError | undefined;

  /** `full` is told of each call that finds no place to wait. */
  constructor(
    plugin: string,
    limit: number,
    maxWaiting: number = MAX_WAITING_CALLS,
    full: () => void = () => undefined,
  ) {
    this.#plugin = plugin;
    this.limit = limit;
    this.#maxWaiting = maxWaiting;
    this.#full = full;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws ERR_LIMIT_RATE when too many wait, the signal's reason when it is aborted first, what `close` gave. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closed) throw this.#closed;
    if (this.#running >= this.limit) await this.#turn(signal);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** From now on every new call fails with `error`. Those that run or wait go on. */
  close(error: PluginError): void {
    this.#closed = error;
  }

  /** Fails those that wait. */
  drop(error: PluginError): void {
    for (const waiting of this.#waiting) waiting.fail(error);
    this.#waiting.clear();
  }

  open(): void {
    this.#closed = undefined;
  }

  /** Resolves once nothing runs and nothing waits. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) {
      this.#full();
      throw new PluginError(
        'ERR_LIMIT_RATE',
        `Cannot call "${this.#plugin}": ${this.limit} calls run and ${this.#waiting.size} wait`,
        {
          plugin: this.#plugin,
          hint: 'raise limits.concurrency, or call it less',
          retryable: true,
          details: { limit: 'concurrency', max: this.limit },
        },
      );
    }
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        this.#waiting.delete(turn);
        reject(signal?.reason as Error);
      };
      // The slot of the call that ended passes to this one, so `running` stays as it is.
      const turn: Waiting = {
        go() {
          signal?.removeEventListener('abort', aborted);
          resolve();
        },
        fail(error) {
          signal?.removeEventListener('abort', aborted);
          reject(error);
        },
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(turn);
    });
  }

  #next(): void {
    const [turn] = this.#waiting;
    if (turn) {
      this.#waiting.delete(turn);
      turn.go();
      return;
    }
    this.#running -= 1;
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
