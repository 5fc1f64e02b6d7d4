import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../src/core/system-error.ts';
import type { PluginManager } from '../../src/index.ts';
import { operate } from './control.ts';
import { ATTACKS, type Cast } from './plugins.ts';

export interface Tally {
  calls: number;
  events: number;
  attacks: number;
  restarts: number;
  reloads: number;
  /** By the control socket, and the longest that a host took to answer there. Milliseconds. */
  operated: number;
  answered: number;
  /** Calls that failed because something was restarted or attacked: they may be tried again. */
  interrupted: number;
  /** What a correct host never does. */
  readonly wrong: string[];
}

export interface LoadOptions {
  readonly manager: PluginManager;
  readonly cast: Cast;
  readonly config: string;
  readonly dataDir: string;
  readonly url: string;
  readonly until: number;
  readonly tally: Tally;
  /** Milliseconds between two attacks. */
  readonly attackEvery: number;
}

/** A worker that is restarted, or whose process died, says one of these; any other failure is wrong. */
const EXPECTED = new Set(['ERR_STATE', 'ERR_PLUGIN_CRASHED', 'ERR_ABORTED']);

/** All that goes on, until it is time. */
export async function load(options: LoadOptions): Promise<void> {
  const lanes = Array.from({ length: 4 }, (_, lane) => work(options, lane));
  await Promise.all([
    ...lanes,
    broadcast(options),
    attack(options),
    restart(options),
    reload(options),
    operate(options),
  ]);
}

const later = ({ until }: LoadOptions): boolean => performance.now() < until;

async function work(options: LoadOptions, lane: number): Promise<void> {
  const { manager, cast, url, tally } = options;
  for (let turn = lane; later(options); turn += 4) {
    const name = cast.workers[(turn * 7) % cast.workers.length] as string;
    const [method, args, answer] = [
      ['add', [turn, 1], turn + 1],
      ['file', [turn], true],
      ['fetched', [url, turn], true],
      ['tell', [turn], true],
      ['add', ['a', 'b'], 'ab'],
    ][Math.floor(turn / 4) % 5] as [string, unknown[], unknown];
    await expecting(tally, `${name}.${method}`, manager.call(name, method, args), answer);
    await sleep(15);
  }
}

async function expecting(tally: Tally, what: string, call: Promise<unknown>, answer: unknown): Promise<void> {
  try {
    const value = await call;
    tally.calls += 1;
    if (value !== answer) tally.wrong.push(`${what} answered ${JSON.stringify(value)}`);
  } catch (error) {
    if (EXPECTED.has(String(codeOf(error)))) tally.interrupted += 1;
    else tally.wrong.push(`${what} failed: ${String(error)}`);
  }
}

async function broadcast(options: LoadOptions): Promise<void> {
  for (let turn = 0; later(options); turn += 1) {
    await options.manager.broadcastEvent('soak.tick', { turn });
    options.tally.events += 1;
    await sleep(250);
  }
}

/** One after the other. Whoever is in quarantine for it is let out: it attacks again. */
async function attack(options: LoadOptions): Promise<void> {
  const { manager, cast, tally, attackEvery } = options;
  const kinds = Object.keys(ATTACKS);
  for (let turn = 0; later(options); turn += 1) {
    const name = cast.hostile[turn % cast.hostile.length] as string;
    await sleep(attackEvery);
    try {
      if (manager.getPluginStatus(name) !== 'active') await manager.restartPlugin(name);
      tally.attacks += 1;
      await manager.call(name, 'attack', [kinds[turn % kinds.length]]);
    } catch (error) {
      if (!String(codeOf(error)).startsWith('ERR_')) tally.wrong.push(`${name} failed in the host: ${String(error)}`);
    }
  }
}

async function restart(options: LoadOptions): Promise<void> {
  const { manager, cast, tally } = options;
  for (let turn = 3; later(options); turn += 5) {
    await sleep(3_000);
    const name = cast.workers[turn % cast.workers.length] as string;
    try {
      if (!(await manager.restartPlugin(name))) tally.wrong.push(`${name} refused to restart`);
      tally.restarts += 1;
    } catch (error) {
      // Its process died under it: the supervisor brings it back.
      if (EXPECTED.has(String(codeOf(error)))) tally.interrupted += 1;
      else tally.wrong.push(`${name} did not restart: ${String(error)}`);
    }
  }
}

/** By turns of a changed config, which restarts one plugin, and of one plugin by name. */
async function reload(options: LoadOptions): Promise<void> {
  const { manager, cast, config, tally } = options;
  for (let turn = 0; later(options); turn += 1) {
    await sleep(7_000);
    await writeFile(config, cast.yaml(20_000 + turn));
    try {
      await manager.reload(turn % 2 === 0 ? undefined : cast.workers[turn % cast.workers.length]);
      tally.reloads += 1;
    } catch (error) {
      if (EXPECTED.has(String(codeOf(error)))) tally.interrupted += 1;
      else tally.wrong.push(`reload failed: ${String(error)}`);
    }
  }
}
