import { PluginError, isPluginError } from '../core/errors.ts';
import type { CallOp, HostRequests } from '../protocol/requests.ts';
import { assertCallable } from './callable.ts';
import type { Clock } from './clock.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import { redactedError } from './redacted-error.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /**
   * Milliseconds until the caller gives up with ERR_LIMIT_TIME, waiting for a turn included. The plugin's own
   * `limits.timeout` holds beside it, and ends the plugin.
   */
  readonly timeout?: number;
}

interface Request extends CallOptions {
  /** What is called, for errors: `greeter.greet()`. */
  readonly what: string;
  /** Milliseconds after which the plugin is ended. Default: `limits.timeout`. */
  readonly limit?: number;
  readonly onCall?: (call: number) => void;
}

/** Calls into active plugins: as many at a time as `limits.concurrency` lets, the rest in turn. */
export class Calls {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async request<Op extends CallOp>(
    plugin: ManagedPlugin,
    op: Op,
    args: HostRequests[Op]['args'],
    { what, signal, timeout, limit, onCall }: Request,
  ): Promise<HostRequests[Op]['result']> {
    const { redact } = assertCallable(plugin).grant;
    const deadline = this.#deadline(what, plugin.name, signal, timeout);
    try {
      return await plugin.gate.run(async () => {
        const { instance } = assertCallable(plugin);
        return instance.request(op, args, {
          timeout: limit ?? plugin.config.limits.timeout,
          ...(deadline.signal ? { signal: deadline.signal } : {}),
          ...(onCall ? { onCall } : {}),
        });
      }, deadline.signal);
    } catch (error) {
      throw this.#explain(error, plugin, what, deadline.signal, redact);
    } finally {
      deadline.cancel();
    }
  }

  #deadline(
    what: string,
    plugin: string,
    signal: AbortSignal | undefined,
    timeout: number | undefined,
  ): { signal: AbortSignal | undefined; cancel: () => void } {
    if (timeout === undefined) return { signal, cancel: () => undefined };
    const controller = new AbortController();
    const cancel = this.#clock.after(timeout, () => {
      controller.abort(
        new PluginError('ERR_LIMIT_TIME', `Cannot call "${what}": no answer within ${timeout} ms`, { plugin }),
      );
    });
    return { signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal, cancel };
  }

  #explain(
    error: unknown,
    plugin: ManagedPlugin,
    what: string,
    signal: AbortSignal | undefined,
    redact: (text: string) => string,
  ): unknown {
    if (signal?.aborted) {
      const reason: unknown = signal.reason;
      if (isPluginError(reason)) return reason;
      if (error === reason || isPluginError(error, 'ERR_ABORTED')) {
        return new PluginError('ERR_ABORTED', `Cannot call "${what}": the caller aborted it`, {
          plugin: plugin.name,
          cause: reason,
        });
      }
    }
    plugin.errors += 1;
    return isPluginError(error) ? redactedError(error, redact) : error;
  }
}
