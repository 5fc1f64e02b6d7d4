/**
 * Strings at the boundary, by the canonical ABI: a BOM is text as any other, bytes that are not UTF-8 are a trap, and a lone
 * surrogate becomes U+FFFD. The bindings use these in place of the web's classes.
 */
import { host } from './host.ts';
import { engine } from './webassembly.ts';

const { fromCharCode } = String;
const PIECE = 8_192;

export class TextDecoder {
  readonly #utf16: boolean;

  constructor(label = 'utf-8') {
    this.#utf16 = label === 'utf-16';
  }

  decode(bytes: Uint8Array | Uint16Array): string {
    // Larger than any message: it could go nowhere, and decoding it takes the memory of several.
    if (bytes.byteLength > host().messageLimit * 4) {
      throw host().tooLarge(`a string of ${bytes.byteLength} bytes is larger than limits.message allows`);
    }
    if (!this.#utf16) return decodeUtf8(bytes as Uint8Array);
    const units =
      bytes instanceof Uint16Array
        ? bytes
        : new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    return usv(fromUnits(units, units.length));
  }
}

export class TextEncoder {
  encode(text: string): Uint8Array {
    return encodeUtf8(text);
  }

  encodeInto(text: string, bytes: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    const room = bytes.length;
    for (; read < text.length && written < room; read += 1, written += 1) {
      const unit = text.charCodeAt(read);
      if (unit >= 0x80) break;
      bytes[written] = unit;
    }
    while (read < text.length) {
      let code = text.charCodeAt(read);
      let units = 1;
      if ((code & 0xf800) === 0xd800) {
        const next = read + 1 < text.length ? text.charCodeAt(read + 1) : 0;
        if (code < 0xdc00 && (next & 0xfc00) === 0xdc00) {
          code = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
          units = 2;
        } else code = 0xfffd;
      }
      const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      if (written + size > room) break;
      if (size === 1) bytes[written] = code;
      else {
        for (let at = size - 1; at > 0; at -= 1) {
          bytes[written + at] = 0x80 | (code & 0x3f);
          code >>= 6;
        }
        bytes[written] = code | (size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0);
      }
      written += size;
      read += units;
    }
    return { read, written };
  }
}

const encoder = new TextEncoder();

export function encodeUtf8(text: string): Uint8Array {
  let ascii = 0;
  while (ascii < text.length && text.charCodeAt(ascii) < 0x80) ascii += 1;
  const bytes = new Uint8Array(ascii + (text.length - ascii) * 3);
  const { written } = encoder.encodeInto(text, bytes);
  return written === bytes.length ? bytes : bytes.slice(0, written);
}

/** Text without lone surrogates. */
export function usv(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** Throws for what is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  const { length } = bytes;
  let at = 0;
  while (at < length && (bytes[at] as number) < 0x80) at += 1;
  if (at === length) return fromUnits(bytes, length);
  const units = new Uint16Array(length);
  for (let ascii = 0; ascii < at; ascii += 1) units[ascii] = bytes[ascii] as number;
  let count = at;
  while (at < length) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      units[count++] = lead;
      at += 1;
      continue;
    }
    const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    let code = lead & (0x7f >> size);
    if (lead < 0xc2 || lead > 0xf4 || at + size > length) throw notUtf8();
    for (let next = 1; next < size; next += 1) {
      const byte = bytes[at + next] as number;
      if ((byte & 0xc0) !== 0x80) throw notUtf8();
      code = (code << 6) | (byte & 0x3f);
    }
    if (code < LEAST[size]! || code > 0x10ffff || (code & 0x1ff800) === 0xd800) throw notUtf8();
    if (code < 0x10000) units[count++] = code;
    else {
      units[count++] = 0xd800 + ((code - 0x10000) >> 10);
      units[count++] = 0xdc00 + (code & 0x3ff);
    }
    at += size;
  }
  return fromUnits(units, count);
}

/** The least code point that takes so many bytes: an overlong form is not UTF-8. */
const LEAST: readonly number[] = [0, 0, 0x80, 0x800, 0x10000];

function fromUnits(units: Uint8Array | Uint16Array, count: number): string {
  if (count <= PIECE) return fromCharCode.apply(null, units.subarray(0, count) as never);
  let text = '';
  for (let at = 0; at < count; at += PIECE) {
    text += fromCharCode.apply(null, units.subarray(at, Math.min(count, at + PIECE)) as never);
  }
  return text;
}

function notUtf8(): Error {
  return new engine.RuntimeError('a string is not UTF-8');
}
