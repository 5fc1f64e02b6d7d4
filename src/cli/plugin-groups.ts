import { readFile } from 'node:fs/promises';
import { parseText } from '../config/parse-text.ts';
import { lockFileOf } from '../config/paths.ts';
import type { CommandGroupManifest } from '../contract/commands.ts';
import { PluginError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { readLock } from '../lock/read.ts';

/** A command group of an enabled plugin, as the lock has it. */
export interface MountedGroup {
  readonly plugin: string;
  readonly group: CommandGroupManifest;
}

/**
 * The command groups of a config's enabled plugins, from lock and config alone: nothing is validated beyond that, no variable
 * is needed, no code runs. The run itself checks everything.
 */
export async function mountedGroups(configFile: string): Promise<MountedGroup[]> {
  const [enabled, lock] = await Promise.all([enabledPlugins(configFile), readLock(lockFileOf(configFile))]);
  return Object.entries(lock.plugins)
    .filter(([plugin]) => enabled.has(plugin))
    .flatMap(([plugin, entry]) => entry.commands.map((group) => ({ plugin, group })));
}

/** Names of plugins of a group; one, unless two plugins have chosen the same word. */
export function pluginsOf(groups: readonly MountedGroup[], name: string): string[] {
  return groups.filter(({ group }) => group.name === name).map(({ plugin }) => plugin);
}

/** @throws ERR_USAGE, which names both, and how to reach each. */
export function theOnlyGroup(groups: readonly MountedGroup[], name: string): MountedGroup | undefined {
  const [first, second] = groups.filter(({ group }) => group.name === name);
  if (first === undefined || second === undefined) return first;
  throw new PluginError(
    'ERR_USAGE',
    `Cannot run "${name}": both "${first.plugin}" and "${second.plugin}" have a command of this name`,
    { hint: `aitbc plugin exec ${first.plugin} ${name} …\naitbc plugin exec ${second.plugin} ${name} …` },
  );
}

async function enabledPlugins(configFile: string): Promise<ReadonlySet<string>> {
  const text = (await readFile(configFile, 'utf8')).replace(/^\uFEFF/, '');
  const plugins = memberOf(parseText(text, configFile).value, 'plugins');
  if (typeof plugins !== 'object' || plugins === null || Array.isArray(plugins)) return new Set();
  return new Set(
    Object.entries(plugins).flatMap(([name, plugin]) => (memberOf(plugin, 'enabled') === true ? [name] : [])),
  );
}

function memberOf(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Readonly<Record<string, Json | undefined>>)[key] : undefined;
}
