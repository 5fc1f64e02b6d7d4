/** Requests of the guest to the host's broker: numbered, counted, abortable, with bodies both ways. */
import { encodeValue, ValueError, type Encoded } from '../../src/protocol/encode.ts';
import { MAX_PENDING_MESSAGES, MAX_PENDING_REQUESTS } from '../../src/protocol/limits.ts';
import { FRAME, type GuestLimit, type WireFailure } from '../../src/protocol/messages.ts';
import type { Value } from '../../src/protocol/values.ts';
import { boot, send } from './bridge.ts';
import { hostError } from './failure.ts';
import type { AbortLike, ByteSource, GuestHost, GuestReply, GuestRequestIo } from './host.ts';
import { passed } from './passed.ts';
import {
  bytesLength,
  deferred,
  mapDelete,
  mapGet,
  mapSet,
  objectCreate,
  primordialMap,
  rejected,
} from './primordials.ts';
import { Rate } from './rate.ts';
import { dropBody, receiveBody, sendBody } from './streams.ts';

interface Pending {
  readonly resolve: (reply: GuestReply) => void;
  readonly reject: (reason: unknown) => void;
  readonly stopListening: () => void;
  /** Characters and bytes that are held for it until it is answered. */
  readonly size: number;
}

/** Where the plugin's own arguments stand in a request. */
function argumentsOf(op: string): string {
  return op === 'services.call' || op === 'plugins.call' ? '$[1][2]' : '$[1]';
}

const pending = new primordialMap<number, Pending>();
const eventRate = new Rate(boot.limits.eventRate);
let last = 0;
/** Requests without an answer, and response bodies that were not read to their end. */
let open = 0;
/** Of the requests without an answer. */
let held = 0;

export const request: GuestHost['request'] = (op: string, args: readonly unknown[], io: GuestRequestIo = {}) => {
  if (io.signal?.aborted === true) return rejected(aborted(op));
  const { promise, resolve, reject } = deferred<GuestReply>();
  let id: number;
  try {
    const watch = (number: number): (() => void) => listen(io.signal, () => abort(number, op));
    id = begin(op, args, { resolve, reject }, io.body !== undefined, watch);
  } catch (error) {
    return rejected(error);
  }
  if (io.body !== undefined) sendBody(id, io.body);
  return promise;
};

/**
 * Sends a request; its number. `settle` is told of the answer when that arrives. Throws for what may not be sent. With
 * `hasBody` a body must follow under the number.
 */
export function begin(
  op: string,
  args: readonly unknown[],
  settle: Pick<Pending, 'resolve' | 'reject'>,
  hasBody: boolean,
  watch: (id: number) => () => void = () => () => undefined,
): number {
  if (open >= MAX_PENDING_REQUESTS) throw limited('requests', op, `${MAX_PENDING_REQUESTS} requests are under way`);
  if (op === 'events.publish' && !eventRate.take()) {
    throw limited('event_rate', op, `more than ${boot.limits.eventRate} events a second (limits.event_rate)`);
  }
  let encoded;
  try {
    encoded = encodeValue([op, args], boot.limits.message);
  } catch (error) {
    throw ValueError.is(error) ? tooLarge(error).relabel(argumentsOf(op), 'arguments') : error;
  }
  const size = sizeOf(encoded);
  if (held + size > MAX_PENDING_MESSAGES * boot.limits.message) {
    throw limited('message', op, 'the requests under way are too large together (limits.message)');
  }
  last += 1;
  const id = last;
  open += 1;
  held += size;
  mapSet(pending, id, { resolve: settle.resolve, reject: settle.reject, size, stopListening: watch(id) });
  send(hasBody ? FRAME.requestWithBody : FRAME.request, id, encoded.text, encoded.bytes);
  return id;
}

export function onResponse(id: number, value: Value, hasBody: boolean): void {
  const entry = take(id);
  if (entry === undefined) {
    if (hasBody) send(FRAME.cancel, id, '');
    return;
  }
  if (!hasBody) {
    open -= 1;
    entry.resolve(reply(value));
    return;
  }
  const body = receiveBody(id, () => {
    open -= 1;
  });
  entry.resolve(reply(value, body));
}

export function onFailure(id: number, failure: WireFailure): void {
  const entry = take(id);
  if (entry === undefined) return;
  open -= 1;
  dropBody(id);
  entry.reject(hostError(failure));
}

/** Its `settle` gets ERR_ABORTED at once; the host is told. */
export function abort(id: number, op: string): void {
  const entry = take(id);
  if (entry === undefined) return;
  open -= 1;
  dropBody(id);
  send(FRAME.abortRequest, id, '');
  entry.reject(aborted(op));
}

function take(id: number): Pending | undefined {
  const entry = mapGet(pending, id);
  if (entry === undefined) return undefined;
  mapDelete(pending, id);
  entry.stopListening();
  held -= entry.size;
  return entry;
}

function sizeOf({ text, bytes }: Encoded): number {
  let size = text.length;
  for (let index = 0; index < bytes.length; index += 1) size += bytesLength(bytes[index] as Uint8Array);
  return size;
}

function listen(signal: AbortLike | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  signal.addEventListener('abort', listener);
  return () => signal.removeEventListener('abort', listener);
}

/** Without a prototype: settling a promise looks for `then`, which a plugin may have put on `Object.prototype`. */
function reply(value: Value, body?: ByteSource): GuestReply {
  const answer = objectCreate(null) as { value: Value; body?: ByteSource };
  answer.value = value;
  if (body !== undefined) answer.body = body;
  return answer;
}

function aborted(op: string): Error {
  return hostError({ code: 'ERR_ABORTED', message: `Cannot finish "${op}": it was aborted` });
}

function limited(limit: GuestLimit, op: string, state: string): Error {
  passed(limit);
  return hostError({ code: 'ERR_LIMIT_RATE', message: `Cannot start "${op}": ${state}` });
}

function tooLarge(error: ValueError): ValueError {
  if (error.code === 'ERR_LIMIT_RATE') passed('message');
  return error;
}
