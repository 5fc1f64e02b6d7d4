/** How soon the plugins of a process are back after it died, with a warm spare standing by. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type Ivm from 'isolated-vm';
import { Library } from '../runtime/library.ts';
import { asset } from '../src/core/assets.ts';
import type { PluginManager } from '../src/index.ts';
import { runtimeFiles } from '../src/sandbox/binary.ts';
import { type Figure, median, plugins, print, SHORT } from './support.ts';

const COUNT = 50;
const ROUNDS = SHORT ? 2 : 7;

/** Milliseconds from the death of their process until all are active again. */
async function recovery(manager: PluginManager): Promise<number> {
  const [home] = manager.processes().filter(({ plugins: names }) => names.length > 0);
  const active = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<number>();
  const unwatch = manager.onStatus(({ plugin, to }) => {
    if (to === 'active') active.add(plugin);
    if (active.size === COUNT) resolve(performance.now());
  });
  const from = performance.now();
  process.kill(home?.pid ?? 0, 'SIGKILL');
  const taken = (await promise) - from;
  unwatch();
  return taken;
}

/** Of the host as it is shipped. */
async function recoveries(): Promise<number[]> {
  const { PluginManager: Manager } = (await import(asset('lib/index.js'))) as { PluginManager: typeof PluginManager };
  await using bench = await plugins(COUNT);
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await using manager = await Manager.create(bench);
    await manager.startAll();
    // A plugin that ran a moment ago would be suspected; and the spare needs its time.
    await sleep(1_500);
    taken.push(await recovery(manager));
    const answers = await Promise.all(
      Array.from({ length: COUNT }, (_, index) => manager.call(`plugin-${index}`, 'add', [1, 2])),
    );
    if (answers.some((answer) => answer !== 3)) throw new Error('a plugin is back and does not answer');
  }
  return taken.sort((a, b) => a - b);
}

/** In a process of its own, which is as ready as a spare: as many bare isolates with a context and the guest's bootstrap. */
async function bare(): Promise<void> {
  const { binary, bootstrap } = runtimeFiles();
  const module: { exports: { ivm?: typeof Ivm } } = { exports: {} };
  process.dlopen(module, binary);
  const ivm = module.exports.ivm as typeof Ivm;
  const library = new Library(ivm);
  library.bootstrap = readFileSync(bootstrap, 'utf8');
  library.prepare();
  const open = async (): Promise<void> => {
    const isolate = new ivm.Isolate({ memoryLimit: 64 });
    const context = await isolate.createContext();
    await (await library.compileBootstrap(isolate)).run(context, { reference: true } as never);
  };
  await open();
  const from = performance.now();
  await Promise.all(Array.from({ length: COUNT }, open));
  process.stdout.write(String(performance.now() - from), () => process.kill(process.pid, 'SIGKILL'));
}

async function bareTimes(): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(process.execPath, [import.meta.filename, 'bare'], { stdio: ['ignore', 'pipe', 'inherit'] });
    taken.push(Number(String(await new Promise((resolve) => child.stdout.once('data', resolve)))));
  }
  return taken.sort((a, b) => a - b);
}

async function measure(): Promise<Figure[]> {
  const baseline = median(await bareTimes());
  const taken = await recoveries();
  const measured = median(taken);
  const [best, worst] = [taken[0] ?? Number.NaN, taken.at(-1) ?? Number.NaN];
  return [
    {
      what: `${COUNT} plugins back after their process died, warm spare (${best.toFixed(0)} to ${worst.toFixed(0)} ms)`,
      measured: `${measured.toFixed(0)} ms`,
      baseline: `${baseline.toFixed(0)} ms (as many bare isolates with the guest's bootstrap, in a ready process)`,
      ratio: measured / baseline,
      target: '<= 250 ms',
      met: measured <= 250,
    },
  ];
}

if (process.argv[2] === 'bare') await bare();
else print(await measure());
