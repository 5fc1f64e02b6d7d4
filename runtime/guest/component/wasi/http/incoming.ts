import type { NetResponse } from '../../../../../src/protocol/requests.ts';
import { Fault } from '../../fault.ts';
import type { HostRequest } from '../../host.ts';
import { always, InputStream, Pollable } from '../io.ts';
import { type ErrorCode, errorCode } from './error-code.ts';
import { fields, type Fields } from './fields.ts';

type Result<T, E> = { readonly tag: 'ok'; readonly val: T } | { readonly tag: 'err'; readonly val: E };

/** An answer that may not be there yet. `begin` tells when its request leaves, or why it never does. */
export class FutureIncomingResponse {
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

export class IncomingResponse {
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

export class IncomingBody {
  readonly #body: Body;
  #taken = false;
  /** What came and was not read. */
  #rest: Uint8Array | undefined;
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;

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
        if (this.#failure !== undefined) {
          const { reason } = this.#failure;
          this.#failure = undefined;
          throw reason;
        }
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
      // A wait has no error: the next read tells it.
      this.#ended = true;
      this.#failure = { reason: error };
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

export class FutureTrailers {
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
