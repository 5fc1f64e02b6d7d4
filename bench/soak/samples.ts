import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PluginManager } from '../../src/index.ts';
import { pss } from '../support.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** One look at the host and all that it holds. Megabytes and counts. */
export interface Sample {
  readonly heap: number;
  readonly resident: number;
  readonly pss: number;
  readonly files: number;
  readonly resources: number;
  readonly threads: number;
  readonly children: number;
  readonly temporary: number;
  readonly loop: number;
}

export interface Watched {
  readonly manager: PluginManager;
  /** Whose files are counted. */
  readonly folders: readonly string[];
  /** Of the soak itself. */
  readonly notOurs: ReadonlySet<number>;
  readonly loop: { worst(): number; skip(): void };
}

/** Held memory is what is left after a full collection, whose time is not counted as the loop's delay. */
export async function take({ manager, folders, notOurs, loop }: Watched): Promise<Sample> {
  const delay = loop.worst();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const family = [process.pid, ...manager.processes().map(({ pid }) => pid)];
  const shares = await Promise.all(family.map((pid) => pss(pid).catch(() => 0)));
  const sample: Sample = {
    heap: (heapUsed + external) / 1_048_576,
    resident: rss / 1_048_576,
    pss: shares.reduce((sum, megabytes) => sum + (Number.isFinite(megabytes) ? megabytes : 0), 0),
    files: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
    threads: readdirSync('/proc/self/task').length,
    children: childrenOf().filter((pid) => !notOurs.has(pid)).length,
    temporary: folders.reduce((sum, folder) => sum + entriesBelow(folder), 0),
    loop: delay,
  };
  loop.skip();
  return sample;
}

/** Bubblewrap's too. */
function childrenOf(): number[] {
  return readdirSync('/proc/self/task').flatMap((task) => {
    try {
      const text = readFileSync(`/proc/self/task/${task}/children`, 'latin1').trim();
      return text === '' ? [] : text.split(' ').map(Number);
    } catch {
      // A thread that has ended.
      return [];
    }
  });
}

function entriesBelow(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true }).length;
  } catch {
    // Something in it went while it was read, or it is not there yet.
    return 0;
  }
}
