import { isPluginError, type PluginError } from '../core/errors.ts';
import type { PrepareReport } from '../loader/types.ts';
import type { Clock } from './clock.ts';
import { assertCompatible, type HostFacts } from '../contract/compatibility.ts';
import type { Graph } from './graph.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import { settingsOf } from './settings.ts';
import type { Supervisor } from './supervisor.ts';
import { reportStart, type StartReport } from './report.ts';
import type { Rooms } from './rooms.ts';

export interface StartupParts {
  readonly rooms: Pick<Rooms, 'prepare' | 'sandbox'>;
  readonly plugins: ReadonlyMap<string, ManagedPlugin>;
  readonly graph: Graph;
  readonly lifecycle: Lifecycle;
  readonly supervisor: Pick<Supervisor, 'retry'>;
  readonly clock: Clock;
  readonly host: HostFacts;
  /** Any refusal starts nothing; otherwise that of a required plugin alone. */
  readonly frozen: boolean;
  readonly isClosed: () => boolean;
}

/**
 * Loads and starts plugins, dependencies first and otherwise side by side. All are verified before any starts.
 *
 * @throws the refusal of a required plugin, or under `frozen` of any; then nothing was started.
 */
export async function startPlugins(
  parts: StartupParts,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<StartReport> {
  const { rooms, graph, lifecycle, clock } = parts;
  const plugins = names.flatMap((name) => parts.plugins.get(name) ?? []).filter(canStart);
  // A process takes as long to start as everything is verified.
  if (plugins.length > 0) rooms.sandbox.warm();
  const prepared = await rooms.prepare({ names: plugins.map(({ name }) => name), ...(signal ? { signal } : {}) });
  const refused = preflight(parts, plugins, prepared);
  const order = graph.order(new Set(refused.keys()));
  for (const [name, error] of order.refused) if (names.includes(name)) refused.set(name, error);
  for (const [name, error] of refused) {
    const plugin = parts.plugins.get(name);
    if (plugin && canLoad(plugin)) lifecycle.refuse(plugin, error);
  }
  const blocking = [...refused, ...order.waiting].find(
    ([name]) => names.includes(name) && (parts.frozen || parts.plugins.get(name)?.config.required),
  );
  if (blocking) throw blocking[1];

  const begun = clock.now();
  const started: string[] = [];
  const sequence = [...order.levels.flat(), ...order.waiting.keys()];
  const bringUp = async (plugin: ManagedPlugin): Promise<void> => {
    if (parts.isClosed() || signal?.aborted) return;
    plugin.wanted = 'active';
    if (canLoad(plugin) && !(await lifecycle.load(plugin, prepared.ready.get(plugin.name)))) return;
    if (await lifecycle.start(plugin)) started.push(plugin.name);
  };
  await Promise.all(
    plugins
      .filter(({ name }) => !refused.has(name))
      .sort((a, b) => sequence.indexOf(a.name) - sequence.indexOf(b.name))
      .map((plugin) =>
        plugin.serial.run(async () => {
          await reported(bringUp(plugin));
          parts.supervisor.retry(plugin);
        }),
      ),
  );
  await settleInnocents(plugins);
  for (const { name, status } of plugins) if (status === 'active' && !started.includes(name)) started.push(name);
  return reportStart(plugins, started, { ...prepared.phases, start: clock.now() - begun });
}

/** What can be refused before anything runs. */
function preflight(
  { plugins, host }: StartupParts,
  asked: readonly ManagedPlugin[],
  { ready, refused }: PrepareReport,
): Map<string, PluginError> {
  const faults = new Map(refused);
  for (const { name } of asked) {
    const plugin = plugins.get(name);
    const prepared = ready.get(name);
    if (!plugin || !prepared) continue;
    plugin.prepared = prepared;
    try {
      assertCompatible(name, prepared.lock.metadata, host);
      settingsOf(plugin, prepared);
    } catch (error) {
      if (!isPluginError(error)) throw error;
      faults.set(name, error);
    }
  }
  return faults;
}

function canStart({ config, status, held }: ManagedPlugin): boolean {
  return config.enabled && status !== 'active' && !held;
}

function canLoad({ status }: ManagedPlugin): boolean {
  return status === 'unloaded' || status === 'error';
}

/** Restarts at once, of plugins whose process another took down, are part of the start. */
async function settleInnocents(plugins: readonly ManagedPlugin[]): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const restarting = plugins.filter(({ reason, cancelRestart }) => reason === 'backoff' && !cancelRestart);
    if (restarting.length === 0) return;
    await Promise.all(restarting.map(({ serial }) => serial.run(() => Promise.resolve())));
  }
}

const MAX_ROUNDS = 10;

/** What a plugin failed with is in its status, and from there in the report. */
async function reported(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isPluginError(error)) throw error;
  }
}
