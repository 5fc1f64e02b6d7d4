import type { Limits } from '../config/types.ts';
import type { HostPort } from '../contract/port.ts';
import type { PluginError } from '../core/errors.ts';
import type { Program } from '../build/types.ts';
import type { CallOp, HostRequests, WireDelivery } from '../protocol/requests.ts';
import type { Value } from '../protocol/values.ts';

export interface OpenOptions {
  readonly name: string;
  readonly version: string;
  /** Plugins of one trust group may share a runtime process; a group of its own for `isolation: process`. */
  readonly group: string;
  readonly program: Program;
  readonly config: Value;
  /** Granted variables alone; null for one that is granted and not set. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly limits: Limits;
  readonly port: HostPort;
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; default `limits.timeout`. A timeout disposes the isolate (DESIGN, kill ladder). */
  readonly timeout?: number;
  /** For `command`: told of the call's number before the guest runs, so that `stdio.*` finds its streams. */
  readonly onCall?: (call: number) => void;
}

/** A live plugin behind a channel. After `dispose` or an exit every call is ERR_PLUGIN_CRASHED or ERR_STATE. */
export interface Instance {
  readonly name: string;
  readonly pid: number;
  request<Op extends CallOp>(
    op: Op,
    args: HostRequests[Op]['args'],
    options?: CallOptions,
  ): Promise<HostRequests[Op]['result']>;
  /**
   * Hands over events: handled in order, one at a time. `handled` is told of each in that order, with its error where it
   * failed, and must not throw; the deadline is that of one handler. Rejects when the plugin ends, or the signal is aborted:
   * the handler that runs goes on then, and no other begins. Nobody may change an event afterwards.
   */
  deliver(
    deliveries: readonly WireDelivery[],
    handled: (error?: PluginError) => void,
    options?: Pick<CallOptions, 'signal' | 'timeout'>,
  ): Promise<void>;
  /** Asks the calls and events that run now to end, as an aborted signal does; the callers get `error`. */
  abortCalls(error: PluginError): void;
  usage(): Promise<InstanceUsage>;
  /** Ends the isolate and frees what it held, in any state, without asking the guest. Idempotent. */
  dispose(): Promise<void>;
  /** Resolves once, when the instance has ended for any reason. */
  readonly exited: Promise<InstanceExit>;
}

export interface InstanceUsage {
  /** Bytes. */
  readonly memory: number;
  /** Milliseconds since open. */
  readonly cpu: number;
  readonly timers: number;
  readonly pendingRequests: number;
}

/** `unexplained`: its process died, and nothing says by whom. */
export type Blame = 'self' | 'suspect' | 'unexplained' | 'innocent';

/** Why an instance ended, and whom to blame: `self` counts against the restart budget, `innocent` does not. */
export type InstanceExit =
  | { readonly kind: 'disposed' }
  | { readonly kind: 'crashed'; readonly blame: Blame; readonly error: PluginError };

/** The engine behind one small interface: a pool of runtime processes. */
export interface Sandbox {
  /** Resolves once the plugin's script is compiled in an isolate; nothing of it has run before `describe`. */
  open(options: OpenOptions): Promise<Instance>;
  /** Begins to start a process where there is none, so that the first `open` waits less. Until then it keeps nothing alive. */
  warm(): void;
  /** The runtime processes that live now. */
  processes(): readonly { readonly pid: number; readonly group: string; readonly plugins: readonly string[] }[];
  /** Disposes every instance and ends every process. Idempotent. */
  close(): Promise<void>;
}
