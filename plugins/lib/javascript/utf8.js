// UTF-8 for QuickJS, which has no TextEncoder and no TextDecoder. A byte order mark is text like any other.

/** A lone surrogate becomes U+FFFD. */
export function encode(text) {
  const bytes = new Uint8Array(text.length * 3);
  let used = 0;
  for (let at = 0; at < text.length; at += 1) {
    let code = text.charCodeAt(at);
    if (code < 0x80) {
      bytes[used++] = code;
      continue;
    }
    if (code >> 11 === 0x1b) {
      code = text.codePointAt(at);
      if (code > 0xffff) at += 1;
      else code = 0xfffd;
    }
    if (code < 0x800) bytes[used++] = 0xc0 | (code >> 6);
    else {
      if (code < 0x10000) bytes[used++] = 0xe0 | (code >> 12);
      else {
        bytes[used++] = 0xf0 | (code >> 18);
        bytes[used++] = 0x80 | ((code >> 12) & 63);
      }
      bytes[used++] = 0x80 | ((code >> 6) & 63);
    }
    bytes[used++] = 0x80 | (code & 63);
  }
  return bytes.slice(0, used);
}

/** Each byte that does not belong to valid UTF-8 becomes U+FFFD. */
export function decode(bytes) {
  const parts = [];
  let units = [];
  for (let at = 0; at < bytes.length;) {
    const size = sizeAt(bytes, at);
    let code = size === 1 ? bytes[at] : bytes[at] & (0xff >> (size + 1));
    for (let next = 1; next < size; next += 1) code = (code << 6) | (bytes[at + next] & 63);
    units.push(size === 0 ? 0xfffd : code);
    at += size || 1;
    if (units.length === 4096) {
      parts.push(String.fromCodePoint(...units));
      units = [];
    }
  }
  return parts.join('') + String.fromCodePoint(...units);
}

/** How many bytes the character at `at` has; 0 where it is not valid. */
function sizeAt(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return 1;
  const size = first >= 0xc2 && first < 0xe0 ? 2 : first >> 4 === 0xe ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  for (let next = 1; next < size; next += 1) if (bytes[at + next] >> 6 !== 2) return 0;
  const second = bytes[at + 1];
  // Longer than needed, a surrogate, or past the last character.
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0;
  return size;
}
