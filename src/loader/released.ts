/**
 * What a registry said of a plugin against what was downloaded. Guarantees that a plugin that is locked under a name and a version
 * of a registry has them itself, and depends on what its registry was resolved with.
 */
import { PluginError } from '../core/errors.ts';
import type { Digest } from '../core/digest.ts';
import type { PluginMetadata } from '../contract/metadata.ts';
import type { FoundRelease } from '../source/release/types.ts';

/** ERR_INTEGRITY. Known before anything of the plugin was built or run. */
export function assertReleasedIntegrity(plugin: string, release: FoundRelease | undefined, actual: Digest): void {
  if (release?.integrity === undefined || release.integrity === actual) return;
  throw new PluginError(
    'ERR_INTEGRITY',
    `Cannot use "${plugin}": its modules are not those that the registry "${release.registry.name}" names`,
    {
      plugin,
      hint: 'Do not use it: it was changed after it was published. Tell who runs the registry.',
      details: { from: release.download, expected: release.integrity, actual },
    },
  );
}

/** ERR_METADATA. */
export function assertReleasedMetadata(
  plugin: string,
  release: FoundRelease | undefined,
  metadata: PluginMetadata,
): void {
  if (release === undefined) return;
  const said = { name: release.name, version: release.version, dependencies: listed(release.dependencies) };
  const found = {
    name: metadata.name,
    version: metadata.version,
    dependencies: release.dependencies === undefined ? '' : listed(metadata.dependencies),
  };
  for (const key of ['name', 'version', 'dependencies'] as const) {
    if (said[key] === found[key]) continue;
    throw new PluginError(
      'ERR_METADATA',
      `Cannot use "${plugin}": it has another ${key} than the registry "${release.registry.name}" says`,
      { plugin, hint: 'tell who runs the registry', details: { registry: said[key], plugin: found[key] } },
    );
  }
}

function listed(dependencies: readonly string[] | undefined): string {
  return [...(dependencies ?? [])].sort().join(', ');
}
