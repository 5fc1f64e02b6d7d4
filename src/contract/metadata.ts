import type { Value } from '../protocol/values.ts';

/** Permissions as config and manifest spell them (SPEC E2). An entry that begins with `!` denies, and denies win. */
export interface Permissions {
  /** `host`, `host:port`, `*.host:port`, `[v6]:port`, CIDR; default port: 443 and 80. */
  readonly net?: readonly string[];
  /** Paths mounted read-only. */
  readonly read?: readonly string[];
  /** Paths mounted read-write. */
  readonly write?: readonly string[];
  /** Names of environment variables. */
  readonly env?: readonly string[];
  /** Topics, with `*` for one word and `#` for the rest. */
  readonly events?: { readonly publish?: readonly string[]; readonly subscribe?: readonly string[] };
  /** `service` or `service.method` of what the host or another plugin registers; `api` is `apiClient`. */
  readonly services?: readonly string[];
  /** Declared dependencies this plugin may call: `name` or `name.method`. Default: its `dependencies`. */
  readonly plugins?: readonly string[];
}

/** A requested permission of a manifest may carry its reason: `{"value": "api.example.com", "reason": "rates"}`. */
export type RequestedPermissions = {
  readonly [K in keyof Permissions]?: K extends 'events'
    ? { readonly publish?: readonly Requested[]; readonly subscribe?: readonly Requested[] }
    : readonly Requested[];
};
export type Requested = string | { readonly value: string; readonly reason?: string };

/** SPEC A2. Wire keys keep the specification's spelling. */
export interface PluginMetadata {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly homepage?: string;
  readonly repository?: string;
  readonly keywords?: readonly string[];
  /** `name` or `name@range`. */
  readonly dependencies?: readonly string[];
  readonly min_aitbc_version?: string;
  readonly max_aitbc_version?: string;
  /** `linux`, `darwin`, `win32`, or with the processor: `linux-x64`. */
  readonly supported_platforms?: readonly string[];
  readonly permissions?: RequestedPermissions;
  /** `cli`, `blockchain`, `ai`, or an application's own: `acme:pricer@1`. */
  readonly interfaces?: readonly string[];
}

/** JSON Schema, draft-07. */
export type JsonSchema = { readonly [key: string]: Value };
