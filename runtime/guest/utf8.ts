import { stringCharCodeAt, primordialUint8Array } from './primordials.ts';

/** UTF-8 of a string; lone surrogates become U+FFFD. */
export function utf8(text: string): Uint8Array {
  const buffer = new primordialUint8Array(text.length * 3);
  let at = 0;
  for (let index = 0; index < text.length; index += 1) {
    let point = stringCharCodeAt(text, index);
    if (point >= 0xd800 && point < 0xe000) {
      const next = point < 0xdc00 && index + 1 < text.length ? stringCharCodeAt(text, index + 1) : 0;
      if (next >= 0xdc00 && next < 0xe000) {
        point = 0x10000 + ((point - 0xd800) << 10) + (next - 0xdc00);
        index += 1;
      } else point = 0xfffd;
    }
    if (point < 0x80) buffer[at++] = point;
    else if (point < 0x800) {
      buffer[at++] = 0xc0 | (point >> 6);
      buffer[at++] = 0x80 | (point & 63);
    } else if (point < 0x10000) {
      buffer[at++] = 0xe0 | (point >> 12);
      buffer[at++] = 0x80 | ((point >> 6) & 63);
      buffer[at++] = 0x80 | (point & 63);
    } else {
      buffer[at++] = 0xf0 | (point >> 18);
      buffer[at++] = 0x80 | ((point >> 12) & 63);
      buffer[at++] = 0x80 | ((point >> 6) & 63);
      buffer[at++] = 0x80 | (point & 63);
    }
  }
  return new primordialUint8Array(buffer.subarray(0, at));
}
