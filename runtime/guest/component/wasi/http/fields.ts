import { Fault } from '../../fault.ts';

const NAME = /^[!#$%&'*+.^_`|~0-9a-zA-Z-]+$/;
/** Of the connection, which is the host's. */
const FORBIDDEN = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
/** Bytes of all names and values: they cross in one message. */
const MOST = 256 * 1024;

export class Fields {
  #entries: (readonly [string, Uint8Array])[] = [];
  #immutable = false;

  static fromList(entries: readonly (readonly [string, Uint8Array])[]): Fields {
    const made = new Fields();
    for (const [name, value] of entries) made.append(name, value);
    return made;
  }

  get(name: string): Uint8Array[] {
    return this.#entries.filter(([own]) => same(own, name)).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.#entries.some(([own]) => same(own, name));
  }

  set(name: string, values: readonly Uint8Array[]): void {
    this.#check(name, values);
    this.delete(name);
    for (const value of values) this.append(name, value);
  }

  delete(name: string): void {
    this.#check(name, []);
    this.#entries = this.#entries.filter(([own]) => !same(own, name));
  }

  append(name: string, value: Uint8Array): void {
    this.#check(name, [value]);
    this.#entries.push([name, value.slice()]);
  }

  entries(): (readonly [string, Uint8Array])[] {
    return [...this.#entries];
  }

  clone(): Fields {
    const made = new Fields();
    made.#entries = [...this.#entries];
    return made;
  }

  /** The same fields, which nobody may change any more. */
  frozen(): Fields {
    this.#immutable = true;
    return this;
  }

  /** As the broker takes them; the length is its own to say. */
  texts(): [string, string][] {
    return this.#entries
      .filter(([name]) => !same(name, 'content-length'))
      .map(([name, value]) => [name, String.fromCharCode(...value)]);
  }

  /** Received from a server: taken as they are. */
  adopt(entries: readonly (readonly [string, string])[]): this {
    this.#entries = entries.map(([name, value]) => [
      name.toWellFormed(),
      Uint8Array.from(value, (character) => character.charCodeAt(0) & 0xff),
    ]);
    return this;
  }

  #check(name: string, values: readonly Uint8Array[]): void {
    if (this.#immutable) throw new Fault({ tag: 'immutable' });
    if (!NAME.test(name)) throw new Fault({ tag: 'invalid-syntax' });
    if (FORBIDDEN.has(name.toLowerCase())) throw new Fault({ tag: 'forbidden' });
    for (const value of values) {
      if (value.length > MOST || value.some((byte) => byte === 0 || byte === 10 || byte === 13)) {
        throw new Fault({ tag: 'invalid-syntax' });
      }
    }
    if (this.#entries.length > 1_000) throw new Fault({ tag: 'forbidden' });
  }
}

export function fields(entries: readonly (readonly [string, string])[]): Fields {
  return new Fields().adopt(entries);
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
