/**
 * Reads the values that WebAssembly's binary format is made of. Guarantees bounded work and no read past the end, whatever the
 * bytes are; nothing is compiled. Trusts nothing of the input: what is malformed is a MalformedBinary.
 */
export class MalformedBinary extends Error {
  override readonly name = 'MalformedBinary';
}

const MAX_U32 = 0xffff_ffff;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A position in bytes that only moves forward. */
export class Cursor {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new MalformedBinary('it ends too early');
    this.at += 1;
    return byte;
  }

  /** An index or a length: an unsigned LEB128 of 32 bits. */
  u32(): number {
    const value = this.#leb(5);
    if (value > MAX_U32) throw new MalformedBinary('a number is larger than 32 bits');
    return value;
  }

  /** A limit of a memory or table: an unsigned LEB128 of at most 64 bits, exact up to 2^53. */
  unsigned(): number {
    return this.#leb(10);
  }

  #leb(most: number): number {
    let value = 0;
    for (let shift = 0; shift < most * 7; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedBinary('a number is too long');
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new MalformedBinary('it ends too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A name: its length in bytes, then UTF-8. */
  text(): string {
    const bytes = this.take(this.u32());
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new MalformedBinary('a name is not UTF-8', { cause });
    }
  }

  /** A count, then so many items. */
  list<T>(read: () => T): T[] {
    const count = this.u32();
    // Each item takes a byte at least.
    if (count > this.bytes.length - this.at) throw new MalformedBinary('a list is longer than its bytes');
    const items: T[] = [];
    for (let left = count; left > 0; left -= 1) items.push(read());
    return items;
  }

  /** What begins with 0 or 1: none or one. */
  option<T>(read: () => T): T | undefined {
    const flag = this.byte();
    if (flag > 1) throw new MalformedBinary(`an optional item begins with ${flag}`);
    return flag === 0 ? undefined : read();
  }
}
