/** One broadcast to a hundred plugins, each a plugin in an isolate of its own: deliveries a second, handled. */
import { PluginManager } from '../src/index.ts';
import { plugins, print } from './support.ts';

const SUBSCRIBERS = 100;
const EVENTS = 1_000;

await using bench = await plugins(SUBSCRIBERS);
await using manager = await PluginManager.create(bench);
await manager.startAll();

async function burst(events: number): Promise<number> {
  const before = await heard();
  const start = performance.now();
  // As many at a time as a plugin's queue takes.
  for (let sent = 0; sent < events; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => manager.broadcastEvent('bench.tick', { index })));
    const wanted = before + Math.min(sent + 100, events);
    while ((await heard()) < wanted) await new Promise((resolve) => setImmediate(resolve));
  }
  return (events * SUBSCRIBERS) / ((performance.now() - start) / 1_000);
}

const heard = async (): Promise<number> => {
  const each = await Promise.all(
    Array.from({ length: SUBSCRIBERS }, (_, index) => manager.call(`plugin-${index}`, 'heard', [])),
  );
  return Math.min(...each.map(Number));
};

await burst(100);
const rate = await burst(EVENTS);
print([
  {
    what: `deliveries a second to ${SUBSCRIBERS} subscribers`,
    measured: rate.toFixed(0),
    target: '>= 150,000',
    met: rate >= 150_000,
  },
]);
