/** One broadcast to a hundred plugins, each a plugin in an isolate of its own: deliveries a second, handled. */
import { setImmediate as turn } from 'node:timers/promises';
import { PluginManager } from '../src/index.ts';
import { plugins, print, SHORT } from './support.ts';

const SUBSCRIBERS = 100;
const EVENTS = SHORT ? 1_000 : 5_000;
const ROUNDS = SHORT ? 2 : 5;
/** Events that are under way at a time: a queue takes a thousand. */
const WINDOW = 500;
const STEP = 100;

await using bench = await plugins(SUBSCRIBERS);
await using manager = await PluginManager.create(bench);
await manager.startAll();
const names = Array.from({ length: SUBSCRIBERS }, (_, index) => `plugin-${index}`);

/** Events that every plugin has handled: the host's own count, no message. */
const handled = (): number => Math.min(...names.map((name) => manager.eventCounts(name).delivered));

async function burst(events: number): Promise<number> {
  const before = handled();
  const start = performance.now();
  for (let sent = 0; sent < events; sent += STEP) {
    await Promise.all(Array.from({ length: STEP }, (_, index) => manager.broadcastEvent('bench.tick', { index })));
    while (handled() - before < sent + STEP - WINDOW) await turn();
  }
  while (handled() - before < events) await turn();
  return (events * SUBSCRIBERS) / ((performance.now() - start) / 1_000);
}

await burst(500);
const rates: number[] = [];
for (let round = 0; round < ROUNDS; round++) rates.push(await burst(EVENTS));
// Every plugin counts for itself what it really got.
const heard = await Promise.all(names.map((name) => manager.call(name, 'heard', [])));
const sent = 500 + ROUNDS * EVENTS;
if (heard.some((count) => count !== sent))
  throw new Error(`${sent} were sent, ${Math.min(...heard.map(Number))} were heard`);

const rate = Math.max(...rates);
print([
  {
    what: `deliveries a second to ${SUBSCRIBERS} subscribers (best of ${ROUNDS})`,
    measured: rate.toFixed(0),
    target: '>= 150,000',
    met: rate >= 150_000,
  },
]);
