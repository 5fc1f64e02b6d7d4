import { isAbsolute, relative, sep } from 'node:path';
import type { HostConfig, PluginConfig } from '../config/types.ts';
import { digestOf, type Digest } from '../core/digest.ts';
import type { LockEntry } from '../lock/types.ts';
import type { Place } from './place.ts';

/**
 * The trust group (DESIGN, Groups): plugins of one group may share a runtime process, and a compromised process holds the
 * union of their grants. One for each signer, and of unsigned ones for each local root, each git repository, each npm package,
 * each plugin of a registry, each repository of an OCI registry and each origin; `isolation: process` is alone.
 */
export function groupOf(plugin: PluginConfig, entry: LockEntry, place: Place, config: HostConfig): string {
  if (plugin.isolation === 'process') return `process:${plugin.name}`;
  if (entry.signer !== undefined) return `signer:${entry.signer}`;
  if (place.kind === 'path') return `local:${localRootOf(place.path, config)}`;
  if (place.kind === 'git') return `git:${place.url}`;
  if (place.kind === 'npm') return `npm:${place.package}`;
  if (place.kind === 'oci') return `oci:${place.repository}`;
  if (place.kind === 'registry') return `registry:${entry.registry?.url ?? ''}#${place.package}`;
  const { origin } = new URL(URL.canParse(entry.resolved) ? entry.resolved : place.url);
  return `origin:${origin}`;
}

/**
 * Names the data and the grants of a plugin: another source under the same name is another plugin. In a registry it is the
 * plugin that counts, not the range of versions.
 */
export function pluginIdentity(
  name: string,
  { source, registry, metadata }: Pick<LockEntry, 'source' | 'registry' | 'metadata'>,
): Digest {
  return digestOf(`${name}\n${registry === undefined ? source : `registry:${registry.url}#${metadata.name}`}`);
}

function localRootOf(path: string, config: HostConfig): string {
  return [...config.pluginPaths, config.root].find((root) => isInside(path, root)) ?? path;
}

function isInside(path: string, root: string): boolean {
  const inside = relative(root, path);
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}
