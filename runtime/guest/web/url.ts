import { expose, needArguments, usv } from './idl.ts';
import { native } from './native.ts';
import { PrimordialTypeError, slice } from './primordials.ts';
import { parseSimple } from './simple-url.ts';
import { URLSearchParams, linkParams, resetParams } from './url-search-params.ts';

/** `runtime/native.ts` answers with these, in this order, one a line: no part of a URL can hold a line feed. */
const PARTS = [
  ...([
    'href',
    'origin',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
  ] as const),
  'hash',
] as const;
type Part = (typeof PARTS)[number];
type Record = { readonly [part in Part]: string };

function toRecord(lines: string): Record {
  const parts = lines.split('\n');
  const record: { [part in Part]?: string } = { __proto__: null } as never;
  for (let at = 0; at < PARTS.length; at++) record[PARTS[at] as Part] = parts[at] as string;
  return record as Record;
}

function parse(url: unknown, base: unknown): Record | undefined {
  const input = usv(url);
  const simple = parseSimple(input);
  if (simple !== undefined && (base === undefined || parse(base, undefined) !== undefined)) return simple;
  const lines = base === undefined ? native('url.parse', input) : native('url.parse', input, usv(base));
  return typeof lines === 'string' ? toRecord(lines) : undefined;
}

class InvalidURL extends PrimordialTypeError {
  readonly code = 'ERR_INVALID_URL';
  readonly input: string;
  constructor(input: string) {
    super('Invalid URL');
    this.input = input;
    Reflect.defineProperty(this, 'name', { value: 'TypeError', configurable: true, writable: true });
  }
}

/** Made of what was parsed already; set once, when the class is defined. */
let withRecord: (record: Record) => URL;
const BLANK = 'http://a/';

export class URL {
  #record: Record;
  #params: URLSearchParams | undefined;

  static {
    withRecord = (record) => {
      const url = new URL(BLANK);
      url.#record = record;
      return url;
    };
  }

  constructor(url: unknown, base?: unknown) {
    needArguments(arguments.length, 1, 'URL');
    const record = parse(url, base);
    if (record === undefined) throw new InvalidURL(usv(url));
    this.#record = record;
  }

  static canParse(url: unknown, base?: unknown): boolean {
    needArguments(arguments.length, 1, 'URL.canParse');
    return parse(url, base) !== undefined;
  }
  static parse(url: unknown, base?: unknown): URL | null {
    needArguments(arguments.length, 1, 'URL.parse');
    const record = parse(url, base);
    return record === undefined ? null : withRecord(record);
  }

  get origin(): string {
    return this.#record.origin;
  }
  get href(): string {
    return this.#record.href;
  }
  set href(value: unknown) {
    const record = parse(value, undefined);
    if (record === undefined) throw new InvalidURL(usv(value));
    this.#record = record;
    this.#refreshParams();
  }
  get protocol(): string {
    return this.#record.protocol;
  }
  set protocol(value: unknown) {
    this.#set('protocol', value);
  }
  get username(): string {
    return this.#record.username;
  }
  set username(value: unknown) {
    this.#set('username', value);
  }
  get password(): string {
    return this.#record.password;
  }
  set password(value: unknown) {
    this.#set('password', value);
  }
  get host(): string {
    return this.#record.host;
  }
  set host(value: unknown) {
    this.#set('host', value);
  }
  get hostname(): string {
    return this.#record.hostname;
  }
  set hostname(value: unknown) {
    this.#set('hostname', value);
  }
  get port(): string {
    return this.#record.port;
  }
  set port(value: unknown) {
    this.#set('port', value);
  }
  get pathname(): string {
    return this.#record.pathname;
  }
  set pathname(value: unknown) {
    this.#set('pathname', value);
  }
  get search(): string {
    return this.#record.search;
  }
  set search(value: unknown) {
    this.#set('search', value);
    this.#refreshParams();
  }
  get hash(): string {
    return this.#record.hash;
  }
  set hash(value: unknown) {
    this.#set('hash', value);
  }
  get searchParams(): URLSearchParams {
    if (this.#params === undefined) {
      const params = new URLSearchParams(slice(this.#record.search, 1));
      linkParams(params, () => this.#setQuery(params.toString()));
      this.#params = params;
      this.#refreshParams();
    }
    return this.#params;
  }
  toString(): string {
    return this.#record.href;
  }
  toJSON(): string {
    return this.#record.href;
  }

  #set(part: Part, value: unknown): void {
    const lines = native('url.set', this.#record.href, part, usv(value));
    if (typeof lines === 'string') this.#record = toRecord(lines);
  }
  /** `query` is as URLSearchParams writes it: nothing in it that the parser would change. */
  #setQuery(query: string): void {
    if (query === '') return this.#set('search', '');
    const { href, hash } = this.#record;
    const fragment = href.indexOf('#');
    const rest = fragment < 0 ? href : slice(href, 0, fragment);
    const mark = rest.indexOf('?');
    const search = `?${query}`;
    const changed = `${mark < 0 ? rest : slice(rest, 0, mark)}${search}${fragment < 0 ? '' : slice(href, fragment)}`;
    this.#record = { ...this.#record, href: changed, search, hash };
  }
  #refreshParams(): void {
    if (this.#params !== undefined) resetParams(this.#params, slice(this.#record.search, 1));
  }
}
expose(URL, 'URL');
