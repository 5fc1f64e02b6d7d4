/** Subscriptions of the plugin: the host knows patterns, the handlers stay here. */
import type { Value } from '../../src/protocol/values.ts';
import {
  append,
  mapDelete,
  mapGet,
  mapSet,
  objectFreeze,
  primordialMap,
  primordialTypeError,
  setAdd,
  setDelete,
  primordialSet,
} from './primordials.ts';
import { request } from './requests.ts';

interface GuestEvent {
  readonly type: string;
  readonly data: Value;
  readonly source: string;
  readonly time: string;
}
type Handler = (event: GuestEvent) => unknown;

const handlers = new primordialMap<string, Set<{ readonly handle: Handler }>>();
const sizeOf = Object.getOwnPropertyDescriptor(Set.prototype, 'size')?.get as (this: Set<unknown>) => number;
const size: (set: Set<unknown>) => number = Function.prototype.call.bind(sizeOf) as never;
const each: <T>(set: Set<T>, visit: (item: T) => void) => void = Function.prototype.call.bind(
  Set.prototype.forEach as never,
) as never;

async function subscribe(pattern: string, handle: Handler): Promise<() => Promise<void>> {
  if (typeof handle !== 'function') throw new primordialTypeError('Cannot subscribe: the handler is not a function');
  const own = mapGet(handlers, pattern) ?? new primordialSet<{ readonly handle: Handler }>();
  const entry = { handle };
  const first = size(own) === 0;
  setAdd(own, entry);
  mapSet(handlers, pattern, own);
  try {
    if (first) await request('events.subscribe', [pattern]);
  } catch (error) {
    setDelete(own, entry);
    throw error;
  }
  return async () => {
    if (!setDelete(own, entry) || size(own) > 0) return;
    mapDelete(handlers, pattern);
    await request('events.unsubscribe', [pattern]);
  };
}

/** For a component, whose handler is its own export: this one alone, or none. */
export function onlyHandler(pattern: string, handle: Handler | undefined): void {
  mapDelete(handlers, pattern);
  if (handle === undefined) return;
  const own = new primordialSet<{ readonly handle: Handler }>();
  setAdd(own, { handle });
  mapSet(handlers, pattern, own);
}

/** Every handler of the pattern, one after the other; a throw keeps none of them from running. */
export async function deliver(pattern: string, event: GuestEvent): Promise<void> {
  const own = mapGet(handlers, pattern);
  if (own === undefined) return;
  const now: Handler[] = [];
  each(own, ({ handle }) => append(now, handle));
  let failed = false;
  let failure: unknown;
  for (let index = 0; index < now.length; index += 1) {
    try {
      await (now[index] as Handler)(event);
    } catch (error) {
      if (!failed) failure = error;
      failed = true;
    }
  }
  if (failed) throw failure;
}

export const eventBus = objectFreeze({
  async publish(topic: string, data?: Value): Promise<void> {
    await request('events.publish', [topic, data]);
  },
  subscribe,
});
