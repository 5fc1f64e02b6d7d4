import type { Dependency } from '../../contract/dependency.ts';

/** One version of a plugin that could be chosen. */
export interface Candidate {
  /** Valid semver: checked by who makes it. */
  readonly version: string;
  readonly dependencies: readonly Dependency[];
  /** Versions of the host that it runs on, both included. */
  readonly minHost?: string | undefined;
  readonly maxHost?: string | undefined;
  /** `linux`, `linux-x64`, `any`; undefined or empty: every platform. */
  readonly platforms?: readonly string[] | undefined;
  /** Why it must not be chosen, unless it is what the lock has: `it was yanked: broken build`. */
  readonly withdrawn?: string | undefined;
  /** Why it must never be chosen: `it was revoked: steals keys`. */
  readonly refused?: string | undefined;
}

/** What there is of one name. */
export interface Offer {
  readonly candidates: readonly Candidate[];
  /**
   * `registry`: versions to choose from; a prerelease is taken only where a range names one of its version, as semver has it.
   * `fixed`: the one version that a path, a repository or a URL gives; any range that it lies in takes it, a prerelease too.
   */
  readonly kind: 'registry' | 'fixed';
  /** Where it comes from, for people: `registry main`, `./plugins/greeter`. */
  readonly from?: string | undefined;
  /** For people, where there are no candidates: `no registry has it`. */
  readonly absent?: string | undefined;
}

/** Gives what there is of a name, once for each name. What it throws ends the resolution: it is never a conflict. */
export type Provider = (name: string) => Promise<Offer> | Offer;

/** A plugin that must be there. */
export interface Root {
  readonly name: string;
  readonly range: string;
  /** Who asks for it, for people: `the config`, `you`. */
  readonly by: string;
}

export interface Problem {
  readonly roots: readonly Root[];
  readonly provider: Provider;
  /** Dependencies that the config adds to a plugin, whatever its version. */
  readonly added?: ReadonlyMap<string, readonly Dependency[]>;
  /** Versions that are kept where nothing speaks against them. */
  readonly locked?: ReadonlyMap<string, string>;
  /** Names that are chosen before all others: what was asked for is the newest it can be. Not kept as locked. */
  readonly first?: ReadonlySet<string>;
  readonly host: HostFacts;
  /** Steps of the search; default `DEFAULT_BUDGET`. */
  readonly budget?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HostFacts {
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
}

export type Resolution = Resolved | Conflict | GaveUp;

export interface Resolved {
  readonly kind: 'resolved';
  /** One version for each plugin that is needed, by name, sorted. */
  readonly versions: ReadonlyMap<string, string>;
  readonly steps: number;
}

/** It is proven that no choice of versions satisfies everything. */
export interface Conflict {
  readonly kind: 'conflict';
  /** What cannot all hold; without any one of them it could. */
  readonly core: readonly Fact[];
  /** Names in it that nobody offers. */
  readonly missing: readonly string[];
  /** The same as a chain of reasons, for people, printable: one sentence a line. */
  readonly reasons: readonly string[];
  /** What would help, for people, printable; each was tried. */
  readonly remedies: readonly string[];
  readonly steps: number;
}

/** The budget was spent before an answer was known: neither a solution nor a conflict. */
export interface GaveUp {
  readonly kind: 'gave-up';
  readonly budget: number;
}

/** What the world says; conflicts are made of these alone. */
export type Fact =
  | { readonly kind: 'root'; readonly root: Root }
  | { readonly kind: 'depends'; readonly name: string; readonly on: Dependency; readonly by: 'plugin' | 'config' }
  /** Versions that cannot be had: `they need version 3 of the host or newer`. */
  | { readonly kind: 'unusable'; readonly name: string; readonly why: Unusable }
  | { readonly kind: 'cycle'; readonly path: readonly string[] };

export type Unusable =
  | { readonly kind: 'min-host' | 'max-host'; readonly bound: string }
  | { readonly kind: 'platform'; readonly platforms: readonly string[] }
  | { readonly kind: 'withdrawn' | 'refused'; readonly reason: string };
