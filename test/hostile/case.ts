import type { ErrorCode } from '../../src/core/codes.ts';
import type { Arena } from './arena.ts';

/** One hostile plugin, and what a correct host must do. */
export interface HostileCase {
  /** What it does: `loops in a getter`. */
  readonly name: string;
  /**
   * Body of `async attack(world)` of a class that extends BasePlugin; `context` and `world` are in scope. What it returns is
   * compared with `answers`: return what succeeded, so that `[]` says that nothing did.
   */
  readonly attack?: string;
  /** Further members of the class; overrides of lifecycle methods. */
  readonly members?: string;
  /** Statements of the module, before the class. */
  readonly top?: string;
  /** The whole module instead of the three above; must export a plugin with an `attack` method. */
  readonly module?: string;
  /** Further files of the plugin's folder, by relative path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Further keys of plugin.json: `dependencies`, `permissions`, `config_schema`. */
  readonly manifest?: object;
  readonly config?: object | ((world: World) => object);
  readonly permissions?: object | ((world: World) => object);
  /** As plugins.yaml spells them. Default: cpu 300ms, timeout 5s. */
  readonly limits?: Readonly<Record<string, string | number>>;
  readonly isolation?: 'shared' | 'process';
  /** Default: loads it, starts it, calls `attack(world)`. What it resolves to or rejects with is judged. */
  readonly act?: (arena: Arena, name: string) => Promise<unknown>;
  readonly expect: Verdict;
  /** The attack works when a plugin is merely imported: how that shows. See control.ts. */
  readonly control?: Control;
}

export interface Verdict {
  /** Resolves to this (deep equality). */
  readonly answers?: unknown;
  /** Rejects with one of these. */
  readonly fails?: readonly ErrorCode[];
  /** What else must hold of what it resolved to or rejected with: returns what is wrong. */
  readonly also?: (outcome: Outcome, arena: Arena, name: string) => string[] | Promise<string[]>;
  /** A denial of each must be in the audit. */
  readonly denied?: readonly { readonly capability: string; readonly value?: string | RegExp }[];
  /**
   * What may end for it: `nothing` (default), `itself` (its isolate ends, it alone is blamed, the others keep their process), or
   * `process` (V8 cannot be stopped: the others may be moved, but only it is blamed); `any`: whichever of these.
   */
  readonly ends?: 'nothing' | 'itself' | 'process' | 'any';
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** `leaks`: prints the env canary; `pollutes`: the host's objects change; `hangs`; `dies`: the host's process ends; `grows`. */
export type Control = 'leaks' | 'pollutes' | 'hangs' | 'dies' | 'grows';

/** What an attacker is told of its target: all that it might have guessed. */
export interface World {
  readonly secretFile: string;
  readonly root: string;
  /** The victim's data folder on the host. */
  readonly victimData: string;
  /** Whatever the suite's `setup` gave: ports of servers, … */
  readonly facts: Readonly<Record<string, string | number>>;
}
