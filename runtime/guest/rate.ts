import { dateNow } from './primordials.ts';

/** A second's worth of tokens, refilled each second; the clock may be replaced by no plugin. */
export class Rate {
  readonly #perSecond: number;
  #window = 0;
  #used = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  take(): boolean {
    const window = dateNow();
    if (window - this.#window >= 1_000 || window < this.#window) {
      this.#window = window;
      this.#used = 0;
    }
    this.#used += 1;
    return this.#used <= this.#perSecond;
  }
}
