import type { JsonObject } from '../core/json.ts';
import type { Permissions } from '../contract/metadata.ts';

/** Limits of one plugin, in base units (bytes, milliseconds, counts); config spells them `64MiB`, `500ms`, `10s`. */
export interface Limits {
  /** Heap, array buffers and WebAssembly memory together. Bytes. */
  readonly memory: number;
  /** CPU time of one call. Milliseconds. */
  readonly cpu: number;
  /** Wall time of one call. Milliseconds. */
  readonly timeout: number;
  readonly startTimeout: number;
  readonly stopTimeout: number;
  /** Bytes of `/data` and `/tmp` together, and the number of files. */
  readonly storage: number;
  readonly files: number;
  /** Calls that run at the same time; more wait. */
  readonly concurrency: number;
  /** Bytes of one encoded message either way. */
  readonly message: number;
  /** A second. */
  readonly logRate: number;
  readonly eventRate: number;
  readonly timers: number;
  /** Outgoing requests at the same time, a minute, and bytes of one body. */
  readonly netConcurrency: number;
  readonly netRate: number;
  readonly netBytes: number;
}

export interface PluginConfig {
  readonly name: string;
  readonly enabled: boolean;
  /** 1..100, lower first. Default 50. */
  readonly priority: number;
  readonly required: boolean;
  /** As written; undefined: looked for in `plugin_paths`. */
  readonly source: string | undefined;
  /** Interpolated; as written for a disabled plugin, which needs no environment (SPEC C6). */
  readonly config: JsonObject;
  /** JSON pointers into `config` of the values that are interpolated: text that a schema may want as a number. */
  readonly interpolated?: ReadonlySet<string>;
  readonly dependencies: readonly string[];
  /** Interpolated; paths are absolute. */
  readonly permissions: Permissions;
  readonly limits: Limits;
  readonly isolation: 'shared' | 'process';
  /** Whether it must be signed; undefined: `trust` says. A namespace of `trust` goes before it. */
  readonly require?: Requirement;
  /** Where its entry stands in the file, for errors and hints. */
  readonly at: { readonly line: number; readonly column: number };
  /** Where a part of `config` stands: the path begins below `config`. `file` as errors show it. */
  readonly where?: (path: readonly (string | number)[]) => {
    readonly file: string;
    readonly line: number;
    readonly column: number;
  };
}

/** plugins.yaml, read and checked: the one input of everything above. */
export interface HostConfig {
  /** Absolute path of the file, or undefined for a config given as an object. */
  readonly file: string | undefined;
  /** Folder that relative paths and path sources start from. */
  readonly root: string;
  readonly lockFile: string;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly plugins: ReadonlyMap<string, PluginConfig>;
  /** Absolute paths. */
  readonly pluginPaths: readonly string[];
  readonly autoLoad: boolean;
  /** Seconds. */
  readonly healthCheckInterval: number;
  /** Of runtime processes: `on` runs nothing without bubblewrap. */
  readonly hardening: 'auto' | 'on' | 'off';
  readonly fetch: FetchConfig;
  /** Whose signatures count, and what must have one; undefined: nobody's, nothing. */
  readonly trust?: TrustConfig;
  /** Where names without a place are looked for, in this order; undefined: nowhere. */
  readonly registries?: readonly RegistryConfig[];
  /** Interpolated values that must be redacted from everything that is shown or written. */
  readonly secrets: readonly string[];
}

export interface FetchConfig {
  /** Hosts that plain http: may be used with beside loopback. */
  readonly allowInsecure: readonly string[];
  /** PEM file of an extra certificate authority. */
  readonly ca: string | undefined;
  /** Host (`host` or `host:port`) -> bearer token; from config, `AITBC_TOKENS`. Never sent to another host. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly maxModuleBytes: number;
  readonly maxArchiveBytes: number;
  readonly maxModules: number;
  /** Milliseconds: of one request, and without a byte. */
  readonly timeout: number;
  readonly idleTimeout: number;
  readonly retries: number;
}

