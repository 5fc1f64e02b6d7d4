import { expose, usv } from './idl.ts';
import { native } from './native.ts';
import {
  PrimordialTypeError,
  PrimordialUint8Array,
  bytesOf,
  charCodeAt,
  copyBytes,
  isBufferSource,
  setBytes,
  slice,
  subarray,
  typedArrayTag,
} from './primordials.ts';
import { decodeUtf8, encodeInto, encodeUtf8, incompleteTail } from './utf8.ts';

/** Below this the guest does the work itself; above, the way to the runtime process is cheaper. */
const NATIVE_FROM = 16_384;

export class TextEncoder {
  get encoding(): string {
    return 'utf-8';
  }
  encode(input: unknown = ''): Uint8Array<ArrayBuffer> {
    const text = usv(input);
    if (text.length < NATIVE_FROM) return encodeUtf8(text);
    return native('text.encode', text) as Uint8Array<ArrayBuffer>;
  }
  encodeInto(source: unknown, destination: Uint8Array): { read: number; written: number } {
    if (typedArrayTag(destination) !== 'Uint8Array') {
      throw new PrimordialTypeError('TextEncoder.encodeInto: the destination must be a Uint8Array');
    }
    return encodeInto(usv(source), destination);
  }
}
expose(TextEncoder, 'TextEncoder');

export interface DecoderOptions {
  fatal?: boolean;
  ignoreBOM?: boolean;
}

export class TextDecoder {
  readonly #encoding: string;
  readonly #fatal: boolean;
  readonly #ignoreBOM: boolean;
  /** Bytes of a sequence that is not complete yet; only while streaming. */
  #tail: Uint8Array<ArrayBuffer> = new PrimordialUint8Array(0);
  #streaming = false;
  #bomSeen = false;

  constructor(label: unknown = 'utf-8', options: DecoderOptions = {}) {
    const name = usv(label);
    this.#encoding = name === 'utf-8' || name === 'utf8' ? 'utf-8' : (native('text.label', name) as string);
    const given = options ?? {};
    this.#fatal = Boolean(given.fatal);
    this.#ignoreBOM = Boolean(given.ignoreBOM);
  }

  get encoding(): string {
    return this.#encoding;
  }
  get fatal(): boolean {
    return this.#fatal;
  }
  get ignoreBOM(): boolean {
    return this.#ignoreBOM;
  }

  decode(input: unknown = new PrimordialUint8Array(0), options: { stream?: boolean } = {}): string {
    if (!isBufferSource(input)) {
      throw new PrimordialTypeError('TextDecoder.decode: the input must be an ArrayBuffer or a view of one');
    }
    const stream = Boolean(options?.stream);
    if (!this.#streaming) this.#bomSeen = false;
    this.#streaming = stream;
    const bytes = this.#tail.length === 0 ? bytesOf(input) : concat([this.#tail, bytesOf(input)]);
    const keep = stream ? this.#pending(bytes) : 0;
    const whole = keep === 0 ? bytes : subarray(bytes, 0, bytes.length - keep);
    this.#tail = keep === 0 ? new PrimordialUint8Array(0) : copyBytes(subarray(bytes, bytes.length - keep));
    let text: string;
    try {
      text = this.#whole(whole);
    } catch (error) {
      this.#tail = new PrimordialUint8Array(0);
      this.#streaming = false;
      throw error;
    }
    if (text.length > 0 && !this.#bomSeen) {
      this.#bomSeen = true;
      const marked = this.#encoding === 'utf-8' || this.#encoding === 'utf-16le' || this.#encoding === 'utf-16be';
      if (marked && !this.#ignoreBOM && charCodeAt(text, 0) === 0xfeff) return slice(text, 1);
    }
    return text;
  }

  #whole(bytes: Uint8Array): string {
    if (this.#encoding === 'utf-8' && bytes.length < NATIVE_FROM) {
      const text = decodeUtf8(bytes, this.#fatal);
      if (text === undefined) throw encodingError(this.#encoding);
      return text;
    }
    return native('text.decode', this.#encoding, this.#fatal, bytes) as string;
  }

  #pending(bytes: Uint8Array): number {
    if (this.#encoding === 'utf-8') return incompleteTail(bytes);
    return native('text.pending', this.#encoding, bytes) as number;
  }
}
expose(TextDecoder, 'TextDecoder');

function encodingError(encoding: string): TypeError {
  return Object.assign(new PrimordialTypeError(`The encoded data was not valid for encoding ${encoding}`), {
    code: 'ERR_ENCODING_INVALID_ENCODED_DATA',
  });
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (let index = 0; index < parts.length; index++) size += (parts[index] as Uint8Array).length;
  const all = new PrimordialUint8Array(size);
  let at = 0;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as Uint8Array;
    setBytes(all, part, at);
    at += part.length;
  }
  return all;
}
