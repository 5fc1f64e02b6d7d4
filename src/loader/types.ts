import type { Program } from '../build/types.ts';
import type { PluginConfig } from '../config/types.ts';
import type { Permissions } from '../contract/metadata.ts';
import type { PluginError } from '../core/errors.ts';
import type { LockEntry } from '../lock/types.ts';
import type { PackagePins } from '../source/npm/types.ts';
import type { Specifier } from '../source/specifier.ts';
import type { Lack } from '../registry/lacks.ts';
import type { SearchHit } from '../registry/search.ts';
import type { Release } from '../registry/types.ts';
import type { ModuleId } from '../source/types.ts';
import type { Inventory } from '../trust/contents/types.ts';
import type { Review } from '../trust/reviews/read.ts';
import type { LessTrust } from '../trust/policy.ts';
import type { Withdrawn } from './withdrawn.ts';
import type { Assessment, SourceState } from '../trust/vulnerabilities/types.ts';

/** Joins source, store, lock, build and sandbox: what the manager and the command line do with plugins that do not run. */
export interface Loader {
  /**
   * Verifies and builds; runs nothing, and never writes the lock. All are verified before any is built. Throws for a lock
   * that cannot be read; what is wrong with one plugin stands in `refused`.
   */
  prepare(options?: PrepareOptions): Promise<PrepareReport>;
  /**
   * Pins a source and writes it into lock and config, in this order. Throws ERR_USAGE for a name that the config has with
   * another source (see `replace`), and whatever is wrong with the source; then nothing was written.
   */
  add(specifier: string, options?: AddOptions): Promise<AddReport>;
  /**
   * Takes a plugin out of config and lock. ERR_USAGE when neither has it, and, unless `force`, when an enabled one depends on it. Data
   * folders stay.
   */
  remove(name: string, options?: { readonly force?: boolean }): Promise<LockChange>;
  /** Writes `enabled` into the config. ERR_USAGE for a name that the config does not have. */
  setEnabled(name: string, enabled: boolean): Promise<void>;
  /**
   * Brings the lock in line with the config: pins what is missing, outdated or edited, reads path sources again, keeps all
   * other pins, and drops plugins that the config no longer has. With `check` nothing is written.
   */
  lockAll(options?: LockOptions): Promise<readonly LockChange[]>;
  /** Pins again what the sources give now. Default: every enabled plugin. */
  update(names?: readonly string[], options?: UpdateOptions): Promise<readonly LockChange[]>;
  /**
   * Locks again what a plugin was locked to before on this machine: the last, or the version `to`. ERR_USAGE where there is
   * none from its source; what the store lacks is fetched, and all is verified before the lock is written.
   */
  rollback(name: string, options?: RollbackOptions): Promise<LockChange>;
  /**
   * Two versions side by side: `name` (what is locked), `name@version` (what is or was locked on this machine, else of its
   * registry), or a specifier; without `after` what an update would lock. Signatures are shown by nobody: nothing is locked by it.
   */
  compare(before: string, after: string | undefined, options?: Pick<IdentifyOptions, 'signal'>): Promise<Comparison>;
  /** Downloads, verifies and builds all that is locked and enabled; damaged copies in the store are healed. */
  fetchAll(options?: PrepareOptions): Promise<PrepareReport>;
  /** Bytes, signatures and policy of what is locked; builds and writes nothing. */
  verify(options?: PrepareOptions): Promise<VerifyReport>;
  /** What is in the programs of what is locked: verified, bundled anew, and not run. */
  inventories(options?: PrepareOptions): Promise<InventoryReport>;
  /** Looks all of that up for known vulnerabilities. Only what is locked wrongly is refused: what could not be asked is in the report. */
  audit(options?: PrepareOptions): Promise<AuditReport>;
  /**
   * What a plugin is, for who signs it or checks a signature: a name of the config, or a specifier. Writes nothing; code runs in
   * a sandbox with nothing granted, and only where no manifest says what it is.
   */
  identify(target: string, options?: IdentifyOptions): Promise<Identified>;
  /** Plugins of the registries of the config. ERR_USAGE where it has none; an error of its own where none can be read. */
  search(text: string, options?: SearchOptions): Promise<SearchReport>;
  /** All versions of a plugin, by `name`, `name@range` or `registry:<registry>/<name>`. ERR_SOURCE_NOT_FOUND. */
  offers(name: string, options?: { readonly signal?: AbortSignal }): Promise<Offers>;
  list(): Promise<readonly ListedPlugin[]>;
  /** Who depends on whom, as config and lock say. */
  dependencies(): Promise<DependencyGraph>;
  /** ERR_USAGE for a name that neither config nor lock has. */
  info(name: string): Promise<PluginInfo>;
}

