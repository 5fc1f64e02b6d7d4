import type { Digest } from '../core/digest.ts';
import type { JsonObject } from '../core/json.ts';
import type { CommandGroupManifest } from '../contract/commands.ts';
import type { JsonSchema, PluginMetadata, RequestedPermissions } from '../contract/metadata.ts';
import type { PackagePins } from '../source/npm/types.ts';
import type { RegistryPin } from '../source/release/types.ts';
import type { ArtifactFile, GitPin, Loader, ModuleId } from '../source/types.ts';

export interface LockFile {
  readonly lockfileVersion: 1;
  readonly plugins: Readonly<Record<string, LockEntry>>;
}

/** One plugin of plugins.lock.json (DESIGN, Lockfile). */
export interface LockEntry {
  readonly source: string;
  readonly resolved: string;
  readonly kind: 'module' | 'component';
  /** The plugin's identity: digest of the canonical JSON of what runs; the location is not part of it. */
  readonly integrity: Digest;
  /** Digest of the canonical JSON of all the rest of this entry: a hand edit or a bad merge of any field is refused. */
  readonly checksum: Digest;
  readonly entry: ModuleId;
  /** Major version of the SDK the plugin was locked for. */
  readonly sdk: string;
  readonly git?: GitPin;
  /** The registry that its name was looked up in, for a plugin of one: the name stays bound to it. */
  readonly registry?: RegistryPin;
  /** Who signed it, the same on every machine: `key:sha256:…`, `identity:<issuer>#<subject>`. Undefined: nobody who is trusted. */
  readonly signer?: string;
  readonly signature?: LockedSignature;
  /** Reviews that the config asked for when it was locked: sigstore bundles by the digest of their canonical JSON. */
  readonly reviews?: Readonly<Record<Digest, JsonObject>>;
  readonly metadata: PluginMetadata;
  readonly permissions: RequestedPermissions;
  readonly commands: readonly CommandGroupManifest[];
  readonly configSchema?: JsonSchema;
  readonly importMap?: JsonObject;
  readonly redirects?: Readonly<Record<string, string>>;
  /** npm packages of the graph, by `name@version`; `.` is the plugin itself. */
  readonly packages?: PackagePins;
  /** Digest, or digest and loader where the loader does not follow from the id. */
  readonly modules: Readonly<Record<ModuleId, Digest | { readonly digest: Digest; readonly loader: Loader }>>;
}

/** What a signed plugin's entry says of its signature: a bundle that is no part of what it signs. */
export interface LockedSignature {
  /** The own file it stands in, beside the plugin. */
  readonly file: ModuleId;
  readonly digest: Digest;
  /** What the config called its publisher when it was locked. */
  readonly publisher: string;
}

declare const verified: unique symbol;

/**
 * An artifact of which every byte matched the lock. Made by `verify()` alone, and the only thing `build` accepts:
 * nothing runs unverified is a property of the types.
 */
export interface Verified {
  readonly [verified]: true;
  readonly name: string;
  readonly lock: LockEntry;
  readonly files: ReadonlyMap<ModuleId, ArtifactFile>;
}
