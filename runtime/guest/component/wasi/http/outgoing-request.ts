import type { NetTimeouts } from '../../../../../src/protocol/requests.ts';
import { Fault } from '../../fault.ts';
import type { Fields } from './fields.ts';
import { OutgoingBody } from './outgoing-body.ts';

type Method = { readonly tag: string; readonly val?: string };
type Scheme = { readonly tag: 'HTTP' | 'HTTPS' } | { readonly tag: 'other'; readonly val: string };

export class OutgoingRequest {
  readonly #headers: Fields;
  #method: Method = { tag: 'get' };
  #path: string | undefined;
  #scheme: Scheme | undefined;
  #authority: string | undefined;
  #body: OutgoingBody | undefined;

  constructor(headers: Fields) {
    this.#headers = headers.frozen();
  }

  body(): OutgoingBody {
    if (this.#body !== undefined) throw new Fault(undefined);
    const [length] = this.#headers.get('content-length');
    this.#body = new OutgoingBody(length === undefined ? undefined : Number(String.fromCharCode(...length)));
    return this.#body;
  }

  takenBody(): OutgoingBody | undefined {
    return this.#body;
  }

  method(): Method {
    return this.#method;
  }
  setMethod(method: Method): void {
    if (method.tag === 'other' && !/^[!#$%&'*+.^_`|~0-9a-zA-Z-]+$/.test(method.val ?? '')) throw new Fault(undefined);
    this.#method = method;
  }
  pathWithQuery(): string | undefined {
    return this.#path;
  }
  setPathWithQuery(path: string | undefined): void {
    if (path !== undefined && /[\u0000-\u0020#]/.test(path)) throw new Fault(undefined);
    this.#path = path;
  }
  scheme(): Scheme | undefined {
    return this.#scheme;
  }
  setScheme(scheme: Scheme | undefined): void {
    this.#scheme = scheme;
  }
  authority(): string | undefined {
    return this.#authority;
  }
  setAuthority(authority: string | undefined): void {
    if (authority !== undefined && /[\u0000-\u0020/?#@\\]/.test(authority)) throw new Fault(undefined);
    this.#authority = authority;
  }
  headers(): Fields {
    return this.#headers;
  }

  /** Throws an error code for what is no request of http or https. */
  url(): string {
    const scheme = this.#scheme ?? { tag: 'HTTPS' };
    if (scheme.tag === 'other') throw new Fault({ tag: 'HTTP-protocol-error' });
    const url = `${scheme.tag.toLowerCase()}://${this.#authority ?? ''}${this.#path ?? '/'}`;
    if (this.#authority === undefined || !URL.canParse(url)) throw new Fault({ tag: 'HTTP-request-URI-invalid' });
    return url;
  }

  verb(): string {
    return this.#method.tag === 'other' ? (this.#method.val ?? '') : this.#method.tag.toUpperCase();
  }
}

/** Durations in nanoseconds; the broker's own bounds hold beside them. */
export class RequestOptions {
  readonly #timeouts = new Map<string, bigint | undefined>();

  connectTimeout(): bigint | undefined {
    return this.#timeouts.get('connect');
  }
  setConnectTimeout(duration: bigint | undefined): void {
    this.#timeouts.set('connect', duration);
  }
  firstByteTimeout(): bigint | undefined {
    return this.#timeouts.get('first');
  }
  setFirstByteTimeout(duration: bigint | undefined): void {
    this.#timeouts.set('first', duration);
  }
  betweenBytesTimeout(): bigint | undefined {
    return this.#timeouts.get('between');
  }
  setBetweenBytesTimeout(duration: bigint | undefined): void {
    this.#timeouts.set('between', duration);
  }

  /** As the broker takes them, in milliseconds. */
  timeouts(): NetTimeouts {
    const found: { -readonly [name in keyof NetTimeouts]: number } = {};
    for (const name of ['connect', 'first', 'between'] as const) {
      const duration = this.#timeouts.get(name);
      if (duration !== undefined) found[name] = Math.min(MOST_TIME, Math.max(1, Math.ceil(Number(duration) / 1e6)));
    }
    return found;
  }
}

const MOST_TIME = 2 ** 31 - 1;
