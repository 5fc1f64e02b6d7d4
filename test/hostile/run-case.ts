import { isDeepStrictEqual, inspect } from 'node:util';
import type { AuditRecord } from '../../src/capabilities/types.ts';
import type { PluginError } from '../../src/core/errors.ts';
import { restartInnocents, type Arena } from './arena.ts';
import type { BystanderWatch } from './bystander.ts';
import { leaksIn } from './canaries.ts';
import type { HostileCase, Outcome, Verdict } from './case.ts';
import type { HostWatch } from './host-watch.ts';
import { changes, snapshot } from './outside.ts';

/** Milliseconds. */
const END_WITHIN = 6_000;
const END_SOON = 250;

export interface Watches {
  readonly host: HostWatch;
  readonly bystander: BystanderWatch;
}

/** Runs one attack against the whole host, and returns all that was not as a correct host would have it. */
export async function runCase(arena: Arena, watches: Watches, item: HostileCase, name: string): Promise<string[]> {
  const { folder, audit, logs, noted } = arena;
  await arena.reset();
  const before = await snapshot(folder.path, isOwnPlace(name));
  const [auditFrom, logsFrom] = [audit.length, logs.length];
  noted.length = 0;
  const innocents = innocentStates(arena);
  const blamed = watchBlame(arena);
  watches.host.begin();
  watches.bystander.begin();

  const outcome = await attempt(() => (item.act ?? loadAndAttack)(arena, name));
  const ended = await hasEnded(arena, item, outcome, name);
  const problems = judge(item.expect, outcome);
  problems.push(...((await item.expect.also?.(outcome, arena, name)) ?? []));
  const unloaded = await attempt(() => retire(arena, name));
  problems.push(...(await watches.bystander.end(() => watches.host.stolen())));
  problems.push(...watches.host.end());
  await backAgain(arena);

  problems.push(...unloadProblems(arena, name, unloaded));
  problems.push(...blameProblems(arena, item, { innocents, ended, blamed: blamed() }));
  const after = await snapshot(folder.path, isOwnPlace(name));
  problems.push(...changes(before, after).filter((line) => !BYSTANDERS_FOLDERS.test(line)));
  problems.push(...deniedProblems(item.expect, name, audit.slice(auditFrom)));
  problems.push(...leaksIn(arena.canaries, 'what it answered', 'value' in outcome ? outcome.value : ''));
  problems.push(...leaksIn(arena.canaries, 'its error', 'error' in outcome ? outcome.error : ''));
  problems.push(...leaksIn(arena.canaries, 'the log', logs.slice(logsFrom).join('\n')));
  problems.push(...leaksIn(arena.canaries, 'what it published or sent', [...noted]));
  problems.push(...noted.flatMap((said) => (said as { data?: unknown } | null)?.data ?? []).filter(isLeak));
  problems.push(...leaksIn(arena.canaries, 'the audit', audit.slice(auditFrom)));
  return problems;
}

/** The default: all of its life, and its `attack`. */
export async function loadAndAttack(arena: Arena, name: string): Promise<unknown> {
  await loadBeside(arena, name);
  return arena.manager.call(name, 'attack', [arena.world]);
}

/** Loads and starts an attacker in the same process as the innocents, unless it is to have its own. */
export async function loadBeside(arena: Arena, name: string): Promise<void> {
  const { manager } = arena;
  const own = manager.config.plugins.get(name)?.isolation === 'process';
  await manager.loadPlugin(name);
  if (!own && manager.pluginState(name).pid !== manager.pluginState('bystander').pid) {
    // Their process had been retired: they follow into the new one.
    await restartInnocents(manager);
  }
  await manager.startPlugin(name);
}