/** A plugin that may run: every byte matched the lock, and its program is built. */
export interface Prepared {
  readonly name: string;
  readonly config: PluginConfig;
  readonly lock: LockEntry;
  readonly program: Program;
  /** Trust group: one per local root, per unsigned origin, per signer (DESIGN, Groups). */
  readonly group: string;
  /** Names data and grants belong to: digest of name and source. Another source gets another data folder. */
  readonly identity: string;
  /** Its own verified files by module id, without foreign modules: what it finds under `/plugin`. */
  readonly files: ReadonlyMap<ModuleId, Uint8Array>;
}

/** All plugins are verified before any starts. */
export interface PrepareReport {
  readonly ready: ReadonlyMap<string, Prepared>;
  readonly refused: ReadonlyMap<string, PluginError>;
  /** Milliseconds of each phase. */
  readonly phases: Readonly<Record<'verify' | 'build', number>>;
}

export interface VerifyReport {
  readonly verified: ReadonlyMap<string, LockEntry>;
  readonly refused: ReadonlyMap<string, PluginError>;
}

export interface InventoryReport {
  /** By name, sorted. */
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly refused: ReadonlyMap<string, PluginError>;
}

export interface AuditReport {
  readonly assessments: readonly Assessment[];
  /** What could not be verified, and was not looked up. */
  readonly refused: ReadonlyMap<string, PluginError>;
  readonly source: SourceState;
}

export interface IdentifyOptions {
  /** `ignore`: for what is to be signed. Default: it is checked, and refused as `add` would. */
  readonly signature?: 'check' | 'ignore';
  readonly signal?: AbortSignal;
}

export interface Identified {
  readonly entry: LockEntry;
  /** Where it lies on this machine; undefined for what is fetched. */
  readonly path: string | undefined;
}

export interface ComparisonSide {
  readonly entry: LockEntry;
  /** Undefined: the bytes that were locked cannot be had any more. */
  readonly files: ReadonlyMap<ModuleId, Uint8Array> | undefined;
}

export interface Comparison {
  readonly before: ComparisonSide;
  readonly after: ComparisonSide;
  readonly change: LockChange;
}

export interface PrepareOptions {
  /** Default: every enabled plugin. */
  readonly names?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Asked with what would be written, before anything is; false: nothing is written, and the report says what would be. */
export type Confirm = (changes: readonly LockChange[]) => Promise<boolean>;

/**
 * Asked for each plugin that would be trusted less than before, before `confirm` is: the reason that is written into
 * `trust.exceptions` of the config, for 30 days; undefined or empty: it is refused with ERR_POLICY.
 */
export type AcceptLessTrust = (change: LockChange) => Promise<string | undefined>;

export interface UpdateOptions {
  /** Nothing is written. */
  readonly dryRun?: boolean;
  /** Names of registries are looked up anew, wherever they are locked from. */
  readonly rebind?: boolean;
  readonly confirm?: Confirm;
  readonly acceptLessTrust?: AcceptLessTrust;
  readonly signal?: AbortSignal;
}

export interface RollbackOptions extends UpdateOptions {
  /** A version. Default: the last other one. */
  readonly to?: string;
}

export interface LockOptions {
  readonly check?: boolean;
  /** Default: every enabled plugin. */
  readonly names?: readonly string[];
  /** Names of registries are looked up anew, wherever they are locked from. */
  readonly rebind?: boolean;
  readonly confirm?: Confirm;
  readonly acceptLessTrust?: AcceptLessTrust;
  readonly signal?: AbortSignal;
}

export interface AddOptions extends UpdateOptions {
  /** Default: the name its metadata has. */
  readonly name?: string;
  /** Written into the config as `permissions`, in place of what stands there. Read after `confirm`. */
  readonly grants?: Permissions;
  /** The same for plugins that it brings along, by name. Default: nothing is granted to them. */
  readonly grantsOf?: (name: string) => Permissions | undefined;
  /** Lets the plugin take the place of one with the same name and another source. */
  readonly replace?: boolean;
}

export interface AddReport {
  readonly change: LockChange;
  /** Plugins that had to follow to another version, and those it depends on that were not there. */
  readonly others: readonly LockChange[];
  /** Names of the latter: they are written into the config, too. */
  readonly brought: readonly string[];
  /** False after `dryRun`, or when `confirm` said no. */
  readonly written: boolean;
}

/** What one `add`, `lock` or `update` did or, with `dryRun`, would do to one plugin. */
export interface LockChange {
  readonly name: string;
  readonly kind: 'added' | 'changed' | 'unchanged' | 'removed';
  readonly before: LockEntry | undefined;
  readonly after: LockEntry | undefined;
  readonly modules: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  };
  /** Requested permissions that `before` did not have: `net: api.example.com`. */
  readonly widened: readonly string[];
  /** Bytes of all modules; `before` as far as this machine has them. Undefined for what was not read. */
  readonly size?: { readonly before: number | undefined; readonly after: number };
  /** What the component of `after` imports: `http`, `wasi:filesystem`; undefined for what is no component, or was not read. */
  readonly imports?: readonly string[];
  /** What reviewers of the config say of the bytes of `after`; undefined: nobody was asked. */
  readonly reviews?: readonly Review[];
  /** Signatures were not looked at, and `before` and `after` are without them. */
  readonly signatures?: 'ignored';
  /** What is known of the vulnerabilities of `after`; undefined: nobody has looked. */
  readonly vulnerabilities?: Assessment;
  /** It was signed, and now it is not, or by another publisher: refused unless somebody says why (`acceptLessTrust`). */
  readonly lessTrust?: LessTrust;
}

