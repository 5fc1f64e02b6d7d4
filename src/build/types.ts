import type { Digest } from '../core/digest.ts';

/** One script with its map: what a runtime process runs. Content-addressed by `key`. */
export interface Program {
  /** Digest of integrity, builder versions and flags: the build cache's key. */
  readonly key: Digest;
  readonly integrity: Digest;
  readonly kind: 'module' | 'component';
  /** A function body, run inside the guest's one async function; sets the plugin's exports. */
  readonly script: string;
  /** Digest of `script`: V8 code caches are trusted with it alone. */
  readonly digest: Digest;
  /** JSON of a source map v3 whose sources are module ids. */
  readonly sourceMap: string;
  /** Core modules of a component, memories clamped; empty for a module. */
  readonly wasm: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}
