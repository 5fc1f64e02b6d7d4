import type { Blob } from './blob.ts';
import { type Body, consumers, extractBody } from './body.ts';
import type { FormData } from './form-data.ts';
import { Headers, immutableHeaders } from './headers.ts';
import { expose, needArguments, text } from './idl.ts';
import { PrimordialRangeError, PrimordialTypeError, charCodeAt, jsonStringify } from './primordials.ts';
import type { ReadableStream } from './streams.ts';
import { URL } from './url.ts';

export type ResponseType = 'default' | 'basic' | 'error';

interface ResponseInit {
  status?: unknown;
  statusText?: unknown;
  headers?: unknown;
}

interface FromNetwork {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly redirected: boolean;
}

const NULL_BODY = [101, 103, 204, 205, 304];
const REDIRECTS = [301, 302, 303, 307, 308];

let build: (parts: Omit<Parts, 'headers'> & { headers: Headers }) => Response;

interface Parts {
  readonly type: ResponseType;
  readonly url: string;
  readonly redirected: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly body: Body | null;
}

export class Response {
  #parts: Parts;

  static {
    build = (parts) => {
      const response = new Response();
      response.#parts = parts;
      return response;
    };
  }

  constructor(body: unknown = null, init: ResponseInit = {}) {
    const status = init?.status === undefined ? 200 : Math.trunc(Number(init.status)) || 0;
    if (status < 200 || status > 599) {
      throw new PrimordialRangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    }
    const statusText = init?.statusText === undefined ? '' : reasonPhrase(text(init.statusText));
    const headers = new Headers(init?.headers ?? undefined);
    let content: Body | null = null;
    if (body !== null && body !== undefined) {
      if (NULL_BODY.includes(status)) {
        throw new PrimordialTypeError(`Response constructor: Invalid response status code ${status}`);
      }
      const extracted = extractBody(body);
      content = extracted.body;
      if (extracted.type !== undefined && !headers.has('content-type')) headers.append('content-type', extracted.type);
    }
    this.#parts = { type: 'default', url: '', redirected: false, status, statusText, headers, body: content };
  }

  static error(): Response {
    const headers = immutableHeaders([]);
    return build({ type: 'error', url: '', redirected: false, status: 0, statusText: '', headers, body: null });
  }
  static redirect(url: unknown, status: unknown = 302): Response {
    needArguments(arguments.length, 1, 'Response.redirect');
    const parsed = URL.parse(text(url));
    if (parsed === null) throw new PrimordialTypeError(`Failed to parse URL from ${text(url)}`);
    const code = Math.trunc(Number(status));
    if (!REDIRECTS.includes(code)) throw new PrimordialRangeError(`Invalid status code ${code}`);
    const headers = immutableHeaders([['location', parsed.href]]);
    return build({ type: 'default', url: '', redirected: false, status: code, statusText: '', headers, body: null });
  }
  static json(data: unknown, init: ResponseInit = {}): Response {
    needArguments(arguments.length, 1, 'Response.json');
    const json = jsonStringify(data) as string | undefined;
    if (json === undefined) throw new PrimordialTypeError('Value is not JSON serializable');
    const headers = new Headers(init?.headers ?? undefined);
    if (!headers.has('content-type')) headers.append('content-type', 'application/json');
    return new Response(json, { ...init, headers });
  }

  get type(): ResponseType {
    return this.#parts.type;
  }
  get url(): string {
    return this.#parts.url;
  }
  get redirected(): boolean {
    return this.#parts.redirected;
  }
  get status(): number {
    return this.#parts.status;
  }
  get ok(): boolean {
    return this.#parts.status >= 200 && this.#parts.status <= 299;
  }
  get statusText(): string {
    return this.#parts.statusText;
  }
  get headers(): Headers {
    return this.#parts.headers;
  }
  get body(): ReadableStream<unknown> | null {
    return this.#parts.body?.stream() ?? null;
  }
  get bodyUsed(): boolean {
    return this.#parts.body?.used ?? false;
  }
  clone(): Response {
    const { body, headers } = this.#parts;
    if (body?.unusable === true) throw new PrimordialTypeError('Response.clone: Body has already been consumed.');
    return build({ ...this.#parts, headers: new Headers(headers), body: body?.tee() ?? null });
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await consumers.bytes(this.#parts.body)).buffer;
  }
  async bytes(): Promise<Uint8Array> {
    return consumers.bytes(this.#parts.body);
  }
  async text(): Promise<string> {
    return consumers.text(this.#parts.body);
  }
  async json(): Promise<unknown> {
    return consumers.json(this.#parts.body);
  }
  async blob(): Promise<Blob> {
    return consumers.blob(this.#parts.body, this.#parts.headers);
  }
  async formData(): Promise<FormData> {
    return consumers.formData(this.#parts.body, this.#parts.headers);
  }
}
expose(Response, 'Response');

/** What `fetch` resolves to. */
export function responseFromNetwork(reply: FromNetwork, body: Body | null): Response {
  const { url, status, statusText, redirected } = reply;
  return build({
    type: 'basic',
    url: url.split('#')[0] as string,
    redirected,
    status,
    statusText,
    headers: immutableHeaders(reply.headers),
    body,
  });
}

function reasonPhrase(value: string): string {
  for (let at = 0; at < value.length; at++) {
    const code = charCodeAt(value, at);
    if (code > 255 || code === 127 || (code < 32 && code !== 9)) throw new PrimordialTypeError('Invalid statusText');
  }
  return value;
}
