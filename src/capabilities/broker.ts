/**
 * The one door between a plugin and the host: every request is checked, performed and audited by the capability it names,
 * and nothing of the host leaves but its result. Trusts the grants it is given, and nothing that comes through the port.
 */
import { spellLimit } from '../config/limits.ts';
import type { Limits } from '../config/types.ts';
import type { HostPort, PortResult, RequestIo } from '../contract/port.ts';
import { PluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { GuestOp } from '../protocol/requests.ts';
import type { Value } from '../protocol/values.ts';
import { checkEnv } from './env.ts';
import { createEvents } from './events.ts';
import { createFiles } from './files/files.ts';
import type { OwnFolders } from './files/places.ts';
import type { Grants } from './grants.ts';
import { createLeases, untilAborted, type Use } from './leases.ts';
import { createPluginLog } from './log.ts';
import type { Resolver } from './net/connector.ts';
import type { NetTimes } from './net/limits.ts';
import { createNet } from './net/net.ts';
import { createPluginCalls } from './plugins.ts';
import { createServices } from './services.ts';
import { text } from './shape.ts';
import { createStdio, type CommandStreams } from './stdio.ts';
import type { AuditSink, Switchboard } from './types.ts';

export interface BrokerOptions {
  readonly plugin: { readonly name: string; readonly version: string; readonly digest: string };
  readonly grants: Grants;
  readonly limits: Limits;
  readonly switchboard: Switchboard;
  readonly audit: AuditSink;
  readonly files: OwnFolders;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  readonly logger: Logger;
  readonly net?: { readonly resolve?: Resolver; readonly times?: NetTimes };
}

export interface Broker extends HostPort {
  readonly grants: Grants;
  /** From now on these; what runs and is no longer granted is aborted, its subscriptions end. */
  setGrants(grants: Grants): void;
  /** Streams of the command that runs as call `call`; the result detaches them. */
  attachStdio(call: number, streams: CommandStreams): () => void;
  /** Bytes and files of `/data` and `/tmp`. */
  storage(): Promise<{ readonly bytes: number; readonly files: number }>;
  /** Aborts all that runs, ends connections and file handles. Requests after it are ERR_STATE. Idempotent. */
  close(): Promise<void>;
}

type Operation = (args: readonly Value[], io: RequestIo) => Promise<PortResult> | PortResult;

export function createBroker(options: BrokerOptions): Broker {
  const { plugin, limits, switchboard, logger, redact } = options;
  const record = (entry: {
    capability: string;
    value: string;
    outcome: 'allowed' | 'denied' | 'failed';
    rule: string;
  }): void =>
    options.audit({
      time: new Date().toISOString(),
      plugin: plugin.name,
      version: plugin.version,
      digest: plugin.digest,
      ...entry,
      value: redact(entry.value),
    });
  const leases = createLeases({ name: plugin.name, audit: record }, options.grants);
  const parts = { plugin: plugin.name, version: plugin.version, limits, leases, switchboard };
  const net = createNet({ ...parts, ...options.net });
  const files = createFiles({ ...parts, own: options.files, logger });
  const events = createEvents(parts);
  const services = createServices({
    ...parts,
    audit: (capability, value) => record({ capability, value, outcome: 'allowed', rule: 'default' }),
  });
  const callPlugin = createPluginCalls(parts);
  const stdio = createStdio();
  const log = createPluginLog({ plugin: plugin.name, limits, logger, redact });
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();

  const named = new Set<string>();
  const nothing = { value: undefined };
  const operations: Readonly<Record<GuestOp, Operation>> = {
    'events.publish': async (args, io) => (await events.publish(args, io.signal), nothing),
    'events.subscribe': async (args, io) => (await events.subscribe(args, io.signal), nothing),
    'events.unsubscribe': (args) => (events.unsubscribe(args), nothing),
    'net.fetch': (args, io) => net.fetch(args, io),
    'services.call': async (args, io) => ({ value: await services.call(args, io.signal) }),
    'services.register': (args, io) => (services.register(args, io.signal), nothing),
    'plugins.call': async (args, io) => ({ value: await callPlugin(args, io.signal) }),
    ...files.operations,
    'env.denied': ([name]) => {
      const value = text('env.denied', 'name', name, 255);
      const decision = checkEnv(leases.grants.env, value);
      if (decision.allowed) return nothing;
      const refused = { verb: 'read variable', thing: value, key: 'env', value } as const;
      const use: Use = { capability: 'env', value, check: (grants) => checkEnv(grants.env, value), refused };
      const error = leases.refuse(use, decision);
      // The guest's own refusal has no hint: the host's log has it, once for a name.
      if (!named.has(value) && named.size < 64) {
        named.add(value);
        logger.log('warn', redact(error.message), { plugin: plugin.name, hint: redact(error.hint ?? '') });
      }
      return nothing;
    },
    'stdio.write': async (args, io) => (await untilAborted(io.signal, stdio.write(args, io.call)), nothing),
    'stdio.read': async (args, io) => ({ value: await untilAborted(io.signal, stdio.read(args, io.call)) }),
  };

  /** What may cross: a PluginError without secrets; anything else stays in the host's log. */
  const shown = (op: GuestOp, error: unknown): unknown => {
    if (error instanceof PluginError) {
      const details = Object.entries(error.details).map(([key, value]) => [
        key,
        typeof value === 'string' ? redact(value) : value,
      ]);
      return new PluginError(error.code, redact(error.message), {
        plugin: error.plugin ?? plugin.name,
        retryable: error.retryable,
        details: Object.fromEntries(details),
        ...(error.hint === undefined ? {} : { hint: redact(error.hint) }),
      });
    }
    if (error instanceof DOMException && error.name === 'AbortError') {
      return new PluginError('ERR_ABORTED', `Cannot serve "${op}": it was aborted`, { plugin: plugin.name });
    }
    logger.log('error', `the request "${op}" of "${plugin.name}" failed`, { plugin: plugin.name, error });
    return new PluginError('ERR_INTERNAL', `Cannot serve "${op}": the host failed`, { plugin: plugin.name });
  };

  const serve = async (op: GuestOp, args: readonly Value[], io: RequestIo): Promise<PortResult> => {
    try {
      if (closing.signal.aborted) throw closing.signal.reason;
      const operation = Object.hasOwn(operations, op) ? operations[op] : undefined;
      if (operation === undefined) throw new PluginError('ERR_VALUE', `Cannot serve "${op}": there is no such request`);
      return await operation(args, { ...io, signal: AbortSignal.any([io.signal, closing.signal]) });
    } catch (error) {
      throw shown(op, error);
    } finally {
      if (io.body !== undefined && !io.body.locked) await io.body.cancel().catch(() => undefined);
    }
  };

  return {
    get grants() {
      return leases.grants;
    },
    request(op, args, io) {
      const work = serve(op, args, io);
      const settled = work.then(
        () => undefined,
        () => undefined,
      );
      running.add(settled);
      void settled.then(() => running.delete(settled));
      return work;
    },
    log: log.log,
    passed(limit, times) {
      switchboard.passed(plugin.name, limit, times);
      record({ capability: 'limits', value: limit, outcome: 'denied', rule: spellLimit(limits, limit) ?? 'default' });
    },
    setGrants(grants) {
      leases.replace(grants);
      events.revoke();
      net.renew();
    },
    attachStdio: stdio.attach,
    storage: files.usage,
    async close() {
      const reason = new PluginError('ERR_STATE', `Cannot serve "${plugin.name}": it was stopped`, {
        plugin: plugin.name,
      });
      closing.abort(reason);
      leases.abort(reason);
      events.close();
      stdio.close();
      await net.close();
      await Promise.all(running);
      await files.close();
      log.close();
    },
  };
}
