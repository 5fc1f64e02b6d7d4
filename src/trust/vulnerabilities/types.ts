import type { Severity } from '../../config/types.ts';
import type { Advisory } from './record.ts';

/** A package that can be looked up. */
export interface PackageRef {
  readonly purl: string;
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string;
}

/** An advisory that is about a package; `why`: it cannot be said whether it is about this version. */
export type Hit =
  | { readonly advisory: Advisory; readonly fixed: readonly string[] }
  | { readonly advisory: Advisory; readonly why: string };

/** What is known of one package, or why that cannot be said. */
export type Looked = { readonly hits: readonly Hit[] } | { readonly why: string };

/** Where vulnerabilities are looked up. */
export interface VulnerabilitySource {
  readonly state: SourceState;
  /** By purl, for every package asked for. Throws nothing but ERR_ABORTED: what fails is a `why`. */
  look(packages: readonly PackageRef[], signal?: AbortSignal): Promise<ReadonlyMap<string, Looked>>;
  close(): Promise<void>;
}

export type SourceState =
  | { readonly kind: 'database'; readonly info: DatabaseInfo; readonly stale: string | undefined }
  | { readonly kind: 'api'; readonly url: string }
  | { readonly kind: 'none'; readonly why: string };

/** A database as it was imported. Times are RFC 3339. */
export interface DatabaseInfo {
  readonly imported: string;
  /** The newest `modified` of its records that is not in the future. */
  readonly newest: string;
  readonly records: number;
  /** Records that were withdrawn, and count for nothing. */
  readonly withdrawn: number;
  /** Ecosystem -> what is said of its packages. Others are not in it. */
  readonly ecosystems: Readonly<Record<string, number>>;
  readonly sources: readonly string[];
}

/** One vulnerability in one plugin; aliases are one. */
export interface Finding {
  readonly id: string;
  readonly aliases: readonly string[];
  /** `unknown` counts as critical. */
  readonly severity: Severity | 'unknown';
  /** CVSS, 0 to 10. */
  readonly score: number | undefined;
  readonly summary: string;
  readonly purl: string;
  readonly package: string;
  readonly version: string;
  /** Versions that are free of it; empty: none is known. */
  readonly fixed: readonly string[];
  readonly plugin: string;
  /** Purls from what the plugin itself imports to the package. */
  readonly chain: readonly string[];
  /** It is accepted until the end of that day. */
  readonly ignored: IgnoredBy | undefined;
  /** It was accepted, and is not any more. */
  readonly expired: IgnoredBy | undefined;
}

/** Something that could not be checked. */
export interface Unchecked {
  /** What an `ignore` of the config names; undefined: it cannot be accepted. */
  readonly id: string | undefined;
  readonly plugin: string;
  readonly what: string;
  readonly why: string;
  readonly ignored: IgnoredBy | undefined;
  readonly expired: IgnoredBy | undefined;
}

export interface IgnoredBy {
  readonly reason: string;
  readonly expires: string;
}

/**
 * `vulnerable`: something was found that is not ignored. `unchecked`: nothing was, and not all could be checked. `clean`: all
 * was checked, and nothing found but what is ignored.
 */
export type Result = 'clean' | 'vulnerable' | 'unchecked';

/** What is known of one plugin. */
export interface Assessment {
  readonly plugin: string;
  readonly version: string;
  readonly result: Result;
  /** Packages that were looked up. */
  readonly checked: number;
  /** Worst first; ignored ones, too. */
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
  readonly source: SourceState;
}
