import { expose, needArguments, pairsOf, text } from './idl.ts';
import { PrimordialTypeError, apply, charCodeAt, isCallable } from './primordials.ts';

type Pair = [name: string, value: string];
type Guard = 'none' | 'immutable';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// What would end a header line and begin another, or cannot be a byte.
const UNSAFE = /[\0\r\n]/;

let internal: (headers: Headers) => { pairs: Pair[]; setGuard(guard: Guard): void };

export class Headers {
  #pairs: Pair[] = [];
  #guard: Guard = 'none';
  #sorted: readonly Pair[] | undefined;

  static {
    internal = (headers) => ({
      pairs: headers.#pairs,
      setGuard(guard) {
        headers.#guard = guard;
      },
    });
  }

  constructor(init?: unknown) {
    if (init === undefined) return;
    if ((typeof init !== 'object' && typeof init !== 'function') || init === null) {
      throw new PrimordialTypeError('Headers: the init must be a record or a sequence of pairs');
    }
    for (const [name, value] of isHeaders(init) ? init.#pairs : pairsOf(init, 'Headers', byteString))
      this.append(name, value);
  }

  append(name: unknown, value: unknown): void {
    needArguments(arguments.length, 2, 'Headers.append');
    const pair: Pair = [headerName(name), headerValue(value)];
    this.#change();
    this.#pairs[this.#pairs.length] = pair;
  }
  delete(name: unknown): void {
    needArguments(arguments.length, 1, 'Headers.delete');
    const key = headerName(name);
    this.#change();
    this.#pairs.splice(0, this.#pairs.length, ...this.#pairs.filter((pair) => pair[0] !== key));
  }
  get(name: unknown): string | null {
    needArguments(arguments.length, 1, 'Headers.get');
    return this.#combined(headerName(name));
  }
  getSetCookie(): string[] {
    return this.#pairs.filter((pair) => pair[0] === 'set-cookie').map((pair) => pair[1]);
  }
  has(name: unknown): boolean {
    needArguments(arguments.length, 1, 'Headers.has');
    return this.#combined(headerName(name)) !== null;
  }
  set(name: unknown, value: unknown): void {
    needArguments(arguments.length, 2, 'Headers.set');
    const key = headerName(name);
    const given = headerValue(value);
    this.#change();
    const at = this.#pairs.findIndex((pair) => pair[0] === key);
    if (at < 0) this.#pairs[this.#pairs.length] = [key, given];
    else {
      const kept = this.#pairs.filter((pair, index) => index <= at || pair[0] !== key);
      kept[at] = [key, given];
      this.#pairs.splice(0, this.#pairs.length, ...kept);
    }
  }
  forEach(callback: unknown, self?: unknown): void {
    needArguments(arguments.length, 1, 'Headers.forEach');
    if (!isCallable(callback)) throw new PrimordialTypeError('Headers.forEach: the callback must be a function');
    for (const [name, value] of this.entries()) apply(callback, self, [value, name, this]);
  }
  *entries(): Generator<Pair> {
    for (let at = 0; ; at++) {
      const pair = this.#list()[at];
      if (pair === undefined) return;
      yield [pair[0], pair[1]];
    }
  }
  *keys(): Generator<string> {
    for (const [name] of this.entries()) yield name;
  }
  *values(): Generator<string> {
    for (const [, value] of this.entries()) yield value;
  }
  declare [Symbol.iterator]: () => Generator<Pair>;

  #change(): void {
    if (this.#guard === 'immutable') throw new PrimordialTypeError('Headers are immutable');
    this.#sorted = undefined;
  }
  #combined(key: string): string | null {
    let value: string | null = null;
    for (const pair of this.#pairs) if (pair[0] === key) value = value === null ? pair[1] : `${value}, ${pair[1]}`;
    return value;
  }
  /** Sorted by name, values of one name combined; each Set-Cookie stands alone. */
  #list(): readonly Pair[] {
    if (this.#sorted !== undefined) return this.#sorted;
    const names = [...new Set(this.#pairs.map((pair) => pair[0]))].sort();
    const list: Pair[] = [];
    for (const name of names) {
      if (name === 'set-cookie') for (const cookie of this.getSetCookie()) list[list.length] = [name, cookie];
      else list[list.length] = [name, this.#combined(name) as string];
    }
    this.#sorted = list;
    return list;
  }
}
Reflect.defineProperty(Headers.prototype, Symbol.iterator, {
  value: Headers.prototype.entries,
  writable: true,
  configurable: true,
});
expose(Headers, 'Headers');

export function isHeaders(value: unknown): value is Headers {
  return value instanceof Headers;
}

/** Name and value pairs as they were appended, names in lower case. */
export function headerPairs(headers: Headers): readonly Pair[] {
  return internal(headers).pairs;
}

/** Headers of a response from the network: nobody changes them. */
export function immutableHeaders(pairs: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  const { pairs: list, setGuard } = internal(headers);
  for (const [name, value] of pairs) list[list.length] = [name.toLowerCase(), value];
  setGuard('immutable');
  return headers;
}

function byteString(value: unknown): string {
  const string = text(value);
  for (let at = 0; at < string.length; at++) {
    if (charCodeAt(string, at) > 255) {
      throw new PrimordialTypeError('Headers: a name or value has a character beyond U+00FF');
    }
  }
  return string;
}

function headerName(value: unknown): string {
  const name = byteString(value);
  if (!TOKEN.test(name)) throw new PrimordialTypeError(`Headers: ${JSON.stringify(name)} is not a header name`);
  return name.toLowerCase();
}

function headerValue(value: unknown): string {
  const trimmed = byteString(value).replaceAll(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (UNSAFE.test(trimmed)) throw new PrimordialTypeError('Headers: a value holds a line break or NUL');
  return trimmed;
}
