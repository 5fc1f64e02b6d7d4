/** A hostile plugin beside 20 others: how long they are out, and how long the host's loop stands still, attack by attack. */
import { setTimeout as sleep } from 'node:timers/promises';
import { asset } from '../src/core/assets.ts';
import type { PluginManager } from '../src/index.ts';
import { LoopWatch } from './soak/loop-watch.ts';
import { Pings } from './soak/pings.ts';
import { ATTACKS, castOf } from './soak/plugins.ts';
import { type Figure, folderOf, print, SHORT } from './support.ts';

const OTHERS = 20;
const ROUNDS = SHORT ? 1 : 3;

async function measure(): Promise<Figure[]> {
  const { PluginManager: Manager } = (await import(asset('lib/index.js'))) as { PluginManager: typeof PluginManager };
  const cast = castOf({ workers: OTHERS, hostile: 1 }, 9);
  await using bench = await folderOf(cast.yaml(20_000), cast.files);
  await using manager = await Manager.create({ ...bench, frozen: false });
  await manager.startAll();
  const figures: Figure[] = [];
  const [hostile] = cast.hostile as [string];
  for (const kind of Object.keys(ATTACKS)) {
    let out = 0;
    let delayed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // In the process of the others again, whatever it did before; and the spare needs its time.
      await manager.restartPlugin(hostile);
      await sleep(1_000);
      const pings = new Pings(manager, cast.workers);
      const loop = new LoopWatch();
      await manager.call(hostile, 'attack', [kind]).catch(() => undefined);
      await sleep(1_500);
      out = Math.max(out, pings.worst());
      delayed = Math.max(delayed, loop.worst());
      pings.stop();
      loop.stop();
      if (pings.wrong.length > 0) throw new Error(pings.wrong.join('\n'));
    }
    figures.push({
      what: `attack "${kind}" beside ${OTHERS}: outage of the others, worst of ${ROUNDS}`,
      measured: `${out.toFixed(0)} ms`,
      target: '<= 2000 ms',
      met: out <= 2_000,
    });
    figures.push({
      what: `attack "${kind}" beside ${OTHERS}: the host's loop delayed, worst of ${ROUNDS}`,
      measured: `${delayed.toFixed(0)} ms`,
      target: '< 250 ms',
      met: delayed < 250,
    });
  }
  return figures;
}

print(await measure());
