import type { Digest } from '../../core/digest.ts';

/** What conditional requests need to know of an earlier answer. */
export interface HttpCacheEntry {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly contentType: string | undefined;
  /** Of the decoded body. */
  readonly digest: Digest;
}

/** Answers kept between runs, by the URL that answered 200 (never one that redirected). The store implements it. */
export interface HttpCache {
  /** Undefined unless entry and bytes are both there and the bytes match the digest. */
  get(url: string): Promise<(HttpCacheEntry & { readonly bytes: Uint8Array }) | undefined>;
  /** Called with complete, accepted bodies alone. A failure to keep it must not fail the fetch. */
  put(url: string, entry: HttpCacheEntry, bytes: Uint8Array): Promise<void>;
}

/** How far a host may be from the outside: public 0, a private network 1, this machine and its link 2. */
export type Reach = 0 | 1 | 2;

export interface HttpGetOptions {
  /** Bytes of the decoded body. */
  readonly limit: number;
  /** What the body must be: a module is never HTML. */
  readonly expect: 'module' | 'archive';
  /** The `Accept` header. Default: anything. */
  readonly accept?: string;
  /** The URL of the module that asks; undefined: the operator or a local file names the URL. */
  readonly referrer?: string | undefined;
  /** Decides in place of the config's tokens; a 401 then has `challenge` in its details. */
  readonly authorization?: Authorizer;
  /** The answer is nobody else's business: it is not kept between runs. */
  readonly secret?: true;
  readonly signal?: AbortSignal | undefined;
}

/** The `Authorization` header for one hop, asked anew for each; undefined: none. Plain http: has one to loopback alone. */
export type Authorizer = (url: URL) => string | undefined;

export interface HttpFile {
  readonly bytes: Uint8Array;
  readonly finalUrl: string;
  /** Every URL on the way that answered with a redirect, in order. */
  readonly redirects: readonly string[];
  readonly contentType: string | undefined;
  /** Of the last answer; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One request that is not retried and whose body is streamed: for git's protocol. Redirects are followed for GET. */
export interface HttpStreamOptions {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Bytes of the decoded body; ERR_SOURCE_TOO_LARGE while streaming. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpStream {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterableIterator<Uint8Array>;
  /** Must be called, whether the body was read or not. Idempotent. */
  close(): void;
}

/** The one HTTP client of sources: every limit, guard and retry is in it. */
export interface HttpClient {
  /** All of a body, or an error: nothing half-read is returned. */
  get(url: string, options: HttpGetOptions): Promise<HttpFile>;
  stream(url: string, options: HttpStreamOptions): Promise<HttpStream>;
  close(): Promise<void>;
}
