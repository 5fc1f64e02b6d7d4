/**
 * A host under load and attack for a while: does it hold the same at the end as at the beginning? Exits with 1 where it does not.
 *
 * `--minutes N` (default 10) with 100 plugins; `--short`: one minute with 40, for CI, which shows a leak of every operation but
 * not one of every hundredth.
 */
import { readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogHub } from '../src/control/log-hub.ts';
import { createOperations } from '../src/control/operations.ts';
import { listenControl } from '../src/control/server.ts';
import { asset } from '../src/core/assets.ts';
import { silentLogger } from '../src/core/logger.ts';
import type { PluginManager } from '../src/index.ts';
import { startCompanion, type Companion } from './soak/companion.ts';
import { load, type Tally } from './soak/load.ts';
import { LoopWatch } from './soak/loop-watch.ts';
import { Pings } from './soak/pings.ts';
import { castOf } from './soak/plugins.ts';
import { ProcessorShare } from './soak/processor.ts';
import { take, type Sample } from './soak/samples.ts';
import { Trace } from './soak/trace.ts';
import { budgets, compare } from './soak/verdict.ts';
import { folderOf, SHORT } from './support.ts';

const minutesAt = process.argv.indexOf('--minutes');
const MINUTES = minutesAt < 0 ? (SHORT ? 1 : 10) : Number(process.argv[minutesAt + 1]);
const traceAt = process.argv.indexOf('--trace');
const trace = new Trace(traceAt < 0 ? undefined : process.argv[traceAt + 1]);
const COUNT = SHORT ? 40 : 100;
const HOSTILE = COUNT / 20;
/** Code is compiled, pools and caches fill: what is held grows in this time, and must not afterwards. */
const WARM_UP = SHORT ? 15_000 : 45_000;
const SAMPLE_EVERY = SHORT ? 2_000 : 5_000;
const BYSTANDERS = 3;
/** Milliseconds between two attacks. */
const ATTACK_EVERY = SHORT ? 1_500 : 2_500;
/** All that a closed host held must be gone by then. */
const CLOSED_WITHIN = 5_000;

interface Outcome {
  readonly samples: readonly Sample[];
  readonly wrong: readonly string[];
  readonly outage: number;
  readonly tally: Tally;
}

async function soak(companion: Companion): Promise<Outcome> {
  const { PluginManager: Manager } = (await import(asset('lib/index.js'))) as { PluginManager: typeof PluginManager };
  const { port } = companion;
  const cast = castOf({ workers: COUNT - HOSTILE, hostile: HOSTILE }, port);
  await using bench = await folderOf(cast.yaml(20_000), cast.files);
  const { config, dataDir, cacheDir } = bench;
  const none = { calls: 0, events: 0, attacks: 0, restarts: 0, reloads: 0, operated: 0, answered: 0, interrupted: 0 };
  const tally: Tally = { ...none, wrong: [] };
  const logs = createLogHub(silentLogger);
  const manager = await Manager.create({ ...bench, frozen: false, logger: logs });
  const serve = createOperations({ manager, logs, version: '0.0.0', reloaded: () => undefined });
  const control = await listenControl({ dataDir, logger: logs, serve });
  const samples: Sample[] = [];
  const loop = new LoopWatch();
  const processor = new ProcessorShare();
  let outage = 0;
  try {
    manager.onStatus(({ plugin, from, to, reason, error }) =>
      trace.say('status', { plugin, from, to, reason, error: error?.message }),
    );
    const report = await manager.startAll();
    trace.say('started', { loop: loop.worst(), beside: await companion.late(), phases: report.phases });
    for (const { name, error } of [...report.failed, ...report.refused]) tally.wrong.push(`${name}: ${error.message}`);
    const pings = new Pings(manager, cast.workers.slice(-BYSTANDERS), (name, ms) => trace.say('out', { name, ms }));
    const until = performance.now() + WARM_UP + MINUTES * 60_000;
    const url = `http://127.0.0.1:${port}/`;
    const loaded = load({ manager, cast, config, dataDir, url, until, tally, attackEvery: ATTACK_EVERY });
    await sleep(WARM_UP);
    const folders = { owned: join(dataDir, 'plugins'), all: [dataDir, cacheDir] };
    const watched = { manager, folders, companion, processor, loop };
    await take(watched);
    while (performance.now() < until - SAMPLE_EVERY) {
      await sleep(SAMPLE_EVERY);
      samples.push(await take(watched));
      const processes = manager.processes().map(({ pid, group, plugins }) => ({ pid, group, plugins: plugins.length }));
      trace.say('sample', { ...samples.at(-1), processes });
      if (process.stderr.isTTY) process.stderr.write(`\r${samples.length} looks, ${tally.calls} calls `);
    }
    await loaded;
    outage = pings.worst();
    pings.stop();
    // The last attack may have taken a process with it.
    await sleep(2_000);
    tally.wrong.push(...pings.wrong, ...notActive(manager, cast.workers));
  } finally {
    trace.close();
    loop.stop();
    await control.close();
    await manager.close();
  }
  return { samples, wrong: tally.wrong, outage, tally };
}

/** A worker that is not active, though it did nothing. */
function notActive(manager: PluginManager, workers: readonly string[]): string[] {
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

const companion = await startCompanion();
const before = readdirSync('/proc/self/fd').length;
const { samples, wrong, outage, tally } = await soak(companion);
const left = await leftovers(before);
companion.end();

const rows = compare(samples, SHORT);
const { lines: budgeted, missed } = budgets(samples, outage, SHORT);
const { calls, events, attacks, restarts, reloads, operated, answered, interrupted } = tally;
const lines = [
  `${COUNT} plugins, ${MINUTES} min after ${WARM_UP / 1_000} s of warm-up, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, ${samples.length} looks`,
  `${calls} calls, ${events} broadcasts, ${attacks} attacks, ${restarts} restarts, ${reloads} reloads, ${interrupted} calls interrupted`,
  `${operated} operations by the control socket, which answered within ${answered.toFixed(0)} ms`,
  `       ${'median of a quarter'.padEnd(28)} ${'first'.padStart(10)} ${'last'.padStart(10)}`,
  ...rows.map(({ text }) => text),
  ...budgeted,
  ...[...new Set(wrong)].slice(0, 20).map((text) => `WRONG  ${text}`),
  ...left.map((text) => `LEFT   ${text}`),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (missed || rows.some(({ leaks }) => leaks) || wrong.length > 0 || left.length > 0) process.exitCode = 1;
