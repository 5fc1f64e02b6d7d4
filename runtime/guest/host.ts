import type { GuestOp, GuestRequests } from '../../src/protocol/requests.ts';
import type { LogLevelName } from '../../src/protocol/messages.ts';
import type { Value } from '../../src/protocol/values.ts';
import type * as primordials from './primordials.ts';

/** Chunks with backpressure: the next is fetched when it is asked for. Not a web stream, so that web code can be built on it. */
export interface ByteSource {
  /** The next chunk, owned by the caller; undefined at the end; rejects when the other side failed. */
  next(): Promise<Uint8Array | undefined>;
  /** Says that no more is wanted. Idempotent, legal after the end. */
  cancel(): void;
}

export interface AbortLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface GuestRequestIo {
  readonly signal?: AbortLike;
  /** The host cancels it when it wants no more; read to its end otherwise. Chunks of any size; each is copied. */
  readonly body?: ByteSource;
}

export interface GuestReply<Result = Value> {
  readonly value: Result;
  /** Must be read to the end or cancelled: until then it counts as a pending request. */
  readonly body?: ByteSource;
}

/** Arguments and results of `native`: copied both ways. */
export type NativeValue = undefined | null | boolean | number | string | Uint8Array;

/** What the guest's bootstrap gives to the web API: all there is of the world outside the isolate. */
export interface GuestHost {
  /**
   * One request to the host's broker. Rejects with an Error that has `code` (an ERR_… of the host) and `data`; after an
   * abort with `code: 'ERR_ABORTED'` (a web API turns that into its own AbortError).
   */
  request<Op extends GuestOp>(
    op: Op,
    args: GuestRequests[Op]['args'],
    io?: GuestRequestIo,
  ): Promise<GuestReply<GuestRequests[Op]['result']>>;
  /** Effect-free help from the runtime process, synchronous (blocks the isolate): the table is `runtime/native.ts`. */
  native(op: string, ...args: NativeValue[]): NativeValue;
  /** Milliseconds, clamped to 0..2^31-1. Throws a RangeError beyond `limits.timers`. The callback gets no arguments. */
  setTimer(ms: number, repeat: boolean, callback: () => void): number;
  clearTimer(id: number): void;
  /** Milliseconds since the isolate opened, monotonic, with fractions. */
  now(): number;
  /** To the plugin's log: rate-limited, dropped entries are counted. */
  log(level: LogLevelName, message: string, fields?: { readonly [key: string]: Value }): void;
  /** A callback of the plugin threw where nobody waits for it (timer, listener): counted and logged. */
  reportError(error: unknown): void;
  /** Runs it as a microtask. */
  queueMicrotask(callback: () => void): void;
  readonly primordials: typeof primordials;
}
