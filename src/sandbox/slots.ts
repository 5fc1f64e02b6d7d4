/** `limits.concurrency`: so many calls at a time, the others wait in order. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<(taken: boolean) => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Undefined: taken at once. Otherwise true when it is this caller's turn, false when its signal was aborted. */
  take(signal: AbortSignal | undefined): Promise<boolean> | undefined {
    if (this.#free > 0) {
      this.#free -= 1;
      return undefined;
    }
    return new Promise((resolve) => {
      const settle = (taken: boolean): void => {
        this.#waiting.delete(settle);
        signal?.removeEventListener('abort', abort);
        resolve(taken);
      };
      const abort = (): void => settle(false);
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(settle);
    });
  }

  free(): void {
    for (const next of this.#waiting) return next(true);
    this.#free += 1;
  }

  /** Everyone who waits gets a turn, to find that it is over. */
  close(): void {
    this.#free = Infinity;
    for (const next of this.#waiting) next(true);
  }
}
