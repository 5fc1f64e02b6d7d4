import { expose, needArguments, pairsOf, usv } from './idl.ts';
import { PrimordialTypeError, apply, isCallable, fromCharCode, slice } from './primordials.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

type Pair = [name: string, value: string];

/** The two ends of the live link between a URL and its searchParams. */
let link: (params: URLSearchParams, changed: () => void) => void;
let reset: (params: URLSearchParams, query: string) => void;

export class URLSearchParams {
  #pairs: Pair[] = [];
  #changed: (() => void) | undefined;

  static {
    link = (params, changed) => {
      params.#changed = changed;
    };
    reset = (params, query) => {
      params.#pairs = parseForm(query);
    };
  }

  constructor(init: unknown = '') {
    if ((typeof init === 'object' && init !== null) || typeof init === 'function') {
      this.#pairs = pairsOf(init, 'URLSearchParams', usv);
    } else {
      const query = usv(init);
      this.#pairs = parseForm(query[0] === '?' ? slice(query, 1) : query);
    }
  }

  get size(): number {
    return this.#pairs.length;
  }
  append(name: unknown, value: unknown): void {
    needArguments(arguments.length, 2, 'URLSearchParams.append');
    this.#pairs[this.#pairs.length] = [usv(name), usv(value)];
    this.#changed?.();
  }
  delete(name: unknown, value?: unknown): void {
    needArguments(arguments.length, 1, 'URLSearchParams.delete');
    const key = usv(name);
    const only = value === undefined ? undefined : usv(value);
    this.#keep((pair) => pair[0] !== key || (only !== undefined && pair[1] !== only));
    this.#changed?.();
  }
  get(name: unknown): string | null {
    needArguments(arguments.length, 1, 'URLSearchParams.get');
    const key = usv(name);
    for (const pair of this.#pairs) if (pair[0] === key) return pair[1];
    return null;
  }
  getAll(name: unknown): string[] {
    needArguments(arguments.length, 1, 'URLSearchParams.getAll');
    const key = usv(name);
    const values: string[] = [];
    for (const pair of this.#pairs) if (pair[0] === key) values[values.length] = pair[1];
    return values;
  }
  has(name: unknown, value?: unknown): boolean {
    needArguments(arguments.length, 1, 'URLSearchParams.has');
    const key = usv(name);
    const only = value === undefined ? undefined : usv(value);
    for (const pair of this.#pairs) if (pair[0] === key && (only === undefined || pair[1] === only)) return true;
    return false;
  }
  set(name: unknown, value: unknown): void {
    needArguments(arguments.length, 2, 'URLSearchParams.set');
    const key = usv(name);
    const text = usv(value);
    let found = false;
    this.#keep((pair) => {
      if (pair[0] !== key) return true;
      if (found) return false;
      found = true;
      pair[1] = text;
      return true;
    });
    if (!found) this.#pairs[this.#pairs.length] = [key, text];
    this.#changed?.();
  }
  sort(): void {
    this.#pairs = this.#pairs.toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed?.();
  }
  forEach(callback: unknown, self?: unknown): void {
    needArguments(arguments.length, 1, 'URLSearchParams.forEach');
    if (!isCallable(callback))
      throw new PrimordialTypeError('URLSearchParams.forEach: the callback must be a function');
    for (let at = 0; at < this.#pairs.length; at++) {
      const [name, value] = this.#pairs[at] as Pair;
      apply(callback, self, [value, name, this]);
    }
  }
  *entries(): Generator<Pair> {
    for (let at = 0; at < this.#pairs.length; at++) {
      const [name, value] = this.#pairs[at] as Pair;
      yield [name, value];
    }
  }
  *keys(): Generator<string> {
    for (let at = 0; at < this.#pairs.length; at++) yield (this.#pairs[at] as Pair)[0];
  }
  *values(): Generator<string> {
    for (let at = 0; at < this.#pairs.length; at++) yield (this.#pairs[at] as Pair)[1];
  }
  toString(): string {
    return serializeForm(this.#pairs);
  }
  declare [Symbol.iterator]: () => Generator<Pair>;

  #keep(test: (pair: Pair) => boolean): void {
    const kept: Pair[] = [];
    for (const pair of this.#pairs) if (test(pair)) kept[kept.length] = pair;
    this.#pairs = kept;
  }
}
Reflect.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
  value: URLSearchParams.prototype.entries,
  writable: true,
  configurable: true,
});
expose(URLSearchParams, 'URLSearchParams');

export function linkParams(params: URLSearchParams, changed: () => void): void {
  link(params, changed);
}
export function resetParams(params: URLSearchParams, query: string): void {
  reset(params, query);
}

function parseForm(query: string): Pair[] {
  const pairs: Pair[] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    pairs[pairs.length] =
      equals < 0 ? [decodePart(part), ''] : [decodePart(slice(part, 0, equals)), decodePart(slice(part, equals + 1))];
  }
  return pairs;
}

function decodePart(part: string): string {
  const spaced = part.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  const bytes = encodeUtf8(spaced);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const high = bytes[at] === 0x25 ? hexDigit(bytes[at + 1]) : -1;
    const low = high < 0 ? -1 : hexDigit(bytes[at + 2]);
    if (low < 0) bytes[length++] = bytes[at] as number;
    else {
      bytes[length++] = high * 16 + low;
      at += 2;
    }
  }
  return decodeUtf8(bytes.subarray(0, length), false) as string;
}

function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1;
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

export function serializeForm(pairs: readonly (readonly [string, string])[]): string {
  let output = '';
  for (const [name, value] of pairs) output += `${output === '' ? '' : '&'}${encodePart(name)}=${encodePart(value)}`;
  return output;
}

const HEX = '0123456789ABCDEF';

function encodePart(part: string): string {
  let output = '';
  for (const byte of encodeUtf8(part)) {
    if (byte === 32) output += '+';
    else if (
      (byte >= 48 && byte <= 57) ||
      (byte >= 65 && byte <= 90) ||
      (byte >= 97 && byte <= 122) ||
      byte === 42 ||
      byte === 45 ||
      byte === 46 ||
      byte === 95
    ) {
      output += fromCharCode(byte);
    } else output += `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  return output;
}
