import type { FetchConfig } from '../config/types.ts';
import type { Digest } from '../core/digest.ts';
import type { JsonObject } from '../core/json.ts';
import type { Logger } from '../core/logger.ts';
import type { BundledModule } from './graph/contents.ts';
import type { HttpCache, HttpClient } from './http/types.ts';
import type { PackagePins, PackageReader, PackageSource } from './npm/types.ts';
import type { FoundRelease, RegistryPin, ReleaseFinder } from './release/types.ts';

/**
 * A module's id: relative to the plugin's root with `/` (`mod.ts`, `lib/util.ts`), or an absolute URL for foreign
 * modules. Nothing in it depends on the machine or the mirror.
 */
export type ModuleId = string;

export type Loader = 'ts' | 'tsx' | 'js' | 'jsx' | 'json' | 'text' | 'binary' | 'wasm';

export interface ArtifactFile {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly loader: Loader;
}

export interface GitPin {
  /** 40 hex digits. */
  readonly commit: string;
  readonly folder: string;
}

/** The bytes of one plugin and where they really came from; not yet trusted (DESIGN). */
export interface Artifact {
  /** The specifier as the config has it. */
  readonly source: string;
  /** After redirects, with the commit; for a path: relative to the config's folder. */
  readonly resolved: string;
  readonly kind: 'module' | 'component';
  readonly git: GitPin | undefined;
  readonly entry: ModuleId;
  /** Modules of the graph and, where there is one, `plugin.json` and `config_schema.json`. */
  readonly files: ReadonlyMap<ModuleId, ArtifactFile>;
  /** Foreign URL asked for -> URL that answered. Own modules' redirects are in `resolved`. */
  readonly redirects: Readonly<Record<string, string>>;
  readonly importMap: JsonObject | undefined;
  /** npm packages in the graph, by `name@version`; `.` is the plugin itself. */
  readonly packages?: PackagePins;
  /** Where its name was looked up, for a plugin of a registry. */
  readonly registry?: RegistryPin;
  /** What its program will be made of; a component is one module. */
  readonly contents?: readonly BundledModule[];
}

/** A source that was opened: gives bytes by module id until it is closed. What it gives is not yet trusted. */
export interface Origin {
  /** The specifier as the config has it. */
  readonly source: string;
  readonly resolved: string;
  readonly git: GitPin | undefined;
  readonly entry: ModuleId;
  /** The name of the archive that its files were unpacked from. `<archive>.sigstore.json` is read from beside it, unless it holds one. */
  readonly archive?: ModuleId;
  /**
   * The absolute URL that own ids are relative to, for a plugin that is a module at a URL: an import from it that leads
   * above the root is a foreign module. Undefined elsewhere: there an import that leads above the root is refused.
   */
  readonly base: string | undefined;
  /**
   * Bytes of an own module (relative to the root) or of a foreign one (absolute URL, also where the origin is a path or
   * a git repository). ERR_SOURCE_NOT_FOUND for what does not exist; ERR_IMPORT_DENIED for what may not be reached.
   */
  read(id: ModuleId, options?: ReadOptions): Promise<SourceFile>;
  /** When the npm packages of the graph that was collected were published, as far as their registry says it. */
  readonly published?: () => Promise<ReadonlyMap<string, Date>>;
  /** The npm packages that modules of it may import; undefined: none. */
  readonly packages?: PackageSource;
  /** What the registry said of it, for a plugin of a registry that was resolved just now. */
  readonly release?: FoundRelease;
  /** Ids of all files below the root, sorted; undefined where the source cannot be listed (a URL). */
  readonly list?: () => Promise<readonly ModuleId[]>;
  /** Frees connections and temporary files. Idempotent. */
  close(): Promise<void>;
}

export interface ReadOptions {
  /**
   * The module that imports this one; none: the host itself asks. A module from a public host can import nothing from
   * loopback or a private network, so leaving it out gives the rights of the plugin's own root.
   */
  readonly importer?: ModuleId;
  readonly signal?: AbortSignal;
}

export interface SourceFile {
  readonly bytes: Uint8Array;
  /** Where a foreign module really came from, when redirects led elsewhere than its id says. */
  readonly finalUrl?: string;
  /** Media type without parameters, lower case. */
  readonly contentType?: string;
}

/** What sources need of the host: injected; of the environment, only the proxies are read here. */
export interface SourceContext {
  readonly config: FetchConfig;
  /** Folder that path sources start from: the config's. */
  readonly root: string;
  /** Nothing may leave the machine: paths and `git+file:` work, the rest is ERR_OFFLINE. */
  readonly offline: boolean;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  readonly progress?: SourceProgress;
  readonly httpCache?: HttpCache;
  /** Shared between the sources of one run: one pool, one dedupe. Default: one for each origin, closed with it. */
  readonly http?: HttpClient;
  /** Where `npm:` ids are read from; `openOrigin` and `openLocked` give it. */
  readonly packages?: PackageReader;
  /** Where names of registries are found; undefined: nowhere. What is locked needs none. */
  readonly releases?: ReleaseFinder;
}

/** Told while bytes arrive. `total` where the server said so. */
export type SourceProgress = (event: {
  readonly item: string;
  readonly bytes: number;
  readonly total?: number;
  readonly done: boolean;
}) => void;

/** What of a lock entry names its bytes: `openLocked` asks for exactly these. */
export interface LockedSource {
  readonly source: string;
  readonly resolved: string;
  readonly git?: GitPin;
  readonly entry: ModuleId;
  readonly packages?: PackagePins;
  readonly registry?: RegistryPin;
}
