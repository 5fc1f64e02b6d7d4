/**
 * Timers inside the guest: kept here, so that a million of them cost the plugin's own memory and one message. The runtime
 * process is told when to enter next; each turn runs what is due, one callback's throw never keeping another from running.
 */
import { LOCAL } from '../wire.ts';
import { boot, flushSoon, send } from './bridge.ts';
import { hide } from './failure.ts';
import { reportError } from './log.ts';
import { passed } from './passed.ts';
import {
  append,
  dateNow,
  mapDelete,
  mapForEach,
  mapGet,
  mapSet,
  max,
  min,
  primordialMap,
  primordialRangeError,
  trunc,
} from './primordials.ts';

interface Timer {
  readonly callback: () => void;
  readonly interval: number | undefined;
  due: number;
}

const LONGEST = 2 ** 31 - 1;
const timers = new primordialMap<number, Timer>();
let count = 0;
let last = 0;
/** When the runtime process enters next, as it was told; Infinity: not at all. */
let armed = Infinity;
let told = 0;

export function setTimer(ms: number, repeat: boolean, callback: () => void): number {
  if (count >= boot.limits.timers) {
    throw tooMany();
  }
  const delay = ms >= 1 ? min(trunc(ms), LONGEST) : repeat ? 1 : 0;
  last += 1;
  const due = dateNow() + delay;
  mapSet(timers, last, { callback, interval: repeat ? max(delay, 1) : undefined, due });
  count += 1;
  flushSoon(tell);
  return last;
}

export function clearTimer(id: number): void {
  if (!mapDelete(timers, id)) return;
  count -= 1;
  flushSoon(tell);
}

/** Entered by the runtime process. */
export function runTimers(): void {
  armed = Infinity;
  const now = dateNow();
  const due: number[] = [];
  // Insertion order breaks ties, as timers of one delay run in the order they were set.
  mapForEach(timers, (timer, id) => {
    if (timer.due <= now) append(due, id);
  });
  sortByDue(due);
  for (let index = 0; index < due.length; index += 1) {
    const id = due[index] as number;
    const timer = mapGet(timers, id);
    if (timer === undefined) continue;
    if (timer.interval === undefined) clearTimer(id);
    else timer.due = dateNow() + timer.interval;
    try {
      timer.callback();
    } catch (error) {
      reportError(error);
    }
  }
  flushSoon(tell);
}

/** Tells the runtime process how many there are, and when the first is due. */
function tell(): void {
  let next = Infinity;
  mapForEach(timers, (timer) => {
    next = min(next, timer.due);
  });
  if (next === armed && count === told) return;
  armed = next;
  told = count;
  send(LOCAL.arm, next === Infinity ? 0 : max(0, next - dateNow()), `${count}`);
}

function tooMany(): Error {
  passed('timers');
  const error = new primordialRangeError(`Cannot set a timer: ${boot.limits.timers} are pending (limits.timers)`);
  hide(error, 'code', 'ERR_LIMIT_RATE');
  return error;
}

/** Few are due at a time: insertion, which needs nothing of Array.prototype. */
function sortByDue(ids: number[]): void {
  const dueOf = (id: number): number => mapGet(timers, id)?.due ?? 0;
  for (let index = 1; index < ids.length; index += 1) {
    const id = ids[index] as number;
    let at = index;
    for (; at > 0 && dueOf(ids[at - 1] as number) > dueOf(id); at -= 1) ids[at] = ids[at - 1] as number;
    ids[at] = id;
  }
}
