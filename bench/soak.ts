/**
 * A host under load and attack for a while: does it hold the same at the end as at the beginning? Exits with 1 where it does not.
 *
 * `--minutes N` (default 10) with 100 plugins; `--short`: one minute with 40, for CI, which shows a leak of every operation but
 * not one of every hundredth.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asset } from '../src/core/assets.ts';
import type { PluginManager } from '../src/index.ts';
import { load, type Tally } from './soak/load.ts';
import { LoopWatch } from './soak/loop-watch.ts';
import { Pings } from './soak/pings.ts';
import { castOf } from './soak/plugins.ts';
import { take, type Sample } from './soak/samples.ts';
import { compare } from './soak/verdict.ts';
import { folderOf, SHORT } from './support.ts';

const minutesAt = process.argv.indexOf('--minutes');
const MINUTES = minutesAt < 0 ? (SHORT ? 1 : 10) : Number(process.argv[minutesAt + 1]);
const COUNT = SHORT ? 40 : 100;
const HOSTILE = COUNT / 20;
/** Code is compiled, pools and caches fill: what is held grows in this time, and must not afterwards. */
const WARM_UP = SHORT ? 15_000 : 45_000;
const SAMPLE_EVERY = SHORT ? 2_000 : 5_000;
const BYSTANDERS = 3;
/** All that a closed host held must be gone by then. */
const CLOSED_WITHIN = 5_000;

interface Outcome {
  readonly samples: readonly Sample[];
  readonly wrong: readonly string[];
  readonly outage: number;
  readonly tally: Tally;
}

async function soak(port: number, server: number): Promise<Outcome> {
  const { PluginManager: Manager } = (await import(asset('lib/index.js'))) as { PluginManager: typeof PluginManager };
  const cast = castOf({ workers: COUNT - HOSTILE, hostile: HOSTILE }, port);
  await using bench = await folderOf(cast.yaml(20_000), cast.files);
  const tally: Tally = { calls: 0, events: 0, attacks: 0, restarts: 0, reloads: 0, interrupted: 0, wrong: [] };
  const manager = await Manager.create({ ...bench, frozen: false });
  const samples: Sample[] = [];
  const loop = new LoopWatch();
  let outage = 0;
  try {
    const report = await manager.startAll();
    for (const { name, error } of [...report.failed, ...report.refused]) tally.wrong.push(`${name}: ${error.message}`);
    const pings = new Pings(manager, cast.workers.slice(-BYSTANDERS));
    const from = performance.now();
    const until = from + WARM_UP + MINUTES * 60_000;
    const url = `http://127.0.0.1:${port}/`;
    const attackEvery = SHORT ? 1_500 : 4_000;
    const loaded = load({ manager, cast, config: bench.config, url, until, tally, attackEvery });
    await sleep(WARM_UP);
    while (performance.now() < until - SAMPLE_EVERY) {
      const folders = [join(bench.dataDir, 'plugins'), bench.cacheDir];
      samples.push(await take({ manager, folders, notOurs: new Set([server]), loop }));
      if (process.stderr.isTTY) process.stderr.write(`\r${samples.length} looks, ${tally.calls} calls `);
      await sleep(SAMPLE_EVERY);
    }
    await loaded;
    outage = pings.worst();
    pings.stop();
    // The last attack may have taken a process with it.
    await sleep(2_000);
    tally.wrong.push(...pings.wrong, ...blamed(manager, cast.workers));
  } finally {
    loop.stop();
    await manager.close();
  }
  return { samples, wrong: tally.wrong, outage, tally };
}

/** A worker that is not active, or was blamed, though it did nothing. */
function blamed(manager: PluginManager, workers: readonly string[]): string[] {
  return manager
    .listPlugins()
    .filter(({ name, status }) => workers.includes(name) && status !== 'active')
    .map(({ name, status, reason, error }) => `${name} is ${status} (${reason ?? ''}): ${error?.message ?? ''}`);
}

/** What is left of a closed host. */
async function leftovers(files: number): Promise<string[]> {
  const late = performance.now() + CLOSED_WITHIN;
  for (;;) {
    const open = readdirSync('/proc/self/fd').length;
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const problems = [
      ...(open > files + 2 ? [`${open} files are open after close, ${files} were before`] : []),
      ...(timers > 1 ? [`${timers} timers run after close`] : []),
    ];
    if (problems.length === 0 || performance.now() > late) return problems;
    await sleep(100);
  }
}

const server = spawn(process.execPath, [join(import.meta.dirname, 'soak/echo-server.ts')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const [said] = (await once(server.stdout, 'data')) as [Buffer];
const before = readdirSync('/proc/self/fd').length;
const { samples, wrong, outage, tally } = await soak(Number(said), server.pid ?? 0);
const left = await leftovers(before);
server.stdin.end();

const rows = compare(samples);
const { calls, events, attacks, restarts, reloads, interrupted } = tally;
const lines = [
  `${COUNT} plugins, ${MINUTES} min after ${WARM_UP / 1_000} s of warm-up, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, ${samples.length} looks`,
  `${calls} calls, ${events} broadcasts, ${attacks} attacks, ${restarts} restarts, ${reloads} reloads, ${interrupted} calls interrupted`,
  `       ${'median of a quarter'.padEnd(24)} ${'first'.padStart(10)} ${'last'.padStart(10)}`,
  ...rows.map(({ text }) => text),
  `${COUNT} plugins, bystanders out at most ${outage.toFixed(0)} ms; loop delayed at most ${Math.max(...samples.map(({ loop }) => loop)).toFixed(0)} ms`,
  ...[...new Set(wrong)].slice(0, 20).map((text) => `WRONG  ${text}`),
  ...left.map((text) => `LEFT   ${text}`),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (rows.some(({ leaks }) => leaks) || wrong.length > 0 || left.length > 0) process.exitCode = 1;
