/** Events that may wait for one subscriber. */
export const EVENT_QUEUE = 1_000;

/**
 * The events of one subscriber: handled in order, one at a time, each at most once. When `capacity` wait, the newest is
 * dropped and counted, so a subscriber that never keeps up costs a bounded amount of memory and delays nobody else.
 */
export class EventQueue<Event> {
  readonly #deliver: (event: Event) => unknown;
  readonly #failed: (error: unknown, event: Event) => void;
  readonly #capacity: number;
  readonly #idle: (() => void)[] = [];
  #events: Event[] = [];
  #head = 0;
  #busy = false;
  #dropped = 0;
  #delivered = 0;

  /** `failed` is told of each event whose delivery threw or rejected; it must not throw. */
  constructor(
    deliver: (event: Event) => unknown,
    failed: (error: unknown, event: Event) => void,
    capacity: number = EVENT_QUEUE,
  ) {
    this.#deliver = deliver;
    this.#failed = failed;
    this.#capacity = capacity;
  }

  get waiting(): number {
    return this.#events.length - this.#head;
  }

  /** Events lost because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Events whose delivery ended, well or not. */
  get delivered(): number {
    return this.#delivered;
  }

  /** False when the queue is full and the event was dropped. */
  push(event: Event): boolean {
    if (this.waiting >= this.#capacity) {
      this.#dropped += 1;
      return false;
    }
    this.#events.push(event);
    if (!this.#busy) void this.#work();
    return true;
  }

  /** Forgets what waits; the handler that runs goes on. */
  clear(): void {
    this.#events = [];
    this.#head = 0;
  }

  /** Resolves once nothing waits and no handler runs. */
  idle(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.waiting > 0) {
      const event = this.#events[this.#head] as Event;
      this.#head += 1;
      if (this.#head > 512 && this.#head * 2 > this.#events.length) this.#compact();
      try {
        await this.#deliver(event);
      } catch (error) {
        this.#failed(error, event);
      }
      this.#delivered += 1;
    }
    this.clear();
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #compact(): void {
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }
}