/** A list of plugins somewhere (docs/registry.md). */
export interface RegistryConfig {
  /** What the operator calls it; differs from the others' in more than case. */
  readonly name: string;
  /** As written: a folder, a file, `git+…#ref:folder`, `https://…/index.json`. */
  readonly url: string;
  /** `root`: absolute path of the first root of its TUF metadata. */
  readonly tuf?: { readonly root: string };
  /** Who may revoke versions of it; undefined: no list of revocations is read. */
  readonly revocations?: { readonly publishers: readonly string[]; readonly keys: readonly KeySource[] };
}

export type Requirement = 'signed' | 'none';

/** Who is trusted, and for what (docs/trust.md). */
export interface TrustConfig {
  readonly publishers: ReadonlyMap<string, PublisherConfig>;
  /** `acme-*`, `acme-core` or `*` -> the publishers that plugins of these names must be signed by. */
  readonly namespaces: ReadonlyMap<string, readonly string[]>;
  readonly require: Requirement;
  /** Beginning of a source -> requirement; the longest that fits wins. */
  readonly sources: ReadonlyMap<string, Requirement>;
  readonly exceptions: readonly TrustException[];
  /** Absolute path of a sigstore trusted root, for identities. */
  readonly trustedRoot: string | undefined;
  readonly reviews?: ReviewsConfig;
  /** What known vulnerabilities mean; undefined: nothing is refused for one. */
  readonly vulnerabilities?: VulnerabilityConfig;
  /** Milliseconds that a release must have been out before it is locked. */
  readonly minimumAge?: number;
}

/** Whose reviews count, where they are looked for, and what must have them (docs/reviews.md). */
export interface ReviewsConfig {
  readonly reviewers: ReadonlyMap<string, PublisherConfig>;
  /** Absolute paths of folders, and URLs that end with `/`; beside what a registry has. */
  readonly from: readonly string[];
  readonly require: readonly ReviewRequirement[];
}

/** Concerns a plugin when everything it names fits. */
export interface ReviewRequirement {
  /** Names, or beginnings of names with `*`. Undefined: every name. */
  readonly plugins: readonly string[] | undefined;
  /** Undefined: signed by anybody or nobody. */
  readonly publishers: readonly string[] | undefined;
  readonly criteria: readonly string[];
  /** How many different reviewers, for each criterion. */
  readonly reviewers: number;
}

/** From the least to the worst; one that is not rated counts as the worst. */
export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** What is done about known vulnerabilities (docs/vulnerabilities.md). */
export interface VulnerabilityConfig {
  /** From this severity on a plugin is not locked; undefined: none keeps it from that. */
  readonly block: Severity | undefined;
  /** `refuse`: what could not be checked is not locked either. */
  readonly unchecked: 'warn' | 'refuse';
  /** Base URL of an OSV API that is asked in place of the local database; undefined: the local database. */
  readonly api: string | undefined;
  /** What `audit db update` imports when it is given nothing: absolute paths and URLs. */
  readonly database: readonly string[];
  /** Milliseconds: an older local database counts as one that could not be asked. */
  readonly maxAge: number;
  readonly ignore: readonly VulnerabilityIgnore[];
}

/** Takes one vulnerability, or one thing that cannot be checked, as known and accepted. */
export interface VulnerabilityIgnore {
  /** An id or an alias of a vulnerability, or the purl of what cannot be checked. */
  readonly id: string;
  /** Its name in `plugins`; undefined: in every plugin. */
  readonly plugin: string | undefined;
  readonly reason: string;
  /** The last day it holds, in UTC: `2026-12-31`. */
  readonly expires: string;
}

export interface PublisherConfig {
  readonly keys: readonly KeySource[];
  readonly identities: readonly Identity[];
}

/** A public key as PEM or as base64 of its DER, or the absolute path of a file that holds it. */
export type KeySource = { readonly text: string } | { readonly file: string };

/** Who a certificate was issued to, and by which identity provider; both are compared exactly. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** Lets one plugin be locked with less trust than before. */
export interface TrustException {
  readonly plugin: string;
  readonly reason: string;
  /** The last day it holds, in UTC: `2026-12-31`. */
  readonly expires: string;
  /** It is for these bytes, which a registry has revoked, and for nothing else. */
  readonly revoked?: string;
}
