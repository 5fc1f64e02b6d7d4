import { type DecoderOptions, TextDecoder } from './encoding.ts';
import { expose, text } from './idl.ts';
import { charCodeAt, isBufferSource, PrimordialTypeError, slice } from './primordials.ts';
import { TransformStream } from './streams.ts';
import { encodeUtf8 } from './utf8.ts';

export class TextEncoderStream {
  readonly #transform: TransformStream<unknown, Uint8Array>;
  constructor() {
    // A high surrogate at the end of a chunk waits for its other half.
    let pending = '';
    this.#transform = new TransformStream<unknown, Uint8Array>({
      transform(chunk, controller) {
        let input = pending + text(chunk);
        pending = '';
        const last = input.length === 0 ? 0 : charCodeAt(input, input.length - 1);
        if (last >= 0xd800 && last <= 0xdbff) {
          pending = slice(input, -1);
          input = slice(input, 0, -1);
        }
        if (input !== '') controller.enqueue(encodeUtf8(input));
      },
      flush(controller) {
        if (pending !== '') controller.enqueue(encodeUtf8(pending));
      },
    });
  }
  get encoding(): string {
    return 'utf-8';
  }
  get readable(): unknown {
    return this.#transform.readable;
  }
  get writable(): unknown {
    return this.#transform.writable;
  }
}
expose(TextEncoderStream, 'TextEncoderStream');

export class TextDecoderStream {
  readonly #decoder: TextDecoder;
  readonly #transform: TransformStream<unknown, string>;
  constructor(label?: unknown, options?: DecoderOptions) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#transform = new TransformStream<unknown, string>({
      transform(chunk, controller) {
        if (!isBufferSource(chunk)) throw new PrimordialTypeError('TextDecoderStream: a chunk must be bytes');
        const decoded = decoder.decode(chunk, { stream: true });
        if (decoded !== '') controller.enqueue(decoded);
      },
      flush(controller) {
        const decoded = decoder.decode();
        if (decoded !== '') controller.enqueue(decoded);
      },
    });
  }
  get encoding(): string {
    return this.#decoder.encoding;
  }
  get fatal(): boolean {
    return this.#decoder.fatal;
  }
  get ignoreBOM(): boolean {
    return this.#decoder.ignoreBOM;
  }
  get readable(): unknown {
    return this.#transform.readable;
  }
  get writable(): unknown {
    return this.#transform.writable;
  }
}
expose(TextDecoderStream, 'TextDecoderStream');
