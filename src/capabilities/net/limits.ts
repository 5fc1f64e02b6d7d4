/** Limits of one request that no config changes; milliseconds, bytes, counts. */
export interface NetTimes {
  /** To resolve the name and to connect, each. */
  readonly connect: number;
  /** Until the head of the answer, and between two pieces of its body. */
  readonly idle: number;
  /** Of the whole request: waiting for a place, redirects and bodies included. */
  readonly total: number;
}

export const NET_TIMES: NetTimes = { connect: 10_000, idle: 60_000, total: 300_000 };

export const MAX_URL = 16_384;
export const MAX_HEADERS = 256;
export const MAX_HEADER_BYTES = 65_536;
export const MAX_REDIRECTS = 20;
/** Requests that wait for one of `limits.netConcurrency` places. */
export const MAX_WAITING = 1_024;
/** Of a request's body that is kept, so that a 307 or 308 can send it again. */
export const MAX_REPLAY = 1_048_576;

/** A body that ends in this time is sent with its length, which some servers need; others are sent in chunks. */
export const GATHER = 50;

/** What is remembered of connections, to end them when a grant is revoked: addresses of an origin, and origins. */
export const MAX_ADDRESSES = 16;
export const MAX_ORIGINS = 1_000;
