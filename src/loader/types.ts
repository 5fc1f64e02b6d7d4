import type { Program } from '../build/types.ts';
import type { PluginConfig } from '../config/types.ts';
import type { PluginError } from '../core/errors.ts';
import type { LockEntry } from '../lock/types.ts';

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
}

/** All plugins are verified before any starts. */
export interface PrepareReport {
  readonly ready: ReadonlyMap<string, Prepared>;
  readonly refused: ReadonlyMap<string, PluginError>;
  /** Milliseconds of each phase. */
  readonly phases: Readonly<Record<'verify' | 'build', number>>;
}

export interface PrepareOptions {
  /** Default: every enabled plugin. */
  readonly names?: readonly string[];
  readonly signal?: AbortSignal;
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
