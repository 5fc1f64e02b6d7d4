import type { Digest } from '../../core/digest.ts';
import type { ModuleId } from '../../source/types.ts';

/**
 * How it is known what a part is: `lock`: an npm package with its sum; `url`: a module of a URL; `vendored`: a package.json in the
 * plugin's own folder says so; `host`: the host puts it in; `stated`: a component says so of itself.
 */
export type PartOrigin = 'lock' | 'url' | 'vendored' | 'host' | 'stated';

/** One thing that a plugin is made of, beside its own code. */
export interface Part {
  /** Its name everywhere: `pkg:npm/zod@4.1.0`. */
  readonly purl: string;
  readonly name: string;
  readonly version: string | undefined;
  /** The ecosystem that OSV has it under; undefined: no database knows it. */
  readonly ecosystem: string | undefined;
  readonly origin: PartOrigin;
  /** Guessed from a URL or a file, and not stated by who made the package. */
  readonly inferred: boolean;
  /** Whether any code of it is in the program. */
  readonly included: boolean;
  readonly modules: readonly { readonly id: ModuleId; readonly digest: Digest | undefined }[];
  /** npm's `sha512-…` of its tarball. */
  readonly integrity: string | undefined;
  /** Purls of parts, sorted. */
  readonly dependsOn: readonly string[];
  /** Purls from what the plugin itself imports to this part. */
  readonly chain: readonly string[];
}

/** Something in a plugin that cannot be looked up. */
export interface Gap {
  /** The purl or the module it concerns: what an `ignore` of the config names. */
  readonly id: string;
  readonly why: string;
}

/** What is in one plugin's program. */
export interface Inventory {
  /** Its name in the config, or the specifier of one that is not in it. */
  readonly plugin: string;
  /** The plugin itself; its `modules` are its own. */
  readonly self: Part;
  /** Sorted by purl; without the plugin itself. */
  readonly parts: readonly Part[];
  readonly gaps: readonly Gap[];
}
