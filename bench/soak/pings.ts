import { setTimeout as sleep } from 'node:timers/promises';
import type { PluginManager } from '../../src/index.ts';

const EVERY = 100;

/** Asks some plugins the same thing over and over: how long was each without an answer? */
export class Pings {
  readonly #manager: PluginManager;
  readonly #last: Map<string, number>;
  readonly #onOut: (name: string, ms: number) => void;
  #worst = 0;
  #ended = false;
  readonly wrong: string[] = [];

  /** `onOut`: told of each time without an answer that was longer than half a second. */
  constructor(
    manager: PluginManager,
    names: readonly string[],
    onOut: (name: string, ms: number) => void = () => undefined,
  ) {
    this.#manager = manager;
    this.#onOut = onOut;
    this.#last = new Map(names.map((name) => [name, performance.now()]));
    for (const name of names) void this.#ask(name);
  }

  /** Milliseconds, of the one that was out longest since the last question. */
  worst(): number {
    const now = performance.now();
    const worst = Math.max(this.#worst, ...[...this.#last.values()].map((at) => now - at));
    this.#worst = 0;
    return worst;
  }

  stop(): void {
    this.#ended = true;
  }

  async #ask(name: string): Promise<void> {
    for (let turn = 0; !this.#ended; turn += 1) {
      try {
        const answer = await this.#manager.call(name, 'add', [turn, 1]);
        const now = performance.now();
        const out = now - (this.#last.get(name) ?? now);
        this.#worst = Math.max(this.#worst, out);
        if (out > 500) this.#onOut(name, Math.round(out));
        this.#last.set(name, now);
        if (answer !== turn + 1) this.wrong.push(`${name} answered ${JSON.stringify(answer)}`);
      } catch {
        // Out: the time until its next answer counts.
      }
      await sleep(EVERY);
    }
  }
}
