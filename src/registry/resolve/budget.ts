/** Steps until the resolver gives up: some seconds of a slow machine. */
export const DEFAULT_BUDGET = 20_000_000;

/** Thrown by `spend`, caught in `resolve`; never leaves this folder. */
export class BudgetSpent extends Error {}

/**
 * Counts work, not time, so that one problem has one answer on every machine. Whatever hostile metadata can make long is paid
 * for here.
 */
export class Budget {
  readonly total: number;
  #left: number;

  constructor(total: number) {
    this.total = total;
    this.#left = total;
  }

  get spent(): number {
    return this.total - this.#left;
  }

  /** @throws BudgetSpent */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new BudgetSpent();
  }
}