async function attempt(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

/** A call fails before its isolate is gone: what must end has a moment to, and what must not is not taken at its word. */
async function hasEnded({ manager }: Arena, item: HostileCase, outcome: Outcome, name: string): Promise<boolean> {
  const { ends = 'nothing' } = item.expect;
  const late = Date.now() + (ends === 'itself' || ends === 'process' ? END_WITHIN : 'error' in outcome ? END_SOON : 0);
  for (;;) {
    const { status, restarts } = manager.pluginState(name);
    if (status === 'error' || restarts > 0) return true;
    if (Date.now() >= late) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function judge({ answers, fails }: Verdict, outcome: Outcome): string[] {
  if (fails !== undefined) {
    if ('value' in outcome)
      return [`it answered ${shown(outcome.value)} instead of failing with ${fails.join(' or ')}`];
    const { code } = outcome.error as PluginError;
    return fails.includes(code) ? [] : [`it failed with ${shown(outcome.error)} instead of ${fails.join(' or ')}`];
  }
  if (answers === undefined) return [];
  if ('error' in outcome) return [`it failed with ${shown(outcome.error)} instead of answering ${shown(answers)}`];
  return isDeepStrictEqual(outcome.value, answers)
    ? []
    : [`it answered ${shown(outcome.value)} instead of ${shown(answers)}`];
}

function shown(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: Infinity }).slice(0, 2_000);
}

/** An attacker is unloaded for good, whatever its hooks do. */
async function retire({ manager }: Arena, name: string): Promise<void> {
  if (manager.getPluginStatus(name) === 'unloaded') return;
  const refused = await manager.unloadPlugin(name).catch(() => false);
  if (!refused && manager.getPluginStatus(name) === 'error') await manager.unloadPlugin(name);
}

function unloadProblems({ manager }: Arena, name: string, unloaded: Outcome): string[] {
  const status = manager.getPluginStatus(name);
  const left = manager.processes().some(({ plugins }) => plugins.includes(name));
  return [
    ...('error' in unloaded ? [`it could not be unloaded: ${shown(unloaded.error)}`] : []),
    ...(status === 'unloaded' ? [] : [`it is ${status} after it was unloaded`]),
    ...(left ? ['it still has an isolate after it was unloaded'] : []),
  ];
}

function isLeak(said: unknown): said is string {
  return typeof said === 'string' && said.startsWith('the canary ');
}

interface Innocent {
  readonly pid: number | undefined;
  readonly restarts: number;
}

function innocentStates({ manager }: Arena): Map<string, Innocent> {
  return new Map(['bystander', 'victim'].map((name) => [name, manager.pluginState(name)]));
}

/** Which innocents were blamed: a restart that costs nothing comes at once, one that costs budget has a delay. */
function watchBlame({ logs }: Arena): () => string[] {
  const from = logs.length;
  return () =>
    logs.slice(from).flatMap((line) => {
      const [, name, delay] = /Restarting (bystander|victim) in (\d+) ms/.exec(line) ?? [];
      return name !== undefined && Number(delay) > 0 ? [`${name} was blamed: it had to wait ${delay} ms`] : [];
    });
}

/** Innocents whose process went come back without anybody's help. */
async function backAgain({ manager }: Arena): Promise<void> {
  const late = Date.now() + 5_000;
  const down = (): boolean => ['bystander', 'victim'].some((name) => manager.getPluginStatus(name) !== 'active');
  while (down() && Date.now() < late) await new Promise((resolve) => setTimeout(resolve, 20));
}

function blameProblems(
  { manager }: Arena,
  { expect: { ends = 'nothing' } }: HostileCase,
  seen: { innocents: ReadonlyMap<string, Innocent>; ended: boolean; blamed: readonly string[] },
): string[] {
  const problems = [...seen.blamed];
  for (const [name, was] of seen.innocents) {
    const is = manager.pluginState(name);
    if (is.status !== 'active') problems.push(`${name} is ${is.status} (${is.reason}) afterwards`);
    if (ends !== 'process' && ends !== 'any' && is.restarts !== was.restarts) problems.push(`${name} was restarted`);
  }
  if (ends === 'nothing' && seen.ended) problems.push('it was ended, and it should have gone on');
  if ((ends === 'itself' || ends === 'process') && !seen.ended)
    problems.push('it went on, and it should have been ended');
  return problems;
}

function deniedProblems({ denied = [] }: Verdict, name: string, records: readonly AuditRecord[]): string[] {
  const own = records.filter(({ plugin, outcome }) => plugin === name && outcome === 'denied');
  return denied.flatMap(({ capability, value }) =>
    own.some((record) => record.capability === capability && matches(record.value, value))
      ? []
      : [`no denial of ${capability} ${String(value ?? '')} in the audit: ${shown(own)}`],
  );
}

function matches(value: string, wanted: string | RegExp | undefined): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? value === wanted : wanted.test(value);
}

/** The folders of a plugin that asks for none are made some time after its start; what stands in them is watched. */
const BYSTANDERS_FOLDERS = /^"\.aitbc\/plugins\/bystander-[0-9a-f]+(\/data)?" was made/;

/** What may change while an attack runs: its own data, the host's caches and the audit. */
function isOwnPlace(name: string): (path: string) => boolean {
  const own = `.aitbc/plugins/${name}-`;
  return (path) =>
    path === 'cache' ||
    // A plugin's `/tmp` is another folder after each restart.
    /^\.aitbc\/plugins\/[^/]+\/tmp$/.test(path) ||
    path.startsWith('.aitbc/audit.jsonl') ||
    `${path}-`.startsWith(own);
}
