import type { Digest } from '../../core/digest.ts';
import type { RegistrySpecifier } from '../specifier/types.ts';

/** Where a plugin's name was looked up, and the content it had there: the lock keeps it, and binds the name to it. */
export interface RegistryPin {
  /** What the config called the registry. */
  readonly name: string;
  readonly url: string;
  /** As the index states it: of the raw bytes of the file, or the `integrity` of a plugin that is a folder. */
  readonly checksum: Digest;
}

/** One version of a plugin in a registry, chosen for a specifier. */
export interface FoundRelease {
  readonly name: string;
  readonly version: string;
  readonly registry: RegistryPin;
  /** A path, a URL or a git source: where it is. */
  readonly download: string;
  /** What the index says of it beside, to be compared with what was downloaded. */
  readonly integrity: Digest | undefined;
  /** When it was published, as the index says: an ISO time. */
  readonly published: string | undefined;
  readonly dependencies: readonly string[] | undefined;
}

/** Finds what a name means in the registries of the config; src/registry has it. */
export interface ReleaseFinder {
  find(specifier: RegistrySpecifier): Promise<FoundRelease>;
}
