import { createWriteStream, type WriteStream } from 'node:fs';

/** `--trace FILE`: what happened when, one JSON object a line. Without it, nothing is written. */
export class Trace {
  readonly #out: WriteStream | undefined;

  #closed = false;

  constructor(file: string | undefined) {
    this.#out = file === undefined ? undefined : createWriteStream(file);
  }

  say(kind: string, data: object): void {
    if (!this.#closed) this.#out?.write(`${JSON.stringify({ at: Math.round(performance.now()), kind, ...data })}\n`);
  }

  close(): void {
    this.#out?.end();
    this.#closed = true;
  }
}
