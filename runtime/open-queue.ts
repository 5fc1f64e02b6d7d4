import type { Frame } from '../src/protocol/frames.ts';

/**
 * Opens plugins one in a turn of the loop: an isolate is made on this thread, and what those before it have finished on
 * theirs is taken up between two of them instead of after the last.
 */
export class OpenQueue {
  readonly #open: (frame: Frame) => void;
  readonly #waiting = new Map<number, Frame>();
  #scheduled = false;

  constructor(open: (frame: Frame) => void) {
    this.#open = open;
  }

  push(frame: Frame): void {
    this.#waiting.set(frame.plugin, frame);
    this.#schedule();
  }

  /** False: it does not wait here. */
  drop(plugin: number): boolean {
    return this.#waiting.delete(plugin);
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#scheduled = false;
    for (const [plugin, frame] of this.#waiting) {
      this.#waiting.delete(plugin);
      this.#open(frame);
      break;
    }
    this.#schedule();
  };
}
