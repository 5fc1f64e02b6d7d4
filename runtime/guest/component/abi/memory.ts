/**
 * One linear memory of a component, and strings in it. Guarantees that nothing outside of it is read or written, whatever address
 * and length the component gives. Trusts neither of them, nor what its `realloc` answers.
 */
import { host } from '../host.ts';
import { decodeUtf8, encodeUtf8, usv } from '../text.ts';
import type { CoreFunction, LinearMemory } from '../webassembly.ts';
import { transcoder, type Transcoder } from './transcoder.ts';
import { trap } from './trap.ts';

/** Characters, and bytes, that the transcoder takes at once: its buffer is twice as long in bytes, and stays. */
const CHUNK = 16_384;

export class Memory {
  readonly #memory: LinearMemory;
  readonly #transcoder: Transcoder | undefined;
  #bytes: Uint8Array;
  #view: DataView;
  /** Bytes, or for UTF-16 units, of the string that was stored last. */
  stored = 0;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
    this.#transcoder = transcoder(memory);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  get bytes(): Uint8Array {
    // Growing detaches the buffer; an empty memory has none to detach.
    if (this.#bytes.length === 0) this.#renew();
    return this.#bytes;
  }

  get view(): DataView {
    if (this.#bytes.length === 0) this.#renew();
    return this.#view;
  }

  #renew(): void {
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#view = new DataView(this.#memory.buffer);
  }

  /** Traps unless so many bytes from there on are inside, and it is aligned. */
  check(at: number, size: number, align: number): void {
    if (at + size > this.bytes.length) trap('memory access out of bounds');
    if (at % align !== 0) trap(`the address ${at} is not aligned to ${align}`);
  }

  /** New bytes of the component's, checked. */
  allocate(realloc: CoreFunction, align: number, size: number): number {
    const at = (realloc(0, 0, align, size) as number) >>> 0;
    this.check(at, size, align);
    return at;
  }

  loadUtf8(at: number, size: number): string {
    this.#checkText(at, size);
    const read = this.#transcoder?.read;
    if (read === undefined) return decodeUtf8(this.bytes.subarray(at, at + size));
    if (size <= CHUNK) return read(at, size) ?? notUtf8();
    const end = at + size;
    let text = '';
    for (let from = at; from < end;) {
      let to = Math.min(end, from + CHUNK);
      // No character is cut: three bytes at most continue one.
      for (let back = 0; back < 3 && to < end && ((this.#bytes[to] as number) & 0xc0) === 0x80; back += 1) to -= 1;
      text += read(from, to - from) ?? notUtf8();
      from = to;
    }
    return text;
  }

  /** Its address; `stored` is its length. */
  storeUtf8(text: string, realloc: CoreFunction): number {
    const { length } = text;
    this.stored = 0;
    if (length === 0) return 1;
    const encoder = this.#transcoder;
    if (encoder === undefined) {
      const bytes = encodeUtf8(text);
      const at = this.allocate(realloc, 1, bytes.length);
      this.bytes.set(bytes, at);
      this.stored = bytes.length;
      return at;
    }
    if (length <= CHUNK) {
      const size = encoder.measure(text, length);
      const at = this.allocate(realloc, 1, size);
      encoder.write(at, length);
      this.stored = size;
      return at;
    }
    let size = 0;
    for (const piece of pieces(text)) size += encoder.measure(piece, piece.length);
    const at = this.allocate(realloc, 1, size);
    let to = at;
    for (const piece of pieces(text)) {
      encoder.take(piece, piece.length);
      to = encoder.write(to, piece.length) >>> 0;
    }
    this.stored = size;
    return at;
  }

  loadUtf16(at: number, units: number): string {
    this.#checkText(at, units * 2);
    if (at % 2 !== 0) trap(`the address ${at} is not aligned to 2`);
    const all = new Uint16Array(this.bytes.buffer, at, units);
    let text = '';
    for (let from = 0; from < units; from += PIECE) {
      text += String.fromCharCode.apply(null, all.subarray(from, from + PIECE) as never);
    }
    return usv(text);
  }

  storeUtf16(given: string, realloc: CoreFunction): number {
    const text = usv(given);
    const { length } = text;
    const at = this.allocate(realloc, 2, length * 2);
    const units = new Uint16Array(this.bytes.buffer, at, length);
    for (let index = 0; index < length; index += 1) units[index] = text.charCodeAt(index);
    this.stored = length;
    return at;
  }

  #checkText(at: number, size: number): void {
    this.check(at, size, 1);
    // Larger than any message: it could go nowhere, and decoding it takes the memory of several.
    if (size > host().messageLimit * 4) {
      throw host().tooLarge(`a string of ${size} bytes is larger than limits.message allows`);
    }
  }
}

const PIECE = 8_192;

/** No pair of surrogates is cut. */
function* pieces(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + CHUNK);
    if (to < text.length && (text.charCodeAt(to - 1) & 0xfc00) === 0xd800) to -= 1;
    yield text.slice(from, to);
    from = to;
  }
}

function notUtf8(): never {
  return trap('a string is not UTF-8');
}
