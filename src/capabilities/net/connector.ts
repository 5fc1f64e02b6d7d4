/**
 * Guarantees that a socket is opened only to an address that passed the check: a name is resolved once, all its addresses
 * are checked, and the connection goes to those and not to what a second look-up says. Trusts the resolver for the list.
 */
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';
import type { PluginError } from '../../core/errors.ts';
import { parseAddress, spellAddress, type Address } from './address.ts';
import { canonicalName, type Target } from './rules.ts';

/** Every address of a name, in the order they are to be tried. */
export type Resolver = (name: string) => Promise<readonly string[]>;

export const systemResolver: Resolver = async (name) =>
  (await lookup(name, { all: true, order: 'verbatim' })).map((entry) => entry.address);

export interface ConnectorOptions {
  readonly resolve: Resolver;
  /** undici's own. */
  readonly buildConnector: typeof buildConnector;
  /** Milliseconds, of the look-up and of the connection each. */
  readonly timeout: number;
  /** The refusal of an address, or undefined for one that may be connected to. `address` undefined: not an address. */
  readonly refuse: (target: Target, address: Address | undefined) => PluginError | undefined;
}

export function createConnector(options: ConnectorOptions): buildConnector.connector {
  return (request, callback) => {
    void connectPinned(options, request, callback);
  };
}

async function connectPinned(
  options: ConnectorOptions,
  request: buildConnector.Options,
  callback: buildConnector.Callback,
): Promise<void> {
  let connect: buildConnector.connector;
  try {
    const lookup = await pinned(options, request);
    connect = options.buildConnector({
      timeout: options.timeout,
      allowH2: false,
      maxCachedSessions: 0,
      ...(lookup === undefined ? {} : { lookup }),
    });
  } catch (error) {
    callback(error as Error, null);
    return;
  }
  connect(request, callback);
}

/** A look-up that answers with what was checked alone; undefined for an address, which needs none. */
async function pinned(options: ConnectorOptions, request: buildConnector.Options): Promise<LookupFunction | undefined> {
  const scheme = request.protocol === 'https:' ? 'https:' : 'http:';
  const literal = parseAddress(request.hostname);
  const host = literal === undefined ? (canonicalName(request.hostname) ?? request.hostname) : spellAddress(literal);
  const port = Number(request.port === '' ? (scheme === 'https:' ? 443 : 80) : request.port);
  const target: Target = { scheme, host, port };
  if (literal !== undefined) {
    const refused = options.refuse(target, literal);
    if (refused !== undefined) throw refused;
    return undefined;
  }
  const found = await within(options.timeout, options.resolve(host));
  if (found.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
  for (const text of found) {
    const refused = options.refuse(target, parseAddress(text));
    if (refused !== undefined) throw refused;
  }
  const addresses = found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_name, asked, callback) => {
    const [first] = addresses;
    if (asked.all === true) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family ?? 4);
  };
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(Object.assign(new Error('the look-up timed out'), { code: 'EAI_AGAIN' })),
    milliseconds,
  );
  timer.unref();
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
