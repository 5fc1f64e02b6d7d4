/**
 * wasi:http, outgoing, on the capability `net`. A request leaves when its body is whole, since the broker may have to send it
 * again; redirects are the component's to follow, as the interface has it.
 */
import { asHostError, Fault } from '../fault.ts';
import { host, type HostRequest } from '../host.ts';
import type { NetResponse } from '../../../../src/protocol/requests.ts';
import { usv } from '../text.ts';
import { fields, Fields } from './http-fields.ts';
import { InputStream, IoError, OutputStream, Pollable, always } from './io.ts';

type Method = { readonly tag: string; readonly val?: string };
type Scheme = { readonly tag: 'HTTP' | 'HTTPS' } | { readonly tag: 'other'; readonly val: string };
type ErrorCode = { readonly tag: string; readonly val?: unknown };

const INTERNAL = (reason: string): ErrorCode => ({ tag: 'internal-error', val: usv(reason) });

class OutgoingBody {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #taken = false;
  #finished: ((body: Uint8Array | undefined) => void) | undefined;
  #whole: Uint8Array | undefined;

  write(): OutputStream {
    if (this.#taken) throw new Fault(undefined);
    this.#taken = true;
    return new OutputStream({
      write: (bytes) => {
        this.#size += bytes.length;
        if (this.#size > host().messageLimit * 4) throw new Fault({ tag: 'closed' });
        this.#chunks.push(bytes.slice());
      },
    });
  }

  /** Told of the whole body, or of undefined when it was dropped before its end. */
  whenFinished(tell: (body: Uint8Array | undefined) => void): void {
    this.#finished = tell;
    if (this.#whole !== undefined) tell(this.#whole);
  }

  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    if (trailers !== undefined) throw new Fault(INTERNAL('trailers are not supported'));
    const whole = new Uint8Array(body.#size);
    let at = 0;
    for (const chunk of body.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    body.#whole = whole;
    body.#finished?.(whole);
  }

  [Symbol.dispose](): void {
    if (this.#whole === undefined) this.#finished?.(undefined);
  }
}

class OutgoingRequest {
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
    this.#body = new OutgoingBody();
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

/** They are kept and not used: the deadline of the call holds. */
class RequestOptions {
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
}

type Result<T, E> = { readonly tag: 'ok'; readonly val: T } | { readonly tag: 'err'; readonly val: E };

class FutureIncomingResponse {
  #request: HostRequest<NetResponse> | undefined;
  #failure: ErrorCode | undefined;
  #taken = false;

  constructor(
    begin: (started: (begun: () => HostRequest<NetResponse>) => void, failed: (code: ErrorCode) => void) => void,
  ) {
    begin(
      (begun) => {
        try {
          this.#request = begun();
        } catch (error) {
          this.#failure = errorCode(error);
        }
      },
      (code) => {
        this.#failure = code;
      },
    );
  }

  subscribe(): Pollable {
    return new Pollable(() => this.#failure !== undefined || this.#request?.done === true);
  }

  get(): Result<Result<IncomingResponse, ErrorCode>, undefined> | undefined {
    if (this.#failure === undefined && this.#request?.done !== true) return undefined;
    if (this.#taken) return { tag: 'err', val: undefined };
    this.#taken = true;
    if (this.#failure !== undefined) return { tag: 'ok', val: { tag: 'err', val: this.#failure } };
    try {
      const { value, body } = (this.#request as HostRequest<NetResponse>).answer();
      return { tag: 'ok', val: { tag: 'ok', val: new IncomingResponse(value, body) } };
    } catch (error) {
      return { tag: 'ok', val: { tag: 'err', val: errorCode(error) } };
    }
  }

  [Symbol.dispose](): void {
    if (!this.#taken) this.#request?.cancel();
  }
}

type Body = ReturnType<HostRequest['answer']>['body'];

class IncomingResponse {
  readonly #status: number;
  readonly #headers: Fields;
  #body: Body;
  #taken = false;

  constructor({ status, headers }: NetResponse, body: Body) {
    this.#status = status;
    this.#headers = fields(headers).frozen();
    this.#body = body;
  }

  status(): number {
    return this.#status;
  }
  headers(): Fields {
    return this.#headers;
  }
  consume(): IncomingBody {
    if (this.#taken) throw new Fault(undefined);
    this.#taken = true;
    const body = this.#body;
    this.#body = undefined;
    return new IncomingBody(body);
  }

  [Symbol.dispose](): void {
    this.#body?.cancel();
  }
}

class IncomingBody {
  readonly #body: Body;
  #taken = false;
  /** What came and was not read. */
  #rest: Uint8Array | undefined;
  #ended = false;

  constructor(body: Body) {
    this.#body = body;
    this.#ended = body === undefined;
  }

  stream(): InputStream {
    if (this.#taken) throw new Fault(undefined);
    this.#taken = true;
    return new InputStream({
      ready: () => {
        this.#fill();
        return this.#ended || this.#rest !== undefined;
      },
      read: (length) => {
        this.#fill();
        const rest = this.#rest;
        if (rest === undefined) return this.#ended ? undefined : null;
        const bytes = rest.slice(0, length);
        this.#rest = bytes.length === rest.length ? undefined : rest.subarray(bytes.length);
        return bytes;
      },
    });
  }

  #fill(): void {
    if (this.#rest !== undefined || this.#ended) return;
    try {
      const chunk = this.#body?.poll();
      if (chunk === undefined) this.#ended = true;
      else if (chunk !== null) this.#rest = chunk;
    } catch (error) {
      this.#ended = true;
      throw error;
    }
  }

  static finish(body: IncomingBody): FutureTrailers {
    body[Symbol.dispose]();
    return new FutureTrailers();
  }

  [Symbol.dispose](): void {
    if (!this.#ended) this.#body?.cancel();
    this.#ended = true;
  }
}

class FutureTrailers {
  #taken = false;
  subscribe(): Pollable {
    return always();
  }
  get(): Result<Result<undefined, ErrorCode>, undefined> {
    if (this.#taken) return { tag: 'err', val: undefined };
    this.#taken = true;
    return { tag: 'ok', val: { tag: 'ok', val: undefined } };
  }
}

function handle(request: OutgoingRequest): FutureIncomingResponse {
  const url = request.url();
  const begin = (body: Uint8Array | undefined) => (): HostRequest<NetResponse> =>
    host().begin(
      'net.fetch',
      [
        {
          method: request.verb(),
          url,
          headers: request.headers().texts(),
          redirect: 'manual',
          hasBody: body !== undefined,
        },
      ],
      body,
    );
  return new FutureIncomingResponse((started, failed) => {
    const body = request.takenBody();
    if (body === undefined) started(begin(undefined));
    else {
      body.whenFinished((whole) => {
        if (whole === undefined) failed({ tag: 'HTTP-request-body-size', val: undefined });
        else started(begin(whole.length === 0 ? undefined : whole));
      });
    }
  });
}

const NET_CODES: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: { tag: 'connection-refused' },
  ECONNRESET: { tag: 'connection-terminated' },
  EPIPE: { tag: 'connection-terminated' },
  UND_ERR_SOCKET: { tag: 'connection-terminated' },
  ETIMEDOUT: { tag: 'connection-timeout' },
  UND_ERR_CONNECT_TIMEOUT: { tag: 'connection-timeout' },
  UND_ERR_HEADERS_TIMEOUT: { tag: 'HTTP-response-timeout' },
  UND_ERR_BODY_TIMEOUT: { tag: 'connection-read-timeout' },
  ENOTFOUND: { tag: 'DNS-error', val: { rcode: 'NXDOMAIN' } },
  EAI_AGAIN: { tag: 'DNS-timeout' },
};

function errorCode(error: unknown): ErrorCode {
  const known = asHostError(error);
  if (known.code === 'ERR_PERMISSION_DENIED') return { tag: 'HTTP-request-denied' };
  if (known.code.startsWith('ERR_LIMIT_')) return { tag: 'connection-limit-reached' };
  const inner = known.data?.['code'];
  return (typeof inner === 'string' ? NET_CODES[inner] : undefined) ?? INTERNAL(known.message);
}

export const http: Record<string, object> = {
  'wasi:http/types': {
    Fields,
    FutureIncomingResponse,
    FutureTrailers,
    IncomingBody,
    IncomingResponse,
    OutgoingBody,
    OutgoingRequest,
    RequestOptions,
    httpErrorCode: (error: IoError) => (error.cause === undefined ? undefined : errorCode(error.cause)),
  },
  'wasi:http/outgoing-handler': { handle },
};
