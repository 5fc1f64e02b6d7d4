import type { RegistryConfig } from '../config/types.ts';
import type { Compatibility } from '../contract/compatibility.ts';
import type { RequestedPermissions } from '../contract/metadata.ts';
import type { Digest } from '../core/digest.ts';
import type { RevocationState } from './revocations.ts';
import type { PluginError } from '../core/errors.ts';

/** One version of a plugin as an index states it: shapes and sizes are checked, and nothing of it is trusted beyond `checksum`. */
export interface Release {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly repository: string;
  /** As written: relative to the index, `https:` or `git+…`. */
  readonly downloadUrl: string;
  /** Of the raw bytes of the file that is downloaded; where that is a folder of a repository or of a disk, the plugin's `integrity`. */
  readonly checksum: Digest;
  readonly tags: readonly string[];
  readonly compatibility: Compatibility;
  /** `name` or `name@range`; undefined: the index does not say. */
  readonly dependencies: readonly string[] | undefined;
  readonly permissions: RequestedPermissions | undefined;
  readonly interfaces: readonly string[] | undefined;
  readonly kind: 'module' | 'component' | undefined;
  /** The plugin's identity, as the lock has it. */
  readonly integrity: Digest | undefined;
  /** When it was published: an ISO time in UTC. */
  readonly published: string | undefined;
  /** Who is said to have signed it, and what the registry calls them. A claim, until the signature was verified. */
  readonly signer: string | undefined;
  readonly publisher: string | undefined;
  /** Bytes of what is downloaded. */
  readonly size: number | undefined;
  /** Not for new locks; the reason, or '' where none is given. Undefined: it is not yanked. */
  readonly yanked: string | undefined;
  /** Why its registry revoked it, by a list that was verified: not for any lock. Undefined: it did not. */
  readonly revoked?: string;
}

/** An index as it was read. */
export interface RegistryIndex {
  /** By name; newest first. */
  readonly plugins: ReadonlyMap<string, readonly Release[]>;
  /** Grows with every change, where the registry counts them. */
  readonly serial: number | undefined;
  readonly generated: string | undefined;
}

/** A registry of the config, and where it is. */
export interface RegistryRef {
  readonly name: string;
  /** One spelling for one place: what the lock binds names to. */
  readonly url: string;
}

/** An index, and how fresh it is. */
export interface ReadIndex extends RegistryIndex {
  readonly registry: RegistryRef;
  /** What relative `download_url`s start from, as a specifier of the index's own kind: after redirects, with the commit. */
  readonly base: string;
  readonly fetched: Date;
  /** Why the last good copy stands in for the registry; undefined: it was read just now. */
  readonly stale: PluginError | undefined;
  /** What it has revoked; undefined where the config names nobody who may. */
  readonly revocations?: RevocationState;
}

/** All releases of one plugin, from the one registry it belongs to. */
export interface NamedReleases {
  readonly name: string;
  readonly index: ReadIndex;
  /** Newest first; never empty. */
  readonly releases: readonly Release[];
}

/** Where a name is looked for. */
export interface Lookup {
  /** The registry of this name in the config, alone. */
  readonly registry?: string | undefined;
  /** URL of the registry that the lock binds the name to: no other is asked. */
  readonly bound?: string | undefined;
}

/** What one registry gave, when all are asked. */
export interface RegistryAnswer {
  readonly registry: RegistryConfig;
  readonly index: ReadIndex | undefined;
  readonly error: PluginError | undefined;
}

/** The registries of a config, for one run: each index is read once, when it is first asked for. */
export interface Registries {
  readonly configured: readonly RegistryConfig[];
  /**
   * The releases of a plugin from the first registry, in the config's order, that has its name; later ones are not asked, nor
   * is any after one that cannot be read. ERR_SOURCE_NOT_FOUND, ERR_POLICY for a name that is bound to a registry the config lacks.
   */
  releases(name: string, lookup?: Lookup): Promise<NamedReleases>;
  /** Every registry, or the one of this name, in order. ERR_USAGE for a name that the config does not have. */
  all(registry?: string): Promise<readonly RegistryAnswer[]>;
  /**
   * A file beside the index of the registry at this URL, as the lock names it; undefined where there is none. At most `limit`
   * bytes. ERR_POLICY for a registry that the config does not have.
   */
  beside(url: string, file: string, limit: number): Promise<Uint8Array | undefined>;
  /** What registries have revoked, read now, for all whose lists somebody may sign. */
  revocations(): Promise<readonly RevocationState[]>;
}
