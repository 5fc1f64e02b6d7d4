import { PrimordialUint8Array, charCodeAt, copyBytes, fromCharCode, slice, subarray } from './primordials.ts';

/** Bytes of well-formed or ill-formed text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  let ascii = 0;
  while (ascii < text.length && charCodeAt(text, ascii) < 0x80) ascii++;
  const bytes = new PrimordialUint8Array(ascii === text.length ? ascii : ascii + (text.length - ascii) * 3);
  const { written } = encodeInto(text, bytes);
  if (written === bytes.length) return bytes;
  return copyBytes(subarray(bytes, 0, written));
}

/** Writes whole code points as long as there is room. `read` counts UTF-16 code units. */
export function encodeInto(text: string, bytes: Uint8Array): { read: number; written: number } {
  const room = bytes.length;
  let read = 0;
  let written = 0;
  while (read < text.length) {
    let code = charCodeAt(text, read);
    let units = 1;
    if ((code & 0xf800) === 0xd800) {
      const next = read + 1 < text.length ? charCodeAt(text, read + 1) : 0;
      if (code < 0xdc00 && (next & 0xfc00) === 0xdc00) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
        units = 2;
      } else code = 0xfffd;
    }
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (written + size > room) break;
    if (size === 1) bytes[written] = code;
    else {
      for (let at = size - 1; at > 0; at--) {
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

/**
 * How many bytes at the end are the beginning of a sequence that more bytes could complete (0 to 3): what a streaming
 * decoder keeps back.
 */
export function incompleteTail(bytes: Uint8Array): number {
  const end = bytes.length;
  for (let back = 1; back <= 3 && back <= end; back++) {
    const lead = bytes[end - back] as number;
    if ((lead & 0xc0) === 0x80) continue;
    const size =
      lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
    if (size <= back) return 0;
    if (back >= 2 && !secondFits(lead, bytes[end - back + 1] as number)) return 0;
    return back;
  }
  return 0;
}

function secondFits(lead: number, second: number): boolean {
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}

/** The WHATWG decoder for whole input, no BOM handling. Undefined where `fatal` and the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, fatal: boolean): string | undefined {
  let output = '';
  let units: number[] = [];
  const end = bytes.length;
  for (let at = 0; at < end;) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      units[units.length] = lead;
      at++;
    } else {
      const size =
        lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
      let good = size === 0 ? 0 : 1;
      let code = size === 2 ? lead & 0x1f : size === 3 ? lead & 0x0f : lead & 0x07;
      while (good > 0 && good < size && at + good < end) {
        const byte = bytes[at + good] as number;
        if (good === 1 ? !secondFits(lead, byte) : (byte & 0xc0) !== 0x80) break;
        code = (code << 6) | (byte & 0x3f);
        good++;
      }
      if (size !== 0 && good === size) {
        if (code >= 0x10000) {
          units[units.length] = 0xd800 + ((code - 0x10000) >> 10);
          units[units.length] = 0xdc00 + (code & 0x3ff);
        } else units[units.length] = code;
      } else {
        if (fatal) return undefined;
        units[units.length] = 0xfffd;
      }
      at += good === 0 ? 1 : good;
    }
    if (units.length >= 4096) {
      output += fromCharCode(...units);
      units = [];
    }
  }
  return output + fromCharCode(...units);
}

/** Whole well-formed text that this realm wrote itself. */
export function utf8Text(bytes: Uint8Array): string {
  const decoded = decodeUtf8(bytes, false) as string;
  return charCodeAt(decoded, 0) === 0xfeff ? slice(decoded, 1) : decoded;
}
