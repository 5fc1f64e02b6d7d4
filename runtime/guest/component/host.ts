import type { GuestOp, GuestRequests } from '../../../src/protocol/requests.ts';
import type { LogLevelName } from '../../../src/protocol/messages.ts';
import type { Value } from '../../../src/protocol/values.ts';
import type { IncomingBody } from '../streams.ts';

/** An answer of the broker. A body must be read to its end or cancelled. */
export interface HostAnswer<Result = Value> {
  readonly value: Result;
  readonly body?: IncomingBody;
}

/** A request under way. */
export interface HostRequest<Result = Value> {
  readonly done: boolean;
  /** Throws what the broker refused; only when it is done. */
  answer(): HostAnswer<Result>;
  /** Ends it for the broker. Legal when it is done. */
  cancel(): void;
  /** Of a request that was begun with `written`. */
  readonly body?: BodyWriter;
}

/** The body of a request, written piece by piece. */
export interface BodyWriter {
  /** False when the broker wants no more of it. */
  readonly open: boolean;
  /** Bytes the broker takes now. */
  room(): number;
  /** Takes ownership of the bytes; what there is no room for waits. */
  write(bytes: Uint8Array): void;
  end(): void;
  fail(reason: string): void;
}

export interface HostEvent {
  readonly type: string;
  readonly data: Value;
  readonly source: string;
  readonly time: string;
}

/** What the bootstrap gives to the program of a component: the parameter of the function whose body its script is. */
export interface ComponentHost {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** Characters and bytes of one message. */
  readonly messageLimit: number;
  /** What to throw for an answer beyond it; counted. */
  tooLarge(message: string): Error;
  /** Bytes of a core module; each is given once. */
  takeModule(name: string): Uint8Array;
  /** Begins a request; throws for what may not be sent. `written`: its body comes later. */
  begin<Op extends GuestOp>(
    op: Op,
    args: GuestRequests[Op]['args'],
    body?: Uint8Array | 'written',
  ): HostRequest<GuestRequests[Op]['result']>;
  /** Stands still until this request is done, or the call that runs is aborted: then it throws ERR_ABORTED. */
  ask<Op extends GuestOp>(
    op: Op,
    args: GuestRequests[Op]['args'],
    body?: Uint8Array,
  ): HostAnswer<GuestRequests[Op]['result']>;
  /**
   * Stands still until anything arrives for a request, or until so many milliseconds have passed (-1: no end). Throws
   * ERR_ABORTED when the call that runs is aborted.
   */
  wait(ms: number): void;
  log(level: LogLevelName, message: string, fields?: { readonly [key: string]: Value }): void;
  /** The call that runs now, where one does. */
  running(): number | undefined;
  /** Whether the call that runs was aborted: nothing it waits for is answered any more. */
  aborted(): boolean;
  /** Events of a subscription the broker has accepted. */
  onEvent(pattern: string, handle: ((event: HostEvent) => unknown) | undefined): void;
  /** Methods of a service the broker has accepted. */
  onService(name: string, methods: Record<string, (...args: never[]) => unknown>): void;
}

declare const __aitbc: ComponentHost;

export const host = (): ComponentHost => __aitbc;
