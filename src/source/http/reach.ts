/**
 * Guarantees that a module from the public internet leads the host to no address of a private network or of this
 * machine, whether by redirect or import, by literal address or by name, at the moment of connecting. Trusts the operator, who may
 * name any host, TLS to bind a name to its server, and a proxy to guard the names it resolves itself.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { PluginError } from '../../core/errors.ts';
import { reachOfAddress, reachOfHost } from './hosts.ts';
import type { Reach } from './types.ts';

/** Anywhere: what the operator names. */
export const UNLIMITED: Reach = 2;

/** All addresses of a name, as `dns.lookup` gives them. */
export type Resolver = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

export const systemResolver: Resolver = (hostname, done) => systemLookup(hostname, { all: true }, done);

export interface ReachBook {
  /** How near a host may be that `referrer` leads to; undefined: the operator names it. */
  allowedFrom(referrer: string | undefined, target: URL): Promise<Reach>;
  /** For `net.connect`: resolves names, and refuses those with an address nearer than `allowed`. */
  lookup(allowed: Reach): LookupFunction;
}

export function createReachBook(resolver: Resolver = systemResolver): ReachBook {
  /** The addresses each name had when it was first connected to: another answer later changes nothing. */
  const known = new Map<string, { readonly farthest: Reach; readonly nearest: Reach }>();

  const record = (hostname: string, addresses: readonly LookupAddress[]): void => {
    if (known.has(hostname) || addresses.length === 0) return;
    const all = addresses.map((item) => reachOfAddress(item.address));
    known.set(hostname, { farthest: Math.min(...all) as Reach, nearest: Math.max(...all) as Reach });
  };

  const reachOf = async (hostname: string): Promise<Reach> => {
    const spelt = reachOfHost(hostname);
    if (spelt !== undefined) return spelt;
    if (!known.has(hostname)) {
      const addresses = await new Promise<readonly LookupAddress[]>((resolve) => {
        // A name that only a proxy can resolve counts as public: it leads to nothing near.
        resolver(hostname, (error, found) => resolve(error === null ? found : []));
      });
      record(hostname, addresses);
    }
    return known.get(hostname)?.farthest ?? 0;
  };

  return {
    async allowedFrom(referrer, target) {
      if (referrer === undefined || !URL.canParse(referrer)) return UNLIMITED;
      const from = new URL(referrer);
      // A host may lead to itself, and a name that now stands for something nearer is another host.
      if (from.origin === target.origin) return known.get(from.hostname)?.nearest ?? UNLIMITED;
      return reachOf(from.hostname);
    },
    lookup: (allowed) => (hostname, options, done) => {
      resolver(hostname, (error, addresses) => {
        if (error !== null) return done(error, '', 0);
        record(hostname, addresses);
        const [first] = addresses;
        const near = addresses.find((item) => reachOfAddress(item.address) > allowed);
        if (near !== undefined) return done(new TooNear(hostname, near.address), '', 0);
        if (first === undefined) return done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0);
        return options.all ? done(null, [...addresses]) : done(null, first.address, first.family);
      });
    },
  };
}

/** A name turned out to stand for an address that its referrer may not lead to. */
export class TooNear extends Error {
  readonly code = 'ERR_TOO_NEAR';
  constructor(hostname: string, address: string) {
    super(`${hostname} is ${address}`);
  }
}

export function tooNear(url: URL, referrer: string | undefined, redirected: boolean, cause?: unknown): PluginError {
  const why = cause instanceof TooNear ? ` (${cause.message})` : '';
  const state = `the public internet must not lead to this machine or a private network${why}`;
  return redirected
    ? new PluginError('ERR_SOURCE_FETCH', `Cannot follow the redirect to "${url.href}": ${state}`, {
        hint: 'name that URL as the source yourself if you mean it',
        details: { from: referrer ?? '' },
        cause,
      })
    : new PluginError('ERR_IMPORT_DENIED', `Cannot import "${url.href}": ${state}`, {
        hint: 'serve the module from the same host as its importer',
        details: { importer: referrer ?? '' },
        cause,
      });
}
