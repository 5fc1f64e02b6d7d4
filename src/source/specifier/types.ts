/** A file or folder of this machine. */
export interface PathSpecifier {
  readonly kind: 'path';
  /** As the operator wrote it, trimmed. */
  readonly text: string;
  /** One spelling for one thing; parsing it again gives it again. */
  readonly normal: string;
  /** Absolute. */
  readonly path: string;
}

/** A commit of a git repository, and a folder in it. */
export interface GitSpecifier {
  readonly kind: 'git';
  readonly text: string;
  readonly normal: string;
  readonly transport: 'https' | 'http' | 'ssh' | 'file';
  /** What git is asked for: without `git+` and fragment. */
  readonly url: string;
  /** Branch, tag or commit; undefined: the default branch. */
  readonly ref: string | undefined;
  /** Without slashes at its ends; '' is the repository's root. */
  readonly folder: string;
}

/** A module or an archive on a web server. */
export interface UrlSpecifier {
  readonly kind: 'url';
  readonly text: string;
  readonly normal: string;
  readonly url: string;
}

/** A package of an npm registry. */
export interface NpmSpecifier {
  readonly kind: 'npm';
  readonly text: string;
  readonly normal: string;
  readonly name: string;
  /** A semver range or a dist-tag. */
  readonly range: string;
  /** As in `exports`: `.` or `./sub`. */
  readonly subpath: string;
}

/** An artifact of an OCI registry. */
export interface OciSpecifier {
  readonly kind: 'oci';
  readonly text: string;
  readonly normal: string;
  /** Lower case, with its port where one was written. */
  readonly host: string;
  readonly repository: string;
  /** A tag, or a digest: `sha256:…`. */
  readonly reference: string;
  /** Of the registry, without a slash at its end: `https:`, or `http:` where the host may be insecure. */
  readonly url: string;
}

/** A plugin of a registry of the config. */
export interface RegistrySpecifier {
  readonly kind: 'registry';
  readonly text: string;
  readonly normal: string;
  /** The plugin's. */
  readonly name: string;
  /** A semver range; `*` where none was written. */
  readonly range: string;
  /** What the config calls the registry that is meant; undefined: the first that has the plugin. */
  readonly registry: string | undefined;
}

export type Specifier = PathSpecifier | GitSpecifier | UrlSpecifier | NpmSpecifier | OciSpecifier | RegistrySpecifier;

export interface SpecifierContext {
  /** Absolute folder that relative paths start from. */
  readonly root: string;
  /** Hosts that plain http: may be used with beside loopback. */
  readonly allowInsecure?: readonly string[];
  /** Default: the user's home folder. */
  readonly home?: string;
}
