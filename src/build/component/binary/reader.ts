/** Reads the values that WebAssembly's binary format is made of. Throws Unplanned for what goes past the end or its bounds. */

/** The bytes hold something the plan has no form for: jco's own bindings are used. */
export class Unplanned extends Error {}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Reader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  byte(): number {
    if (this.#at >= this.#end) throw new Unplanned('it ends early');
    return this.#bytes[this.#at++] as number;
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new Unplanned('a number is larger than 32 bits');
  }

  name(): string {
    const bytes = this.take(this.u32());
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new Unplanned('a name is not UTF-8', { cause });
    }
  }

  take(length: number): Uint8Array {
    if (length > this.#end - this.#at) throw new Unplanned('it ends early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.take(this.#end - this.#at);
  }

  /** A reader of the next so many bytes. */
  part(length: number): Reader {
    this.take(length);
    return new Reader(this.#bytes, this.#at - length, this.#at);
  }

  list<T>(read: () => T): T[] {
    const count = this.u32();
    // Each item takes a byte at least.
    if (count > this.#end - this.#at) throw new Unplanned('a list is longer than its bytes');
    return Array.from({ length: count }, read);
  }

  /** What begins with 0 or 1: none or one. */
  option<T>(read: () => T): T | null {
    const flag = this.byte();
    if (flag === 0) return null;
    if (flag !== 1) throw new Unplanned(`an optional item begins with ${flag}`);
    return read();
  }
}
