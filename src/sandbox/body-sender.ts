import { STREAM_CHUNK, STREAM_WINDOW } from '../protocol/limits.ts';
import { FRAME } from '../protocol/messages.ts';
import type { Channel } from './channel.ts';

/** Sends a response's body to the guest, no further than the guest has given credit for. */
export class BodySender {
  readonly #channel: Channel;
  readonly #plugin: number;
  readonly #id: number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #onDone: () => void;
  #credit = STREAM_WINDOW;
  #wake: (() => void) | undefined;
  #done = false;

  constructor(channel: Channel, plugin: number, id: number, body: ReadableStream<Uint8Array>, onDone: () => void) {
    this.#channel = channel;
    this.#plugin = plugin;
    this.#id = id;
    this.#reader = body.getReader();
    this.#onDone = onDone;
    void this.#run();
  }

  credit(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, STREAM_WINDOW);
    this.#wake?.();
  }

  /** The guest wants no more, or is gone. */
  cancel(): void {
    if (this.#done) return;
    this.#finish();
    this.#wake?.();
    this.#reader.cancel().catch(ignoreSource);
  }

  async #run(): Promise<void> {
    try {
      while (!this.#done) {
        const { value, done } = await this.#reader.read();
        if (this.#done) return;
        if (done) {
          this.#send(FRAME.end, '');
          this.#finish();
          return;
        }
        await this.#sendAll(value);
      }
    } catch {
      if (this.#done) return;
      // What failed is the source of the body: the host knows it, the guest need not.
      this.#send(
        FRAME.fail,
        JSON.stringify({ code: 'ERR_NET', message: 'the body ended before its end', hint: '', data: {} }),
      );
      this.#finish();
    }
  }

  async #sendAll(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#done;) {
      while (this.#credit <= 0 && !this.#done) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      await this.#channel.turn();
      if (this.#done) return;
      const size = Math.min(chunk.length - at, STREAM_CHUNK, this.#credit);
      this.#credit -= size;
      this.#channel.send(FRAME.chunk, this.#plugin, this.#id, undefined, [chunk.slice(at, at + size)]);
      at += size;
    }
  }

  #send(kind: number, text: string): void {
    this.#channel.send(kind, this.#plugin, this.#id, text);
  }

  #finish(): void {
    this.#done = true;
    this.#onDone();
  }
}

/** Cancelling tells the source; what it makes of that concerns nobody here. */
function ignoreSource(): void {
  return;
}
