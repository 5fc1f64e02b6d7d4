/**
 * Hands events to their handlers: in order, one at a time, until the host stops it. The host learns what is handled before a
 * handler has it wait, and the isolate is left between two handlers so often that its calls get their turn.
 */
import { FRAME } from '../../src/protocol/messages.ts';
import type { WireDelivery } from '../../src/protocol/requests.ts';
import { nextTurn, send, turn } from './bridge.ts';
import { thrownText } from './failure.ts';
import {
  dateNow,
  jsonStringify,
  mapDelete,
  mapGet,
  mapSet,
  primordialMap,
  promiseThen,
  resolved,
} from './primordials.ts';

interface Batch {
  readonly call: number;
  done: number;
  /** Of those done, what the host knows. */
  told: number;
  watched: boolean;
  stopped: boolean;
}

/** Milliseconds of handlers in one entry into the isolate. */
const TURN = 4;
/** Microtask hops in which an asynchronous handler that waits for nothing has ended. */
const HOPS = 3;

const running = new primordialMap<number, Batch>();
const settled = resolved(undefined);

/** Resolves to the events handled that the host was not told of. `handle` may return a promise; `failed` hears of each throw. */
export async function handleBatch(
  call: number,
  deliveries: readonly WireDelivery[],
  handle: (delivery: WireDelivery) => unknown,
  failed: () => void,
): Promise<number> {
  const batch: Batch = { call, done: 0, told: 0, watched: false, stopped: false };
  mapSet(running, call, batch);
  let entered = turn();
  let since = dateNow();
  for (let index = 0; index < deliveries.length; index += 1) {
    if (entered === turn() && dateNow() - since > TURN) {
      tell(batch);
      await nextTurn();
    }
    if (batch.stopped) break;
    if (entered !== turn()) {
      entered = turn();
      since = dateNow();
    }
    try {
      const answer = handle(deliveries[index] as WireDelivery);
      if (typeof answer === 'object' || typeof answer === 'function') watch(batch);
      await answer;
      batch.done += 1;
    } catch (error) {
      batch.done += 1;
      failed();
      tell(batch, thrownText(error));
    }
  }
  mapDelete(running, call);
  const rest = batch.done - batch.told;
  batch.told = batch.done;
  return rest;
}

/** The handler that runs goes on, no other begins. False: the call is no batch. */
export function stopBatch(call: number): boolean {
  const batch = mapGet(running, call);
  if (batch !== undefined) batch.stopped = true;
  return batch !== undefined;
}

function tell(batch: Batch, thrown?: string): void {
  const count = batch.done - batch.told;
  if (count === 0) return;
  batch.told = batch.done;
  send(FRAME.handled, batch.call, thrown === undefined ? `[${count}]` : `[${count},${jsonStringify(thrown)}]`);
}

/** Tells of what is done once a handler makes the rest wait. */
function watch(batch: Batch): void {
  if (batch.watched) return;
  batch.watched = true;
  hop(batch, batch.done, HOPS);
}

function hop(batch: Batch, done: number, left: number): void {
  void promiseThen(settled, () => {
    if (left > 0) return hop(batch, done, left - 1);
    if (batch.done !== done) return hop(batch, batch.done, HOPS);
    batch.watched = false;
    tell(batch);
  });
}
