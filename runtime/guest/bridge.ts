/**
 * Everything that leaves the isolate passes here: messages of one turn are joined and posted once. The bridge's functions
 * stay in this module; no object a plugin can reach refers to them.
 */
import type { Bridge } from '../wire.ts';
import { LOCAL, MESSAGE_SEPARATOR, SEPARATOR } from '../wire.ts';
import { append, deferred, primordialTypeError, promiseThen, reflectApply, resolved } from './primordials.ts';

declare const __bridge: Bridge;

const { post, postBytes, native: callNative, wait: waitReference } = __bridge;
const standStill = waitReference?.applySyncPromise;
export const boot: Bridge['boot'] = __bridge.boot;
export const configBytes: readonly Uint8Array[] = __bridge.configBytes;
export const moduleBytes: Uint8Array[] = __bridge.moduleBytes;

/** Characters after which a turn's messages leave without waiting for its end. */
const FLUSH_AT = 256 * 1024;
/** Microtask hops before a flush: what settles in the same turn leaves in the same message. */
const HOPS = 3;

let out = '';
let receive: NonNullable<Bridge['enter']> = () => undefined;
let scheduled = false;
let lastWords: (() => void) | undefined;
let turns = 0;
let next: { promise: Promise<undefined>; resolve: (value: undefined) => void } | undefined;
const settled = resolved(undefined);

export function send(kind: number, id: number, payload: string, bytes?: readonly Uint8Array[], flag = 0): void {
  const message = `${kind},${id},${flag}${SEPARATOR}${payload}`;
  if (bytes !== undefined && bytes.length > 0) {
    flush();
    reflectApply(postBytes, undefined, list(message, bytes) as [string, ...Uint8Array[]]);
    return;
  }
  out = out === '' ? message : out + MESSAGE_SEPARATOR + message;
  if (out.length > FLUSH_AT) flush();
  else if (!scheduled) {
    scheduled = true;
    hop(HOPS);
  }
}

export function native(op: string, args: readonly unknown[]): unknown {
  return reflectApply(callNative, undefined, list(op, args) as [string, ...unknown[]]);
}

export function onEnter(enter: NonNullable<Bridge['enter']>): void {
  __bridge.enter = enter;
  receive = enter;
}

/**
 * For components: the isolate stands still until something arrives for it, which is received before this returns, or until
 * `ms` milliseconds have passed; with -1 there is no end. Nothing else of the guest runs meanwhile.
 */
export function wait(ms: number): void {
  if (standStill === undefined) throw new primordialTypeError('only a component may wait');
  flush();
  const arrived = reflectApply(standStill, waitReference, [undefined, [ms]]);
  reflectApply(receive, undefined, arrived as never);
}

/** How often the isolate was entered. */
export function turn(): number {
  return turns;
}

export function beginTurn(): void {
  turns += 1;
}

/** Leaves the isolate; resolves when it is entered after what waits for it now. */
export function nextTurn(): Promise<undefined> {
  if (next === undefined) {
    next = deferred<undefined>();
    send(LOCAL.again, 0, '');
  }
  return next.promise;
}

/** The turn that `nextTurn` asked for. */
export function onAgain(): void {
  const waiting = next;
  next = undefined;
  waiting?.resolve(undefined);
}

/** Before the next flush `write` runs once more, to add what it then knows: a state, of which only the last counts. */
export function flushSoon(write: () => void): void {
  lastWords = write;
  if (scheduled) return;
  scheduled = true;
  hop(HOPS);
}

function hop(left: number): void {
  void promiseThen(settled, left === 0 ? flush : () => hop(left - 1));
}

function flush(): void {
  const write = lastWords;
  lastWords = undefined;
  write?.();
  scheduled = false;
  if (out === '') return;
  const messages = out;
  out = '';
  post(messages);
}

/** `[first, ...rest]` without an iterator or a setter that a plugin may have put on `Array.prototype`. */
function list(first: unknown, rest: readonly unknown[]): unknown[] {
  const all = [first];
  for (let index = 0; index < rest.length; index += 1) append(all, rest[index]);
  return all;
}
