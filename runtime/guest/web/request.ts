import { type AbortSignal, dependentSignal, isAbortSignal } from './abort.ts';
import type { Blob } from './blob.ts';
import { type Body, consumers, extractBody } from './body.ts';
import type { FormData } from './form-data.ts';
import { Headers } from './headers.ts';
import { expose, needArguments, text } from './idl.ts';
import { PrimordialTypeError } from './primordials.ts';
import type { ReadableStream } from './streams.ts';
import { URL } from './url.ts';

export type Redirect = 'follow' | 'error' | 'manual';

export interface RequestInit {
  method?: unknown;
  headers?: unknown;
  body?: unknown;
  redirect?: unknown;
  signal?: unknown;
  duplex?: unknown;
  integrity?: unknown;
  keepalive?: unknown;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NORMALIZED = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];

let bodyInside: (request: Request) => Body | null;
let signalInside: (request: Request) => AbortSignal | undefined;
let isRequestInside: (value: unknown) => value is Request;

export class Request {
  readonly #url: string;
  readonly #method: string;
  readonly #headers: Headers;
  readonly #redirect: Redirect;
  /** What it was given; a signal of its own follows it as soon as somebody asks for one. */
  readonly #given: AbortSignal | undefined;
  #signal: AbortSignal | undefined;
  readonly #keepalive: boolean;
  readonly #body: Body | null;

  static {
    bodyInside = (request) => request.#body;
    signalInside = (request) => request.#signal ?? request.#given;
    isRequestInside = (value): value is Request => typeof value === 'object' && value !== null && #url in value;
  }

  constructor(input: unknown, init: RequestInit = {}) {
    needArguments(arguments.length, 1, 'Request');
    const source = isRequest(input) ? input : undefined;
    const options = init ?? {};
    this.#url = source === undefined ? parseUrl(input) : source.#url;
    this.#method = options.method === undefined ? (source?.method ?? 'GET') : parseMethod(options.method);
    this.#redirect = options.redirect === undefined ? (source?.redirect ?? 'follow') : parseRedirect(options.redirect);
    this.#keepalive = options.keepalive === undefined ? (source?.keepalive ?? false) : Boolean(options.keepalive);
    if (options.integrity !== undefined && text(options.integrity) !== '') {
      throw new PrimordialTypeError('Request: integrity is not supported; check the bytes with crypto.subtle.digest');
    }
    const given = options.signal === undefined && source !== undefined ? signalInside(source) : options.signal;
    if (given !== undefined && given !== null && !isAbortSignal(given)) {
      throw new PrimordialTypeError('Request: signal must be an AbortSignal');
    }
    this.#given = given ?? undefined;
    this.#headers = new Headers(options.headers ?? source?.headers);
    this.#body = this.#takeBody(options, source);
  }

  #takeBody(options: RequestInit, source: Request | undefined): Body | null {
    const init = options.body;
    const inherited = source === undefined ? null : source.#body;
    const has = (init !== undefined && init !== null) || (init === undefined && inherited !== null);
    if (has && (this.#method === 'GET' || this.#method === 'HEAD')) {
      throw new PrimordialTypeError('Request with GET/HEAD method cannot have body');
    }
    if (init === undefined || init === null) {
      return init === null || inherited === null ? null : inherited.take();
    }
    const { body, type } = extractBody(init);
    if (!body.inMemory && options.duplex !== 'half') {
      throw new PrimordialTypeError('RequestInit: duplex option is required when sending a body');
    }
    if (type !== undefined && !this.#headers.has('content-type')) this.#headers.append('content-type', type);
    return body;
  }

  get method(): string {
    return this.#method;
  }
  get url(): string {
    return this.#url;
  }
  get headers(): Headers {
    return this.#headers;
  }
  get redirect(): Redirect {
    return this.#redirect;
  }
  get signal(): AbortSignal {
    this.#signal ??= dependentSignal(this.#given);
    return this.#signal;
  }
  get keepalive(): boolean {
    return this.#keepalive;
  }
  get duplex(): 'half' {
    return 'half';
  }
  get body(): ReadableStream<unknown> | null {
    return this.#body?.stream() ?? null;
  }
  get bodyUsed(): boolean {
    return this.#body?.used ?? false;
  }
  clone(): Request {
    if (this.#body?.unusable === true) throw new PrimordialTypeError('Request.clone: the body was read already');
    const body = this.#body?.tee().stream();
    const { method, headers, redirect, keepalive } = this;
    const init = { method, headers, redirect, keepalive, signal: signalInside(this) };
    return new Request(this.#url, body === undefined ? init : { ...init, body, duplex: 'half' });
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await consumers.bytes(this.#body)).buffer;
  }
  async bytes(): Promise<Uint8Array> {
    return consumers.bytes(this.#body);
  }
  async text(): Promise<string> {
    return consumers.text(this.#body);
  }
  async json(): Promise<unknown> {
    return consumers.json(this.#body);
  }
  async blob(): Promise<Blob> {
    return consumers.blob(this.#body, this.#headers);
  }
  async formData(): Promise<FormData> {
    return consumers.formData(this.#body, this.#headers);
  }
}
expose(Request, 'Request');

export function isRequest(value: unknown): value is Request {
  return isRequestInside(value);
}

/** The signal that aborts it, where there is one. */
export function requestSignal(request: Request): AbortSignal | undefined {
  return signalInside(request);
}

export function requestBody(request: Request): Body | null {
  return bodyInside(request);
}

function parseUrl(input: unknown): string {
  const url = URL.parse(text(input));
  if (url === null) throw new PrimordialTypeError(`Failed to parse URL from ${text(input)}`);
  if (url.username !== '' || url.password !== '') {
    throw new PrimordialTypeError('Request cannot be constructed from a URL that includes credentials');
  }
  return url.href;
}

function parseMethod(value: unknown): string {
  const method = text(value);
  const upper = method.toUpperCase();
  if (!TOKEN.test(method) || upper === 'CONNECT' || upper === 'TRACE' || upper === 'TRACK') {
    throw new PrimordialTypeError(`Request: '${method}' is not a valid HTTP method.`);
  }
  return NORMALIZED.includes(upper) ? upper : method;
}

function parseRedirect(value: unknown): Redirect {
  const mode = text(value);
  if (mode !== 'follow' && mode !== 'error' && mode !== 'manual') {
    throw new PrimordialTypeError('Request: redirect must be follow, error or manual');
  }
  return mode;
}
