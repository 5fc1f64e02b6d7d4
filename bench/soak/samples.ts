import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PluginManager } from '../../src/index.ts';
import { pss } from '../support.ts';
import type { Companion } from './companion.ts';
import type { ProcessorShare } from './processor.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** One look at the host and all that it holds. Megabytes, counts, milliseconds. */
export interface Sample {
  readonly heap: number;
  readonly resident: number;
  /** Of all processes, less what an empty one holds for each. */
  readonly pss: number;
  readonly files: number;
  readonly resources: number;
  readonly threads: number;
  readonly processes: number;
  /** Children that the manager does not know, and processes without plugins beyond the spare. */
  readonly strays: number;
  readonly owned: number;
  readonly others: number;
  /** How long the host's loop did not turn, at most, and how late a process beside it was meanwhile. */
  readonly loop: number;
  readonly beside: number;
  /** Of the processors: what the rest of the machine had, 0 to 1. */
  readonly share: number;
}

export interface Watched {
  readonly manager: PluginManager;
  /** Of the plugins themselves, and of the host: data and cache. */
  readonly folders: { readonly owned: string; readonly all: readonly string[] };
  readonly companion: Companion;
  readonly processor: ProcessorShare;
  readonly loop: { worst(): number; skip(): void };
}

/** Until a spare was seen. */
let empty = 25;

/** Held memory is what is left after a full collection, whose time is not counted as the loop's delay. */
export async function take({ manager, folders, companion, processor, loop }: Watched): Promise<Sample> {
  const [delay, beside] = [loop.worst(), await companion.late()];
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const known = manager.processes();
  const children = childrenOf().filter((pid) => pid !== companion.pid);
  const [own = 0, ...shares] = await Promise.all(
    [process.pid, ...known.map(({ pid }) => pid)].map((pid) => pss(pid).catch(() => 0)),
  );
  const spare = known.findIndex(({ group }) => group === '');
  if ((shares[spare] ?? 0) > 10) empty = shares[spare] ?? empty;
  const owned = entriesBelow(folders.owned);
  const sample: Sample = {
    heap: (heapUsed + external) / 1_048_576,
    resident: rss / 1_048_576,
    pss: own + shares.reduce((sum, megabytes) => sum + Math.max(0, (megabytes || 0) - empty), 0),
    files: readdirSync('/proc/self/fd').length - 2 * known.length,
    resources: process.getActiveResourcesInfo().length,
    threads: readdirSync('/proc/self/task').length,
    processes: known.length,
    strays:
      Math.max(0, children.length - known.length) +
      Math.max(0, known.filter(({ plugins }) => plugins.length === 0).length - 1),
    owned,
    others: folders.all.reduce((sum, folder) => sum + entriesBelow(folder), 0) - owned,
    loop: delay,
    beside,
    share: processor.others([process.pid, companion.pid, ...children, ...known.map(({ pid }) => pid)]),
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
