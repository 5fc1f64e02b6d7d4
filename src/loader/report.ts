import type { PluginConfig } from '../config/types.ts';
import { isPluginError } from '../core/errors.ts';
import { lockedEntry } from '../lock/entry.ts';
import { readLock } from '../lock/read.ts';
import type { LockEntry, LockFile } from '../lock/types.ts';
import { capabilitiesOf } from './capabilities.ts';
import { entryBytes } from './entry-bytes.ts';
import { requestsOf } from './change.ts';
import type { LoaderContext } from './context.ts';
import { pluginIdentity } from './groups.ts';
import type { ListedPlugin, PluginInfo } from './types.ts';
import { ownEntry, unknownPlugin } from './known.ts';
import { withdrawnIn } from './withdrawn.ts';

/** Config and lock side by side, with what registries withdrew as far as it is known here; runs nothing, and uses no network. */
export async function list(context: LoaderContext): Promise<readonly ListedPlugin[]> {
  const { config } = context;
  const lock = await readLock(config.lockFile);
  const withdrawn = await withdrawnIn(lock, context);
  return [...config.plugins.values()].map((plugin) => ({
    ...listed(plugin.name, plugin, lock),
    ...withdrawn.get(plugin.name),
  }));
}

export async function info(context: LoaderContext, name: string): Promise<PluginInfo> {
  const { config } = context;
  const lock = await readLock(config.lockFile);
  const plugin = config.plugins.get(name);
  const entry = ownEntry(lock.plugins, name);
  if (plugin === undefined && entry === undefined) throw unknownPlugin(name, config.plugins.keys());
  return {
    ...listed(name, plugin, lock),
    ...(await withdrawnIn(lock, context)).get(name),
    config: plugin,
    lock: entry,
    requested: entry === undefined ? [] : requestsOf(entry.permissions),
    granted: plugin === undefined ? [] : requestsOf(plugin.permissions),
    imports: await importsOf(name, plugin, entry, context),
    identity: entry === undefined ? undefined : pluginIdentity(name, entry),
  };
}

async function importsOf(
  name: string,
  plugin: PluginConfig | undefined,
  entry: LockEntry | undefined,
  context: LoaderContext,
): Promise<readonly string[] | undefined> {
  if (entry?.kind !== 'component') return undefined;
  return capabilitiesOf(entry, await entryBytes(name, plugin?.source ?? entry.source, entry, context));
}

function listed(name: string, plugin: PluginConfig | undefined, lock: LockFile): ListedPlugin {
  const entry = ownEntry(lock.plugins, name);
  return {
    name,
    enabled: plugin?.enabled ?? false,
    source: plugin?.source,
    locked: lockedState(lock, name, plugin),
    version: entry?.metadata.version,
    description: entry?.metadata.description,
    kind: entry?.kind,
    integrity: entry?.integrity,
    signer: entry?.signer,
    publisher: entry?.signature?.publisher,
  };
}

function lockedState(lock: LockFile, name: string, plugin: PluginConfig | undefined): ListedPlugin['locked'] {
  try {
    const entry: LockEntry | undefined = lockedEntry(
      lock.plugins,
      name,
      plugin === undefined ? undefined : (plugin.source ?? name),
    );
    return entry === undefined ? 'no' : 'yes';
  } catch (error) {
    if (isPluginError(error, 'ERR_NOT_LOCKED')) return 'no';
    if (isPluginError(error, 'ERR_LOCK_OUTDATED')) return 'outdated';
    throw error;
  }
}
