/** What a plugin costs at start: one more in a running host, and a hundred in a cold one. */
import { spawn } from 'node:child_process';
import { asset } from '../src/core/assets.ts';
import { PluginManager } from '../src/index.ts';
import { type Figure, median, plugins, print, pss, SHORT, times } from './support.ts';

const COUNT = 100;

/** The memory of a process and of its children. */
async function family(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map((pid) => pss(pid)));
  return each.reduce((sum, megabytes) => sum + megabytes, 0);
}

async function oneMore(): Promise<Figure[]> {
  await using bench = await plugins(60);
  await using manager = await PluginManager.create(bench);
  await manager.startAll({ names: ['plugin-0'] });
  const runtime = async (): Promise<number> => family(manager.processes().map(({ pid }) => pid));
  const start = async (index: number): Promise<void> => {
    await manager.loadPlugin(`plugin-${index}`);
    await manager.startPlugin(`plugin-${index}`);
  };
  for (let index = 1; index < 10; index++) await start(index);
  const before = await runtime();
  const taken = await times(50, (index) => start(index + 10));
  const each = ((await runtime()) - before) / 50;
  return [
    {
      what: 'start of one more cached plugin',
      measured: `${median(taken).toFixed(2)} ms`,
      target: '<= 6 ms',
      met: median(taken) <= 6,
    },
    { what: 'memory of one more plugin', measured: `${each.toFixed(2)} MB`, target: '<= 2 MB', met: each <= 2 },
  ];
}

/** In a process of its own: cold means that nothing is loaded. */
async function cold(): Promise<Figure[]> {
  await using bench = await plugins(COUNT);
  const taken: number[] = [];
  let memory = 0;
  for (let round = 0; round < (SHORT ? 1 : 5); round++) {
    const start = performance.now();
    const child = spawn(process.execPath, [import.meta.filename, 'host', JSON.stringify(bench)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const pids = JSON.parse(String(await new Promise((resolve) => child.stdout.once('data', resolve)))) as number[];
    taken.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    memory = await family([child.pid ?? 0, ...pids]);
    child.stdin.end();
    await new Promise((resolve) => child.once('close', resolve));
  }
  const best = Math.min(...taken) / 1_000;
  return [
    {
      what: `${COUNT} cached plugins, cold host to all active`,
      measured: `${best.toFixed(2)} s`,
      target: '<= 0.9 s',
      met: best <= 0.9,
    },
    {
      what: 'PSS of all its processes, spare included',
      measured: `${memory.toFixed(0)} MB`,
      target: '<= 330 MB',
      met: memory <= 330,
    },
  ];
}

async function host(bench: { config: string; dataDir: string; cacheDir: string }): Promise<void> {
  const { PluginManager: Manager } = (await import(asset('lib/index.js'))) as {
    PluginManager: typeof PluginManager;
  };
  await using manager = await Manager.create(bench);
  const report = await manager.startAll();
  if (report.started.length !== COUNT) throw new Error(JSON.stringify(report));
  process.stdout.write(JSON.stringify(manager.processes().map(({ pid }) => pid)));
  await new Promise((resolve) => process.stdin.resume().once('end', resolve));
}

const [, , mode, given] = process.argv;
if (mode === 'host' && given !== undefined) await host(JSON.parse(given));
else print([...(await oneMore()), ...(await cold())]);
