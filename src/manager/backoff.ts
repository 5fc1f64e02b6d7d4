/** Milliseconds. */
export const BACKOFF = { first: 500, most: 60_000 } as const;
/** Restarts that `window` milliseconds allow; one more quarantines the plugin. */
export const RESTART_BUDGET = { restarts: 5, window: 600_000 } as const;

/**
 * How long to wait before restart number `attempt` (from 0): doubles from 0.5 s to 60 s, of which up to half is left to
 * chance, so that plugins that fell together don't come back together.
 */
export function restartDelay(attempt: number, random: number): number {
  const full = Math.min(BACKOFF.most, BACKOFF.first * 2 ** attempt);
  return Math.max(BACKOFF.first, full / 2 + (full / 2) * random);
}

/** Counts the restarts of one plugin in a sliding window. */
export class RestartBudget {
  #spent: number[] = [];

  /** Restarts of the last window. */
  spent(now: number): number {
    this.#spent = this.#spent.filter((time) => now - time < RESTART_BUDGET.window);
    return this.#spent.length;
  }

  /** Takes one restart; false when the window has none left. */
  take(now: number): boolean {
    if (this.spent(now) >= RESTART_BUDGET.restarts) return false;
    this.#spent.push(now);
    return true;
  }

  reset(): void {
    this.#spent = [];
  }
}
