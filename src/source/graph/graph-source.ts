import type { PluginError } from '../../core/errors.ts';
import type { Digest } from '../../core/digest.ts';
import type { PackageLookup } from '../npm/types.ts';
import type { Loader, ModuleId } from '../types.ts';
import type { EsbuildLimits } from './esbuild.ts';
import type { ResolveContext } from './resolve.ts';

/** A module that was opened. Two imports that lead to one `id` get one instance. */
export interface OpenModule {
  /** An own id, or the URL that a foreign module finally came from. */
  readonly id: ModuleId;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly loader: Loader;
}

export interface GraphSource extends ResolveContext {
  /** For messages: the plugin's name or source. */
  readonly subject: string;
  readonly entry: ModuleId;
  /** The first candidate that exists; undefined where none does. `importer` is undefined for the entry. */
  open(candidates: readonly ModuleId[], importer: ModuleId | undefined): Promise<OpenModule | undefined>;
  /** The code of what the host provides: `sdk`, or the name of a node: module. */
  provided(name: string): Promise<string>;
  /** What to throw where nothing exists. */
  missing(specifier: string): PluginError;
  /** Which npm packages names mean; undefined: there are none. */
  readonly packages?: PackageLookup;
  readonly limits?: Partial<EsbuildLimits>;
}
