import { readFileSync } from 'node:fs';

const TICK = 10;

/**
 * How long the loop of this process did not turn. What the kernel kept its thread waiting for a processor is taken off (schedstat,
 * Linux): on a busy machine that is the others' doing.
 */
export class LoopWatch {
  readonly #ticker: NodeJS.Timeout;
  #last = sample();
  #worst = 0;

  constructor() {
    this.#ticker = setInterval(() => this.#tick(), TICK);
    this.#ticker.unref();
  }

  /** Milliseconds: the longest since the last question. */
  worst(): number {
    this.#tick();
    const worst = this.#worst;
    this.#worst = 0;
    return worst;
  }

  /** What was under way until now is not the host's doing. */
  skip(): void {
    this.#last = sample();
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  #tick(): void {
    const now = sample();
    this.#worst = Math.max(this.#worst, now.at - this.#last.at - (now.waited - this.#last.waited) - TICK);
    this.#last = now;
  }
}

function sample(): { at: number; waited: number } {
  return { at: performance.now(), waited: waited() };
}

function waited(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1]) / 1e6;
}
