import type { HostFacts } from '../contract/compatibility.ts';
import type { ReleaseFinder } from '../source/release/types.ts';
import { downloadOf } from './download-url.ts';
import { pickRelease } from './resolve-name.ts';
import type { Registries } from './types.ts';

export interface FinderOptions {
  readonly host: HostFacts;
  /** URL of the registry that the lock binds the name to. */
  readonly bound?: string | undefined;
  /** The version that is locked. */
  readonly locked?: string | undefined;
  /** The version that was chosen, and no other of the range. */
  readonly version?: string | undefined;
}

/** What `src/source` asks when it is given a name. */
export function createFinder(
  registries: Registries,
  { host, bound, locked, version: chosen }: FinderOptions,
): ReleaseFinder {
  return {
    async find({ name, range, registry }) {
      const named = await registries.releases(name, { registry, bound });
      const release = pickRelease(named, { range: chosen ?? range, host, locked });
      const { version, checksum, integrity, published, dependencies } = release;
      const pin = { ...named.index.registry, checksum };
      return {
        name,
        version,
        registry: pin,
        download: downloadOf(release, named.index),
        integrity,
        published,
        dependencies,
      };
    },
  };
}
