/**
 * Watches the host itself while an attack runs: its event loop, its memory, its own objects. What the kernel kept the thread
 * waiting for a processor (schedstat) is the machine's doing, not the host's.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MAX_DELAY = 250;
const MAX_GROWTH = 100 * 1024 * 1024;
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
  #base = 0;
  #peak = 0;
  #shape = '';
  #began = 0;
  #last = { at: 0, waited: 0 };
  /** Milliseconds: the longest time without a turn, less what the machine had of it. */
  #delay = 0;

  begin(): void {
    collect();
    this.#shape = shapeOfHost();
    this.#base = this.#peak = process.memoryUsage.rss();
    this.#delay = 0;
    this.#began = waited();
    this.#last = { at: performance.now(), waited: this.#began };
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
    const grown = this.#peak - this.#base;
    const shape = shapeOfHost();
    return [
      ...(delay > MAX_DELAY
        ? [`the host's event loop was delayed by ${delay} ms (with the machine's share: ${all} ms)`]
        : []),
      ...(grown > MAX_GROWTH ? [`the host's memory grew by ${Math.round(grown / 1024 / 1024)} MiB`] : []),
      ...(shape === this.#shape ? [] : [`the host's own objects have changed: ${difference(this.#shape, shape)}`]),
    ];
  }

  #tick(): void {
    const now = { at: performance.now(), waited: waited() };
    this.#delay = Math.max(this.#delay, now.at - this.#last.at - (now.waited - this.#last.waited) - TICK);
    this.#last = now;
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }
}

/** Milliseconds that this thread was ready to run and did not, since it began. */
function waited(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1]) / 1e6;
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
