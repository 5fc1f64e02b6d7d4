import { isDeepStrictEqual } from 'node:util';
import type { HostConfig, PluginConfig } from '../config/types.ts';
import { PluginError, isPluginError } from '../core/errors.ts';
import type { PrepareReport, Prepared } from '../loader/types.ts';
import type { Assembly, ManagerParts } from './assemble.ts';
import { assertCompatible } from '../contract/compatibility.ts';
import { Graph } from './graph.ts';
import { ManagedPlugin } from './managed-plugin.ts';
import type { NotStarted } from './report.ts';
import { settingsOf } from './settings.ts';
import { unloadQuietly } from './shutdown.ts';
import { startPlugins } from './startup.ts';

/** What a reload did, by names of plugins. */
export interface ReloadReport {
  readonly added: readonly string[];
  /** No longer in the config. */
  readonly removed: readonly string[];
  /** Their config, their lock entry or their bytes are others. What ran runs again. */
  readonly changed: readonly string[];
  /** Only their permissions are others: they hold at once, and nothing was restarted. */
  readonly regranted: readonly string[];
  /** Were to start, and did not. */
  readonly failed: readonly NotStarted[];
}

export interface ReloadParts extends ManagerParts, Omit<Assembly, 'services'> {
  /** A plugin that the config did not have before. */
  readonly create: (config: PluginConfig) => ManagedPlugin;
  readonly isClosed: () => boolean;
}

/**
 * Reads config and lock again, checks all of both, and then restarts what changed; with `only`, that plugin alone, changed or
 * not.
 *
 * @throws what is wrong with the config, or with a plugin that was not in the same trouble before; then nothing changed.
 */
export async function reloadPlugins(parts: ReloadParts, only?: string): Promise<ReloadReport> {
  const { rooms, plugins } = parts;
  const next = await rooms.next();
  const { config } = next;
  const enabled = [...config.plugins.values()].filter((plugin) => plugin.enabled).map(({ name }) => name);
  const prepared = await next.prepare({ names: enabled });
  const faults = faultsOf(parts, config, prepared);
  for (const [name, fault] of faults) {
    const concerns = only === undefined || only === name;
    if (concerns && !isKnown(plugins.get(name), fault)) throw fault;
  }
  const concerned = (name: string): boolean => only === undefined || only === name;
  const removed = [...plugins.values()].filter(({ name }) => concerned(name) && !config.plugins.has(name));
  const added: PluginConfig[] = [];
  const changed: [ManagedPlugin, PluginConfig][] = [];
  const regranted: [ManagedPlugin, PluginConfig][] = [];
  for (const entry of config.plugins.values()) {
    if (!concerned(entry.name)) continue;
    const plugin = plugins.get(entry.name);
    if (!plugin) added.push(entry);
    else if (only !== undefined || isChanged(plugin, entry, prepared.ready.get(entry.name)))
      changed.push([plugin, entry]);
    else if (!isDeepStrictEqual(plugin.config.permissions, entry.permissions)) regranted.push([plugin, entry]);
    else plugin.configure(entry);
  }

  next.use();
  for (const [plugin, entry] of regranted) {
    plugin.configure(entry);
    plugin.live?.grant.setPermissions(plugin.permissions);
  }
  const again = await takeDown(parts, removed, changed, only);
  for (const entry of added) plugins.set(entry.name, parts.create(entry));
  const fresh = config.autoLoad ? added.filter((entry) => entry.enabled).map(({ name }) => name) : [];
  const report = await startPlugins(parts, [...again, ...fresh]);
  return {
    added: added.map(({ name }) => name),
    removed: removed.map(({ name }) => name),
    changed: changed.map(([{ name }]) => name),
    regranted: regranted.map(([{ name }]) => name),
    failed: [...report.refused, ...report.failed, ...report.waiting],
  };
}

/** Unloads what goes and what changed; returns the names of what is to run again. */
async function takeDown(
  parts: ReloadParts,
  removed: readonly ManagedPlugin[],
  changed: readonly (readonly [ManagedPlugin, PluginConfig])[],
  only: string | undefined,
): Promise<string[]> {
  const { plugins, dependents, lifecycle, supervisor } = parts;
  const again: string[] = [];
  const unload = async (plugin: ManagedPlugin, config: PluginConfig): Promise<void> => {
    await dependents.suspend(plugin, () =>
      plugin.serial.run(async () => {
        const ran = plugin.wanted === 'active';
        const begins = !plugin.config.enabled && config.enabled && parts.rooms.config.autoLoad;
        if (plugin.status !== 'unloaded') await unloadQuietly(lifecycle, plugin);
        if (only !== undefined) {
          plugin.held = false;
          await supervisor.release(plugin);
        }
        plugin.configure(config);
        if (config.enabled && (ran || begins || only !== undefined)) again.push(plugin.name);
      }),
    );
  };
  for (const plugin of removed) {
    // Whoever still waits for its turn finds it disabled.
    await unload(plugin, { ...plugin.config, enabled: false });
    plugins.delete(plugin.name);
  }
  for (const [plugin, entry] of changed) await unload(plugin, entry);
  return again;
}

/** What would be refused, by name. */
function faultsOf(
  { host, clock }: ReloadParts,
  config: HostConfig,
  { ready, refused }: PrepareReport,
): ReadonlyMap<string, PluginError> {
  const faults = new Map(refused);
  const future = new Map<string, ManagedPlugin>();
  for (const entry of config.plugins.values()) {
    const plugin = new ManagedPlugin(entry, clock, () => undefined);
    future.set(entry.name, plugin);
    const prepared = ready.get(entry.name);
    if (!prepared) continue;
    plugin.prepared = prepared;
    try {
      assertCompatible(entry.name, prepared.lock.metadata, host);
      settingsOf(plugin, prepared);
    } catch (error) {
      if (!isPluginError(error)) throw error;
      faults.set(entry.name, error);
    }
  }
  for (const [name, error] of new Graph(future).order(new Set(faults.keys())).refused) faults.set(name, error);
  return faults;
}

/** It is in this trouble already: no reason to keep the others from what they need. */
function isKnown(plugin: ManagedPlugin | undefined, fault: PluginError): boolean {
  return plugin?.status === 'error' && plugin.error?.code === fault.code;
}

/** Permissions apart, which can change while it runs; variables are handed over when it opens. */
function isChanged(plugin: ManagedPlugin, entry: PluginConfig, prepared: Prepared | undefined): boolean {
  const last = plugin.prepared;
  if (
    last &&
    prepared &&
    (last.lock.integrity !== prepared.lock.integrity || last.program.key !== prepared.program.key)
  ) {
    return true;
  }
  return !isDeepStrictEqual(essence(plugin.config), essence(entry));
}

function essence(config: PluginConfig): object {
  const { permissions, at: _at, where: _where, ...rest } = config;
  return { ...rest, env: permissions.env ?? [] };
}
