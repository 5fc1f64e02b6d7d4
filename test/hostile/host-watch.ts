/**
 * Watches the host itself while an attack runs: its event loop, its memory, its own objects. A thread that does nothing but
 * tick says how much of a delay is the machine's.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';

const MAX_DELAY = 250;
const MAX_GROWTH = 100 * 1024 * 1024;
const SAMPLE = 50;
const TICK = 10;

const METRONOME = `
  const { workerData } = require('node:worker_threads');
  const worst = new Int32Array(workerData);
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    const late = Math.round(now - last - ${TICK});
    last = now;
    if (late > worst[0]) worst[0] = late;
    if (late > 50) worst[1] += late;
  }, ${TICK});`;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const HOLDERS: readonly (readonly [string, object])[] = [
  ['globalThis', globalThis],
  ...(
    ['Object', 'Array', 'Function', 'Promise', 'Error', 'String', 'Number', 'Date', 'Map', 'Uint8Array'] as const
  ).map((name) => [`${name}.prototype`, globalThis[name].prototype as object] as const),
];

export class HostWatch {
  readonly #shared = new SharedArrayBuffer(8);
  readonly #machine = new Int32Array(this.#shared);
  readonly #metronome: Worker;
  readonly #loop: ReturnType<typeof monitorEventLoopDelay>;
  #sampler: NodeJS.Timeout | undefined;
  #base = 0;
  #peak = 0;
  #shape = '';

  constructor() {
    this.#metronome = new Worker(METRONOME, { eval: true, workerData: this.#shared, stdout: false, stderr: false });
    this.#loop = monitorEventLoopDelay({ resolution: TICK });
  }

  begin(): void {
    collect();
    this.#shape = shapeOfHost();
    this.#base = this.#peak = process.memoryUsage.rss();
    this.#sampler = setInterval(() => {
      this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
    }, SAMPLE);
    Atomics.store(this.#machine, 0, 0);
    Atomics.store(this.#machine, 1, 0);
    this.#loop.enable();
    this.#loop.reset();
  }

  /** Milliseconds that the machine kept even an idle thread waiting since `begin`. */
  stolen(): number {
    return Atomics.load(this.#machine, 1);
  }

  end(): string[] {
    clearInterval(this.#sampler);
    this.#loop.disable();
    const delay = Math.round(this.#loop.max / 1e6) - TICK;
    const machine = Atomics.load(this.#machine, 0);
    // Against what is resident now as well: what was garbage when it began may have been given back and taken again.
    const grown = this.#peak - this.#base;
    const shape = shapeOfHost();
    return [
      ...(delay - machine > MAX_DELAY
        ? [`the host's event loop was delayed by ${delay} ms (the machine: ${machine} ms)`]
        : []),
      ...(grown > MAX_GROWTH ? [`the host's memory grew by ${Math.round(grown / 1024 / 1024)} MiB`] : []),
      ...(shape === this.#shape ? [] : [`the host's own objects have changed: ${difference(this.#shape, shape)}`]),
    ];
  }

  async close(): Promise<void> {
    this.#loop.disable();
    await this.#metronome.terminate();
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
