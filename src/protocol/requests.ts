import type { Value } from './values.ts';

/**
 * What a plugin may ask of the host: the one table of operations. `capabilities/` answers each; the guest's SDK and web
 * API call them; the runtime process only carries them. Arguments arrive as data of a hostile peer: each capability
 * checks shapes before anything else.
 */
export interface GuestRequests {
  /** `topic`, `data`. */
  'events.publish': { args: [topic: string, data: Value]; result: undefined };
  'events.subscribe': { args: [pattern: string]; result: undefined };
  'events.unsubscribe': { args: [pattern: string]; result: undefined };
  /** The request's body is the request's stream; the response's body the response's stream. */
  'net.fetch': { args: [request: NetRequest]; result: NetResponse };
  /** A method of a service of the host or of another plugin. */
  'services.call': { args: [service: string, method: string, args: readonly Value[]]; result: Value };
  /** Offers methods under a name; the host calls them with the `service` host request. */
  'services.register': { args: [service: string, methods: readonly string[]]; result: undefined };
  /** A public method of a declared dependency. */
  'plugins.call': { args: [plugin: string, method: string, args: readonly Value[]]; result: Value };
  'files.read': { args: [path: string, range?: { offset: number; length: number }]; result: Uint8Array };
  /** `flag`: `w` replaces atomically, `wx` only creates, `a` appends. */
  'files.write': { args: [path: string, data: Uint8Array, flag: 'w' | 'wx' | 'a']; result: undefined };
  'files.stat': { args: [path: string, follow: boolean]; result: FileStat };
  'files.readdir': { args: [path: string]; result: readonly { name: string; kind: FileStat['kind'] }[] };
  'files.mkdir': { args: [path: string, recursive: boolean]; result: undefined };
  'files.rm': { args: [path: string, options: { recursive: boolean; force: boolean }]; result: undefined };
  'files.rename': { args: [from: string, to: string]; result: undefined };
  'files.copy': { args: [from: string, to: string]; result: undefined };
  'files.truncate': { args: [path: string, length: number]; result: undefined };
  /** Only to audit: the value of a granted variable is in the guest already, a refusal is local. */
  'env.denied': { args: [name: string]; result: undefined };
  /** Of the command that runs as call `call`. Resolves when the host's stream has taken it. */
  'stdio.write': { args: [call: number, stream: 'stdout' | 'stderr', chunk: Uint8Array]; result: undefined };
  /** The next chunk of stdin; null at its end. */
  'stdio.read': { args: [call: number]; result: Uint8Array | null };
}

export type GuestOp = keyof GuestRequests;

/** The operations that exist: a request that names another is refused before anything looks at it. */
export const GUEST_OPS: Readonly<Record<GuestOp, true>> = {
  'events.publish': true,
  'events.subscribe': true,
  'events.unsubscribe': true,
  'net.fetch': true,
  'services.call': true,
  'services.register': true,
  'plugins.call': true,
  'files.read': true,
  'files.write': true,
  'files.stat': true,
  'files.readdir': true,
  'files.mkdir': true,
  'files.rm': true,
  'files.rename': true,
  'files.copy': true,
  'files.truncate': true,
  'env.denied': true,
  'stdio.write': true,
  'stdio.read': true,
};

/** Milliseconds: to connect, until the head of the answer, between two pieces of its body. The broker's own hold beside them. */
export interface NetTimeouts {
  readonly connect?: number;
  readonly first?: number;
  readonly between?: number;
}

export interface NetRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly redirect: 'follow' | 'error' | 'manual';
  readonly hasBody: boolean;
  readonly timeouts?: NetTimeouts;
}

export interface NetResponse {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly redirected: boolean;
  /** False for a null body (204, HEAD). */
  readonly hasBody: boolean;
}

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  readonly mtimeMs: number;
}

/** What the host asks of a plugin: the one table of the other direction. */
export interface HostRequests {
  /**
   * Runs the plugin's script, constructs it, and says what it is. `exports` missing or of the wrong shape is
   * ERR_METADATA; a throw of the script is ERR_PLUGIN_THREW.
   */
  describe: { args: []; result: PluginDescription };
  /** One of BasePlugin's four lifecycle methods; the plugin's own boolean. */
  lifecycle: { args: [method: 'initialize' | 'start' | 'stop' | 'cleanup']; result: boolean };
  health: { args: []; result: Value };
  /** A public method of the plugin object. Lifecycle and `_` names are refused in the guest. */
  call: { args: [method: string, args: readonly Value[]]; result: Value };
  /** A method of a service the plugin registered. */
  service: { args: [service: string, method: string, args: readonly Value[]]; result: Value };
  /** Events in their order, one handler at a time. The guest tells of its progress; the result is what it did not yet tell. */
  events: { args: [deliveries: readonly WireDelivery[]]; result: number };
  /** A command's handler. The result is its exit status. */
  command: {
    args: [
      path: readonly [group: string, command: string],
      options: { readonly [name: string]: Value },
      io: CommandContext,
    ];
    result: number;
  };
}

/** `subscription`: the pattern it came by, or null for a broadcast, which goes to `handleEvent`. */
export type WireDelivery = readonly [event: WireEvent, subscription: string | null];

export interface WireEvent {
  readonly type: string;
  readonly data: Value;
  readonly source: string;
  readonly time: string;
}

export type HostOp = keyof HostRequests;
/** What has one answer. */
export type CallOp = Exclude<HostOp, 'events'>;

export interface CommandContext {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly args: readonly string[];
}

export interface PluginDescription {
  readonly metadata: Value;
  /** CommandGroupManifest[] of a CLI plugin. */
  readonly commands: Value;
  readonly configSchema: Value;
  /** Public methods that can be called from outside. */
  readonly methods: readonly string[];
  /** `cli`, `blockchain`, `ai` by shape, and what metadata names. */
  readonly interfaces: readonly string[];
}
