/**
 * Whether a lock entry can be what the config asks for. Guarantees that an entry under a name of a registry is of that plugin, of a version in
 * the range, and of the registry that the config names; trusts the config, which says whose signature is needed by name and source.
 */
import semver from 'semver';
import type { HostConfig } from '../config/types.ts';
import { PluginError } from '../core/errors.ts';
import type { LockEntry } from '../lock/types.ts';
import { locate } from '../registry/location.ts';
import { parseSpecifier } from '../source/specifier.ts';
import type { Place } from './place.ts';

/** ERR_LOCK_OUTDATED. */
export function assertBound(name: string, entry: LockEntry, place: Place, config: HostConfig): void {
  const found = misfit(entry, place, config);
  if (found === undefined) return;
  const rebind = found.what === 'registry' ? ` --rebind` : '';
  throw new PluginError(
    'ERR_LOCK_OUTDATED',
    `Cannot load "${name}": plugins.lock.json has it of another ${found.what} than the config asks for`,
    {
      plugin: name,
      hint: `Restore plugins.lock.json from version control, or run \`aitbc plugin ${rebind === '' ? 'lock' : 'update'} ${name}${rebind}\`.`,
      details: { config: found.config, lock: found.lock },
    },
  );
}

export function isBound(entry: LockEntry, place: Place, config: HostConfig): boolean {
  return misfit(entry, place, config) === undefined;
}

interface Misfit {
  readonly what: 'source' | 'plugin' | 'version' | 'registry';
  readonly config: string;
  readonly lock: string;
}

function misfit({ registry, metadata }: LockEntry, place: Place, config: HostConfig): Misfit | undefined {
  if (place.kind !== 'registry') {
    return registry === undefined ? undefined : { what: 'source', config: place.source, lock: registry.url };
  }
  if (registry === undefined) return { what: 'source', config: place.source, lock: 'no registry' };
  const spec = parseSpecifier(place.specifier, { root: config.root, allowInsecure: config.fetch.allowInsecure });
  if (spec.kind !== 'registry') return undefined;
  if (metadata.name !== spec.name) return { what: 'plugin', config: spec.name, lock: metadata.name };
  if (!semver.satisfies(metadata.version, spec.range, { includePrerelease: true })) {
    return { what: 'version', config: spec.range, lock: metadata.version };
  }
  // One that the config has no more stops nothing that is locked.
  const named = config.registries?.find((each) => each.name === spec.registry);
  const url = named === undefined ? registry.url : locate(named, config).url;
  return url === registry.url ? undefined : { what: 'registry', config: url, lock: registry.url };
}
