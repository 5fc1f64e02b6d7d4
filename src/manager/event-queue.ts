/** Events that may wait for one subscriber, and the bytes they may take together. */
export const EVENT_QUEUE = 1_000;
export const EVENT_QUEUE_BYTES = 8 * 1024 * 1024;

/** Events handed over at a time, and the bytes they may take together. */
const MAX_BATCH = 256;
const MAX_BATCH_BYTES = 256 * 1024;

/**
 * Handles events in their order, one at a time. It tells of each, in that order, once it is handled, and begins no other
 * when the signal is aborted. Rejects with what the first it did not tell of failed with; those after it are handed over again.
 */
export type Deliver<Event> = (
  events: readonly Event[],
  handled: (error?: unknown) => void,
  signal: AbortSignal,
) => Promise<unknown>;

/**
 * The events of one subscriber: handled in order, one at a time, each at most once. When `capacity` or EVENT_QUEUE_BYTES wait, the newest is
 * dropped and counted, so a subscriber that never keeps up costs a bounded amount of memory and delays nobody else.
 */
export class EventQueue<Event> {
  readonly #deliver: Deliver<Event>;
  readonly #failed: (error: unknown, event: Event) => void;
  readonly #capacity: number;
  readonly #idle: (() => void)[] = [];
  #events: Event[] = [];
  /** Of each event, about what it takes in memory. */
  #sizes: number[] = [];
  #bytes = 0;
  #handled = 0;
  #busy = false;
  #abort: AbortController | undefined;
  #dropped = 0;
  #delivered = 0;

  /** `failed` is told of each event whose delivery threw or rejected; it must not throw. */
  constructor(deliver: Deliver<Event>, failed: (error: unknown, event: Event) => void, capacity: number = EVENT_QUEUE) {
    this.#deliver = deliver;
    this.#failed = failed;
    this.#capacity = capacity;
  }

  /** Beside the one that is being handled. */
  get waiting(): number {
    return Math.max(0, this.#events.length - this.#handled - 1);
  }

  /** Events lost because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Events whose delivery ended, well or not. */
  get delivered(): number {
    return this.#delivered;
  }

  /** `bytes`: about what it takes in memory. False when the queue is full and the event was dropped. What is pushed in one turn is handed over together. */
  push(event: Event, bytes = 0): boolean {
    const tooMuch = this.#events.length > 0 && this.#bytes + bytes > EVENT_QUEUE_BYTES;
    if (tooMuch || this.waiting >= this.#capacity) {
      this.#dropped += 1;
      return false;
    }
    this.#events.push(event);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    if (!this.#busy) {
      this.#busy = true;
      queueMicrotask(() => void this.#work());
    }
    return true;
  }

  /** Forgets what waits; the handler that runs goes on. */
  clear(): void {
    this.#events = [];
    this.#sizes = [];
    this.#bytes = 0;
    this.#handled = 0;
    this.#abort?.abort();
  }

  /** Resolves once nothing waits and no handler runs. */
  idle(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #work(): Promise<void> {
    while (this.#events.length > 0) await this.#turn();
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #turn(): Promise<void> {
    const events = this.#events;
    const batch = events.slice(0, this.#batchLength());
    let done = 0;
    const handled = (error?: unknown): void => {
      if (done === batch.length) return;
      const event = batch[done] as Event;
      done += 1;
      this.#delivered += 1;
      if (this.#events === events) this.#handled = done;
      if (error !== undefined) this.#failed(error, event);
    };
    const { signal } = (this.#abort = new AbortController());
    try {
      await this.#deliver(batch, handled, signal);
      done = batch.length;
    } catch (error) {
      if (!signal.aborted) handled(error);
    }
    // Cleared meanwhile: what came since then is another list.
    if (this.#events !== events) return;
    this.#events = events.slice(done);
    for (const bytes of this.#sizes.splice(0, done)) this.#bytes -= bytes;
    this.#handled = 0;
  }

  /** At least one, however large. */
  #batchLength(): number {
    let bytes = 0;
    for (const [index, size] of this.#sizes.entries()) {
      bytes += size;
      if (index === MAX_BATCH || (index > 0 && bytes > MAX_BATCH_BYTES)) return index;
    }
    return this.#sizes.length;
  }
}

/** Of a handler of this process. */
export function oneByOne<Event>(handle: (event: Event) => unknown): Deliver<Event> {
  return async (events, handled, signal) => {
    for (const event of events) {
      if (signal.aborted) return;
      try {
        await handle(event);
      } catch (error) {
        handled(error);
        continue;
      }
      handled();
    }
  };
}
