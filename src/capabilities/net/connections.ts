/**
 * One plugin's connections: guarantees that each goes to an address that passed the check, and remembers which, so that a
 * revoked address ends what runs over it. Never shared with another plugin, and never through a proxy.
 */
import type { Agent, Dispatcher } from 'undici';
import type { Limits } from '../../config/types.ts';
import { PluginError } from '../../core/errors.ts';
import type { Leases, Use } from '../leases.ts';
import { spellAddress, type Address } from './address.ts';
import { createConnector, systemResolver, type Resolver } from './connector.ts';
import { failure } from './failure.ts';
import { MAX_ADDRESSES, MAX_HEADER_BYTES, MAX_ORIGINS, type NetTimes } from './limits.ts';
import { checkAddress, spellTarget, type Target } from './rules.ts';

export interface ConnectionOptions {
  readonly plugin: string;
  readonly limits: Limits;
  readonly leases: Leases;
  readonly times: NetTimes;
  readonly resolve?: Resolver;
}

export interface Connections {
  /**
   * Loads the HTTP client when it is first needed: most plugins ask for nothing. `connect`: milliseconds, where the host's own
   * are more.
   */
  dispatcher(connect?: number): Promise<Dispatcher>;
  /** Addresses that were connected to for a target, under the grants of now. */
  addressesOf(target: Target): readonly Address[];
  /** New connections from now on; those in use end with their requests. */
  renew(): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Times to connect that are kept apart; requests with yet others get the host's own. */
const MAX_AGENTS = 8;

export function createConnections(options: ConnectionOptions): Connections {
  const { plugin, leases, times } = options;
  const connected = new Map<string, readonly Address[]>();
  const agents = new Set<Agent>();
  /** By milliseconds to connect. */
  const current = new Map<number, Agent>();
  let closed = false;

  const remember = (target: Target, address: Address): void => {
    const key = keyOf(target);
    const known = connected.get(key) ?? [];
    connected.delete(key);
    connected.set(key, [...known, address].slice(-MAX_ADDRESSES));
    for (const oldest of connected.keys()) {
      if (connected.size <= MAX_ORIGINS) break;
      connected.delete(oldest);
    }
  };

  const refuse = (target: Target, address: Address | undefined): PluginError | undefined => {
    if (address === undefined) return failure(keyOf(target), Object.assign(new Error(), { code: 'EAI_FAIL' }));
    const decision = checkAddress(leases.grants.net, target, address);
    if (decision.allowed) {
      remember(target, address);
      return undefined;
    }
    const value = `${spellAddress(address)}:${target.port}`;
    const use: Use = {
      capability: 'net',
      value,
      refused: { verb: 'connect to', thing: keyOf(target), key: 'net', value },
      check: (grants) => checkAddress(grants.net, target, address),
    };
    return leases.refuse(use, decision);
  };

  return {
    async dispatcher(connect = times.connect) {
      const undici = await import('undici');
      if (closed) throw stopped(plugin);
      const isNew = !current.has(connect);
      const timeout = connect > times.connect || (isNew && current.size >= MAX_AGENTS) ? times.connect : connect;
      const known = current.get(timeout);
      if (known !== undefined) return known;
      const agent = new undici.Agent({
        connect: createConnector({
          resolve: options.resolve ?? systemResolver,
          timeout,
          refuse,
          buildConnector: undici.buildConnector,
        }),
        allowH2: false,
        pipelining: 1,
        connections: Math.max(1, options.limits.netConcurrency),
        headersTimeout: times.idle,
        bodyTimeout: times.idle,
        maxHeaderSize: MAX_HEADER_BYTES,
        keepAliveTimeout: 4_000,
        keepAliveMaxTimeout: 60_000,
      });
      agents.add(agent);
      current.set(timeout, agent);
      return agent;
    },
    addressesOf: (target) => connected.get(keyOf(target)) ?? [],
    renew() {
      const old = [...current.values()];
      current.clear();
      connected.clear();
      for (const agent of old) {
        const ending = agent.close().finally(() => agents.delete(agent));
        // It can only fail because `close` destroyed it meanwhile.
        ending.catch(() => undefined);
      }
    },
    async close() {
      current.clear();
      closed = true;
      const reason = stopped(plugin);
      const all = [...agents].map((each) => each.destroy(reason));
      agents.clear();
      await Promise.all(all);
    },
  };
}

function stopped(plugin: string): PluginError {
  return new PluginError('ERR_ABORTED', `Cannot fetch for "${plugin}": it was stopped`);
}

function keyOf(target: Target): string {
  return `${target.scheme}//${spellTarget(target)}`;
}
