import { STREAM_CHUNK, STREAM_WINDOW } from '../protocol/limits.ts';
import { FRAME, type WireFailure } from '../protocol/messages.ts';
import type { Channel } from './channel.ts';

export interface BodyOwner {
  /** Called once: the body has ended, failed, or is not wanted any more. */
  done(): void;
  /** What the guest is told of an error of the body. */
  failure(error: unknown): WireFailure;
}

/** Sends a response's body to the guest, no further than the guest has given credit for. */
export class BodySender {
  readonly #channel: Channel;
  readonly #plugin: number;
  readonly #id: number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #owner: BodyOwner;
  #credit = STREAM_WINDOW;
  #wake: (() => void) | undefined;
  #done = false;

  constructor(channel: Channel, plugin: number, id: number, body: ReadableStream<Uint8Array>, owner: BodyOwner) {
    this.#channel = channel;
    this.#plugin = plugin;
    this.#id = id;
    this.#reader = body.getReader();
    this.#owner = owner;
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
    } catch (error) {
      if (this.#done) return;
      this.#send(FRAME.fail, JSON.stringify(this.#owner.failure(error)));
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
    this.#owner.done();
  }
}

/** Cancelling tells the source; what it makes of that concerns nobody here. */
function ignoreSource(): void {
  return;
}
