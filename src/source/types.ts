import type { Digest } from '../core/digest.ts';
import type { JsonObject } from '../core/json.ts';

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
}
