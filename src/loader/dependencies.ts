import semver from 'semver';
import type { HostConfig } from '../config/types.ts';
import { parseDependency } from '../contract/dependency.ts';
import { readLock } from '../lock/read.ts';
import type { LockEntry, LockFile } from '../lock/types.ts';
import { parseSpecifier } from '../source/specifier.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry } from './known.ts';
import type { DependencyEdge, DependencyGraph, DependencyNode } from './types.ts';

/** Who depends on whom, as config and lock say; reads nothing else and runs nothing. */
export async function dependencies({ config }: LoaderContext): Promise<DependencyGraph> {
  const lock = await readLock(config.lockFile);
  const names = new Set([...config.plugins.keys(), ...Object.keys(lock.plugins)]);
  const plugins = new Map<string, DependencyNode>();
  for (const name of [...names].sort()) plugins.set(name, node(name, config, lock));
  return { plugins };
}

function node(name: string, config: HostConfig, lock: LockFile): DependencyNode {
  const plugin = config.plugins.get(name);
  const entry = ownEntry(lock.plugins, name);
  const declared = (entry?.metadata.dependencies ?? []).map((text) => ({ text, by: 'plugin' as const }));
  const added = (plugin?.dependencies ?? []).map((text) => ({ text, by: 'config' as const }));
  return {
    name,
    version: entry?.metadata.version,
    source: sourceKind(entry, plugin?.source, config),
    registry: entry?.registry?.name,
    state: plugin === undefined ? 'not-in-config' : plugin.enabled ? 'enabled' : 'disabled',
    isLocked: entry !== undefined,
    dependencies: [...declared, ...added].flatMap(({ text, by }) => edge(text, by, config, lock)),
    packages: entry?.packages ?? {},
  };
}

function edge(text: string, by: DependencyEdge['by'], config: HostConfig, lock: LockFile): DependencyEdge[] {
  const parsed = parseDependency(text);
  if (parsed === undefined) return [];
  const { name, range } = parsed;
  const version = ownEntry(lock.plugins, name)?.metadata.version;
  const target = config.plugins.get(name);
  const fits = version === undefined || semver.satisfies(version, range, { includePrerelease: true });
  const state = target === undefined ? 'missing' : !target.enabled ? 'disabled' : fits ? 'ok' : 'other-version';
  return [{ name, range, by, state }];
}

function sourceKind(
  entry: LockEntry | undefined,
  source: string | undefined,
  { root, fetch }: HostConfig,
): DependencyNode['source'] {
  if (entry?.registry !== undefined) return 'registry';
  const written = source ?? entry?.source;
  if (written === undefined || (source === undefined && entry !== undefined)) return 'plugin_paths';
  return parseSpecifier(written, { root, allowInsecure: fetch.allowInsecure }).kind;
}
