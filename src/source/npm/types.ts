import type { ModuleId, SourceFile } from '../types.ts';
import type { Release } from './packument.ts';
import type { PackageFiles, TarballPin } from './tarballs.ts';

/** One package of a plugin's graph as the lock has it. Its key is `name@version`, or `.` for the plugin itself. */
export interface PackagePin {
  /** npm's `sha512-…` of the tarball; the plugin itself has it where it is an npm package. */
  readonly integrity?: string;
  /** Where the tarball is, if that is not `<registry>/<name>/-/<name>-<version>.tgz`. */
  readonly tarball?: string;
  /** What modules of it import, `react` or (of the plugin itself) `npm:react@^18`, to the key of the package. */
  readonly dependencies?: Readonly<Record<string, string>>;
}

export type PackagePins = Readonly<Record<string, PackagePin>>;

/** The key of the plugin itself. */
export const OWN_PACKAGE = '.';

export type Dependency =
  | { readonly kind: 'package'; readonly key: string }
  /** `optional`: the package says that it does without. */
  | { readonly kind: 'absent'; readonly optional: boolean };

/** Which package a name means in a package: resolved anew while a graph is collected, read from the lock when it is built. */
export interface PackageLookup {
  /** Whether the plugin itself is an npm package: its bare imports are those of its package.json. */
  readonly own: boolean;
  /** `from`: a key. `name`: of a package, or `npm:<name>@<range>`. */
  dependency(from: string, name: string): Promise<Dependency>;
}

/** Reads files of packages by `npm:` ids. */
export interface PackageReader {
  read(id: ModuleId, signal: AbortSignal | undefined): Promise<SourceFile>;
}

/** A lookup that resolves, for one pass over a graph. */
export interface PackageGraph extends PackageLookup {
  /** What was resolved; undefined where no package is in the graph. */
  pins(): PackagePins | undefined;
  /**
   * After a pass. True: every peer dependency is what the whole graph says. False: another pass will know more. Throws
   * ERR_INCOMPATIBLE where no pass can help.
   */
  settled(): Promise<boolean>;
  /** After a pass that failed: whether a peer was missing that the plugin turned out to import. */
  mayHelpToRepeat(): boolean;
}

export interface PackageSource extends PackageReader {
  /** `requests`: `npm:` addresses of the import map, which provide peer dependencies. */
  graph(requests: readonly string[]): Promise<PackageGraph>;
  /** When packages were published, by key, as far as the registry says it: of the versions that were picked. */
  published(): Promise<ReadonlyMap<string, Date>>;
  close(): Promise<void>;
}

/** The plugin itself, where it is an npm package. */
export interface OwnRelease {
  readonly key: string;
  readonly pin: TarballPin;
  readonly manifest: Readonly<Record<string, unknown>>;
}

export interface Packages extends PackageSource {
  /** The release that a range or a tag means now. ERR_SOURCE_NOT_FOUND where there is none. */
  pick(name: string, range: string): Promise<Release>;
  /** Of a package that was picked, or that the lock names. */
  files(key: string): Promise<PackageFiles>;
  /** Of a version with the sum and the place that the lock names. */
  lockedFiles(key: string, pin: TarballPin): Promise<PackageFiles>;
  pinOf(key: string): TarballPin;
  /** Makes a package the plugin's own: its bare imports are those of its package.json. */
  setOwn(key: string, files: PackageFiles): void;
  readonly own: OwnRelease | undefined;
  /** Every `npm:` request of the plugin's own modules so far, in all passes -> key. */
  readonly requests: Map<string, string>;
}