export interface ListedPlugin extends Withdrawn {
  readonly name: string;
  readonly enabled: boolean;
  /** As the config has it; undefined: looked for in `plugin_paths`. */
  readonly source: string | undefined;
  readonly locked: 'yes' | 'no' | 'outdated';
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly kind: LockEntry['kind'] | undefined;
  readonly integrity: string | undefined;
  /** Who signed what is locked: `key:sha256:…`, `identity:<issuer>#<subject>`; undefined: nobody who is trusted. */
  readonly signer: string | undefined;
  /** What the config called that publisher when it was locked. */
  readonly publisher: string | undefined;
}

export interface PluginInfo extends ListedPlugin {
  /** Undefined for a plugin that the lock alone has. */
  readonly config: PluginConfig | undefined;
  readonly lock: LockEntry | undefined;
  /** Requested permissions as lines: `net: api.example.com`. */
  readonly requested: readonly string[];
  readonly granted: readonly string[];
  /** What a component imports: `http`, `wasi:filesystem`; undefined for what is none, or whose bytes are not here. */
  readonly imports: readonly string[] | undefined;
  /** What data and grants belong to. */
  readonly identity: string | undefined;
}

/** The plugins of config and lock, by name, sorted. */
export interface DependencyGraph {
  readonly plugins: ReadonlyMap<string, DependencyNode>;
}

export interface DependencyNode {
  readonly name: string;
  /** As locked; undefined: it is not. */
  readonly version: string | undefined;
  readonly source: Specifier['kind'] | 'plugin_paths';
  /** What the config called the registry when it was locked. */
  readonly registry: string | undefined;
  readonly state: 'enabled' | 'disabled' | 'not-in-config';
  readonly isLocked: boolean;
  readonly dependencies: readonly DependencyEdge[];
  /** npm packages, as the lock has them. */
  readonly packages: PackagePins;
}

export interface DependencyEdge {
  readonly name: string;
  readonly range: string;
  /** Who says it: the plugin's metadata, or `dependencies` of the config. */
  readonly by: 'plugin' | 'config';
  /** `missing`: the config does not have it. `other-version`: what is locked is not in the range. */
  readonly state: 'ok' | 'missing' | 'disabled' | 'other-version';
}

export interface SearchOptions {
  readonly tag?: string | undefined;
  /** What the config calls the only one that is asked. */
  readonly registry?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SearchReport {
  /** Best first. */
  readonly hits: readonly SearchHit[];
  readonly registries: readonly RegistryState[];
}

/** A registry as it answered. */
export interface RegistryState {
  readonly name: string;
  readonly url: string;
  readonly fetched: Date | undefined;
  readonly serial: number | undefined;
  /** Why it could not be read now. */
  readonly error: PluginError | undefined;
  /** Whether it was read, or its last good copy. */
  readonly usable: boolean;
  readonly lacks: readonly Lack[];
}

export interface Offers {
  readonly name: string;
  readonly range: string;
  readonly registry: RegistryState;
  /** What a new lock would take; where nothing fits, the newest of all. */
  readonly newest: Release;
  /** Newest first. `unfit`: why a new lock would not take it. */
  readonly releases: readonly { readonly release: Release; readonly unfit: string | undefined }[];
}

/** What long work tells a terminal; never written to a pipe. */
export interface Progress {
  update(event: {
    readonly plugin: string;
    readonly phase: 'fetch' | 'verify' | 'build' | 'inspect';
    readonly item?: string;
    readonly bytes?: number;
    readonly total?: number;
    readonly done?: boolean;
  }): void;
}
