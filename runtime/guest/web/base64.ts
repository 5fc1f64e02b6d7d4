import { DOMException } from './dom-exception.ts';
import { needArguments, text } from './idl.ts';
import { apply, charCodeAt, fromCharCode } from './primordials.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SPACE = /[\t\n\f\r ]+/g;
const FORM = /^[A-Za-z0-9+/]*$/;

const EQUALS = 0x3d;

/** Text from character codes, in runs: one by one it would be a rope of as many pieces. */
class Codes {
  #text = '';
  #codes: number[] = [];
  add(code: number): void {
    this.#codes[this.#codes.length] = code;
    if (this.#codes.length === 4_096) this.text();
  }
  text(): string {
    this.#text += apply(fromCharCode, undefined, this.#codes);
    this.#codes = [];
    return this.#text;
  }
}

export function btoa(data: unknown): string {
  needArguments(arguments.length, 1, 'btoa');
  const input = text(data);
  const output = new Codes();
  for (let at = 0; at < input.length; at += 3) {
    const a = charCodeAt(input, at);
    const b = at + 1 < input.length ? charCodeAt(input, at + 1) : 0;
    const c = at + 2 < input.length ? charCodeAt(input, at + 2) : 0;
    if (a > 255 || b > 255 || c > 255) {
      throw new DOMException('The string contains characters outside of the Latin1 range', 'InvalidCharacterError');
    }
    output.add(charCodeAt(ALPHABET, a >> 2));
    output.add(charCodeAt(ALPHABET, ((a & 3) << 4) | (b >> 4)));
    output.add(at + 1 < input.length ? charCodeAt(ALPHABET, ((b & 15) << 2) | (c >> 6)) : EQUALS);
    output.add(at + 2 < input.length ? charCodeAt(ALPHABET, c & 63) : EQUALS);
  }
  return output.text();
}

export function atob(data: unknown): string {
  needArguments(arguments.length, 1, 'atob');
  let input = text(data).replace(SPACE, '');
  if (input.length % 4 === 0) input = input.replace(/={1,2}$/, '');
  if (input.length % 4 === 1 || !FORM.test(input)) {
    throw new DOMException('The string to be decoded is not correctly encoded', 'InvalidCharacterError');
  }
  const output = new Codes();
  let bits = 0;
  let count = 0;
  for (let at = 0; at < input.length; at++) {
    bits = ((bits << 6) | sextet(charCodeAt(input, at))) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      output.add((bits >> count) & 255);
    }
  }
  return output.text();
}

function sextet(code: number): number {
  if (code >= 97) return code - 71;
  if (code >= 65) return code - 65;
  if (code >= 48) return code + 4;
  return code === 43 ? 62 : 63;
}
