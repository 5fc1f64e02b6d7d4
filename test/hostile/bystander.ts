import type { PluginManager } from '../../src/manager/manager.ts';

const INTERVAL = 100;
/** Milliseconds for which the bystander may be out, and what a noisy machine adds to any answer. */
export const MAX_OUTAGE = 2_000;

/** Pings the bystander each 100 ms: it may fail while its process is replaced, but it is never wrong and soon back. */
export class BystanderWatch {
  readonly #manager: PluginManager;
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  #unansweredSince: number | undefined;
  #outage = 0;
  #answers = 0;
  readonly #wrong: string[] = [];
  readonly #pings = new Set<Promise<void>>();

  constructor(manager: PluginManager) {
    this.#manager = manager;
  }

  begin(): void {
    this.#outage = 0;
    this.#answers = 0;
    this.#wrong.length = 0;
    this.#unansweredSince = undefined;
    this.#timer = setInterval(() => this.#send(), INTERVAL);
    this.#send();
  }

  /** Waits for an answer that was asked for now, then says what was wrong. `stolen`: what the machine took meanwhile, in ms. */
  async end(stolen: () => number): Promise<string[]> {
    const asked = this.#answers + this.#pings.size;
    const late = Date.now() + MAX_OUTAGE * 3;
    while (this.#answers <= asked && Date.now() < late) await new Promise((resolve) => setTimeout(resolve, 20));
    clearInterval(this.#timer);
    const down = this.#unansweredSince === undefined ? 0 : Date.now() - this.#unansweredSince;
    await Promise.all(this.#pings);
    const outage = Math.max(this.#outage, down);
    const slack = stolen();
    return [
      ...this.#wrong,
      ...(outage > MAX_OUTAGE + slack ? [`the bystander was out for ${outage} ms (the machine: ${slack} ms)`] : []),
    ];
  }

  #send(): void {
    const turn = (this.#turn += 1);
    const sent = Date.now();
    const ping = this.#ping(turn, sent).finally(() => this.#pings.delete(ping));
    this.#pings.add(ping);
  }

  async #ping(turn: number, sent: number): Promise<void> {
    try {
      const answer = await this.#manager.call('bystander', 'ping', [turn], { timeout: MAX_OUTAGE });
      if (answer !== `pong ${turn}`) this.#wrong.push(`the bystander answered ${JSON.stringify(answer)} to ${turn}`);
      this.#answers += 1;
      this.#outage = Math.max(this.#outage, Date.now() - Math.min(sent, this.#unansweredSince ?? sent));
      if (this.#unansweredSince !== undefined && sent >= this.#unansweredSince) this.#unansweredSince = undefined;
    } catch {
      this.#unansweredSince = Math.min(this.#unansweredSince ?? sent, sent);
    }
  }
}
