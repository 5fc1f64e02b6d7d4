/**
 * Watches the host itself while an attack runs: its event loop, its memory, its own objects. What the kernel kept the thread
 * waiting for a processor (schedstat), or the collector's threads that it waits for, is the machine's doing, not the host's.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MAX_DELAY = 250;
const MIB = 1024 * 1024;
/** Of what is held, and of what is resident with the garbage that V8 has not collected yet. */
const MAX_HELD = 100 * MIB;
const MAX_RESIDENT = 250 * MIB;
/** Milliseconds between two looks at what is held: each is a full collection. */
const LOOK_AGAIN = 500;
const TICK = 10;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const HOLDERS: readonly (readonly [string, object])[] = [
  ['globalThis', globalThis],
  ...(
    ['Object', 'Array', 'Function', 'Promise', 'Error', 'String', 'Number', 'Date', 'Map', 'Uint8Array'] as const
  ).map((name) => [`${name}.prototype`, globalThis[name].prototype as object] as const),
];

export class HostWatch {
  readonly #loop: ReturnType<typeof monitorEventLoopDelay> = monitorEventLoopDelay({ resolution: TICK });
  #ticker: NodeJS.Timeout | undefined;
  #resident = { base: 0, peak: 0 };
  #held = { base: 0, peak: 0, at: 0 };
  #shape = '';
  #began = 0;
  #last = sample();
  /** Milliseconds: the longest time without a turn, less what the machine had of it. */
  #delay = 0;

  begin(): void {
    collect();
    this.#shape = shapeOfHost();
    const resident = process.memoryUsage.rss();
    this.#resident = { base: resident, peak: resident };
    this.#held = { base: held(), peak: held(), at: 0 };
    this.#delay = 0;
    this.#began = waited();
    this.#last = sample();
    this.#ticker = setInterval(() => this.#tick(), TICK);
    this.#loop.enable();
    this.#loop.reset();
  }

  /** Milliseconds for which the machine kept this thread waiting since `begin`. */
  stolen(): number {
    return Math.round(waited() - this.#began);
  }

  end(): string[] {
    this.#tick();
    clearInterval(this.#ticker);
    this.#loop.disable();
    const delay = Math.round(this.#delay);
    const all = Math.round(this.#loop.max / 1e6);
    const grown = this.#held.peak - this.#held.base;
    const resident = this.#resident.peak - this.#resident.base;
    const shape = shapeOfHost();
    return [
      ...(delay > MAX_DELAY
        ? [`the host's event loop was delayed by ${delay} ms (with the machine's share: ${all} ms)`]
        : []),
      ...(grown > MAX_HELD ? [`the host's memory grew by ${Math.round(grown / MIB)} MiB`] : []),
      ...(resident > MAX_RESIDENT ? [`the host grew by ${Math.round(resident / MIB)} MiB, garbage included`] : []),
      ...(shape === this.#shape ? [] : [`the host's own objects have changed: ${difference(this.#shape, shape)}`]),
    ];
  }

  #tick(): void {
    const now = sample();
    const last = this.#last;
    const machine = now.waited - last.waited + longestWait(last.helpers, now.helpers);
    this.#delay = Math.max(this.#delay, now.cpu - last.cpu, now.at - last.at - machine - TICK);
    this.#last = now;
    this.#look(process.memoryUsage.rss());
  }

  /** Where more is resident than may be held, it is looked at what is held. */
  #look(resident: number): void {
    this.#resident.peak = Math.max(this.#resident.peak, resident);
    if (resident - this.#resident.base <= MAX_HELD || performance.now() - this.#held.at < LOOK_AGAIN) return;
    collect();
    this.#held.peak = Math.max(this.#held.peak, held());
    // The collection is the suite's own doing.
    this.#last = sample();
    this.#held.at = performance.now();
  }
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

interface Sample {
  readonly at: number;
  /** Milliseconds of a processor that this thread used, and for which it was ready and did not get one. */
  readonly cpu: number;
  readonly waited: number;
  /** What the other threads of this process waited. */
  readonly helpers: ReadonlyMap<string, number>;
}

function sample(): Sample {
  const { user, system } = process.threadCpuUsage();
  const helpers = new Map(readdirSync('/proc/self/task').map((task) => [task, waitedBy(`self/task/${task}`)]));
  return { at: performance.now(), cpu: (user + system) / 1_000, waited: waited(), helpers };
}

function longestWait(before: Sample['helpers'], after: Sample['helpers']): number {
  const own = String(process.pid);
  return Math.max(0, ...[...after].map(([task, ms]) => (task === own ? 0 : ms - (before.get(task) ?? ms))));
}

function waited(): number {
  return waitedBy('thread-self');
}

function waitedBy(task: string): number {
  try {
    return Number(readFileSync(`/proc/${task}/schedstat`, 'latin1').split(' ')[1]) / 1e6;
  } catch {
    // A thread that has ended.
    return 0;
  }
}

function shapeOfHost(): string {
  return HOLDERS.map(([name, holder]) => `${name}: ${Reflect.ownKeys(holder).map(String).sort().join(' ')}`).join('\n');
}

function difference(before: string, after: string): string {
  const known = new Set(before.split(/\s/));
  return (
    after
      .split(/\s/)
      .filter((name) => !known.has(name))
      .join(' ') || 'something is gone'
  );
}
