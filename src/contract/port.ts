import type { LogLevel } from '../core/logger.ts';
import type { GuestOp } from '../protocol/requests.ts';
import type { Value } from '../protocol/values.ts';

/** What a sandbox needs of the host for one plugin; the broker of `capabilities/` implements it. */
export interface HostPort {
  /**
   * One request of the guest. `args` are decoded, of the sizes the protocol allows, and otherwise unchecked. What it
   * throws crosses as `{code, message, data}` when it is a PluginError, and as ERR_INTERNAL without details otherwise.
   */
  request(op: GuestOp, args: readonly Value[], io: RequestIo): Promise<PortResult>;
  log(level: LogLevel, message: string, fields: Value): void;
  /** The plugin passed a limit, `times` more: its key in the config, or `requests` for those under way. Counted and audited. */
  passed(limit: string, times: number): void;
}

export interface RequestIo {
  /** Aborted when the guest aborts the request, or the plugin goes. */
  readonly signal: AbortSignal;
  /** The guest's body, with backpressure; undefined where it sends none. The port must read or cancel it. */
  readonly body: ReadableStream<Uint8Array> | undefined;
  /** The host call during which the guest asked, where that is known: for `stdio.*`. */
  readonly call: number | undefined;
}

export interface PortResult {
  readonly value: Value;
  readonly body?: ReadableStream<Uint8Array>;
}
