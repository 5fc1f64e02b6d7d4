import { MalformedValue } from '../protocol/decode.ts';
import { STREAM_WINDOW } from '../protocol/limits.ts';
import { FRAME } from '../protocol/messages.ts';
import type { Channel } from './channel.ts';

/** A body of the guest as a stream of the host; the guest never has more under way than it was given credit for. */
export class BodyReceiver {
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** Bytes the guest may still send. */
  #credit = STREAM_WINDOW;
  #done = false;
  readonly #tell: (kind: number, text: string) => void;

  constructor(channel: Channel, plugin: number, id: number) {
    this.#tell = (kind, text) => channel.send(kind, plugin, id, text);
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#giveCredit(),
        cancel: () => this.cancel(),
      },
      { highWaterMark: STREAM_WINDOW, size: (chunk) => chunk.length },
    );
  }

  push(chunk: Uint8Array): void {
    if (this.#done) return;
    this.#credit -= chunk.length;
    if (this.#credit < 0) throw new MalformedValue('a stream sent more than it was given credit for');
    this.#controller.enqueue(chunk);
  }

  end(): void {
    if (this.#done) return;
    this.#done = true;
    this.#controller.close();
  }

  fail(reason: Error): void {
    if (this.#done) return;
    this.#done = true;
    this.#controller.error(reason);
  }

  /** The host wants no more. */
  cancel(): void {
    if (this.#done) return;
    this.#done = true;
    this.#tell(FRAME.cancel, '');
  }

  #giveCredit(): void {
    if (this.#done) return;
    const room = Math.max(0, this.#controller.desiredSize ?? 0) - this.#credit;
    if (room < STREAM_WINDOW / 4) return;
    this.#credit += room;
    this.#tell(FRAME.credit, String(room));
  }
}
