/**
 * Reads the outermost structure of a WebAssembly binary. Guarantees bounded work and no read past the end, whatever the bytes
 * are; nothing is compiled. Trusts nothing of the input: what is malformed is a MalformedBinary.
 */
export class MalformedBinary extends Error {
  override readonly name = 'MalformedBinary';
}

export interface Section {
  readonly id: number;
  /** Without id and length. */
  readonly bytes: Uint8Array;
  /** Where its id stands. */
  readonly start: number;
  readonly end: number;
}

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

  /** An unsigned LEB128 of at most 64 bits; exact up to 2^53. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
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
    return Buffer.from(this.take(this.unsigned())).toString('utf8');
  }
}

/** `\0asm` */
export function isWasm(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
}

/** Those of a module or a component, in order, without what is nested in them. */
export function* sectionsOf(bytes: Uint8Array): Generator<Section> {
  const cursor = new Cursor(bytes, 8);
  while (!cursor.done) {
    const start = cursor.at;
    const id = cursor.byte();
    const content = cursor.take(cursor.unsigned());
    yield { id, bytes: content, start, end: cursor.at };
  }
}

/** Contents of the outermost custom sections of this name. */
export function customSections(bytes: Uint8Array, name: string): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const section of sectionsOf(bytes)) {
    if (section.id !== 0) continue;
    const cursor = new Cursor(section.bytes);
    if (cursor.text() === name) found.push(section.bytes.subarray(cursor.at));
  }
  return found;
}
