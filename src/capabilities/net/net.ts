/**
 * Performs `net.fetch`: guarantees that every hop is checked by URL and by the address connected to, before a byte is
 * sent, and that each request stays in its limits. No proxy, cookie, cache or connection is shared with another plugin.
 */
import type { Readable } from 'node:stream';
import type { Limits } from '../../config/types.ts';
import type { PortResult, RequestIo } from '../../contract/port.ts';
import { PluginError } from '../../core/errors.ts';
import type { NetResponse, NetTimeouts } from '../../protocol/requests.ts';
import type { Value } from '../../protocol/values.ts';
import { exceeded } from '../../config/exceeded.ts';
import type { Grants } from '../grants.ts';
import type { Lease, Leases, Use } from '../leases.ts';
import { createBucket, createGate } from '../rates.ts';
import { firstRefusal } from '../rules.ts';
import type { Address } from './address.ts';
import { createDownload, createUpload, decoded, type Upload } from './body.ts';
import { createConnections } from './connections.ts';
import type { Resolver } from './connector.ts';
import { failure } from './failure.ts';
import { withDefaults } from './headers.ts';
import { GATHER, MAX_REDIRECTS, MAX_WAITING, NET_TIMES, type NetTimes } from './limits.ts';
import { isRedirect, nextHop, type Hop } from './redirect.ts';
import { readRequest, readTarget, shown } from './request.ts';
import { checkAddress, checkTarget, spellTarget, type Target } from './rules.ts';

export interface NetOptions {
  readonly plugin: string;
  readonly limits: Limits;
  readonly leases: Leases;
  /** Tests inject both; the defaults are the system's resolver and NET_TIMES. */
  readonly resolve?: Resolver;
  readonly times?: NetTimes;
}

export interface Net {
  fetch(args: readonly Value[], io: RequestIo): Promise<PortResult>;
  /** New connections from now on; those in use end with their requests. */
  renew(): void;
  close(): Promise<void>;
}

export function createNet(options: NetOptions): Net {
  const { plugin, limits, leases } = options;
  const times = options.times ?? NET_TIMES;
  const rate = createBucket(limits.netRate, 60_000);
  const gate = createGate(limits.netConcurrency, limits.netConcurrency === 0 ? 0 : MAX_WAITING, () =>
    limited('netConcurrency', 'too many requests wait'),
  );
  const connections = createConnections({ ...options, times });

  const limited = (limit: 'netConcurrency' | 'netRate', state: string): PluginError =>
    exceeded('ERR_LIMIT_RATE', `Cannot fetch for "${plugin}": ${state}`, plugin, limits, limit);

  const use = (url: URL, target: Target): Use => ({
    capability: 'net',
    value: spellTarget(target),
    refused: { verb: 'fetch', thing: shown(url), key: 'net', value: spellTarget(target) },
    check: (grants) => checkAll(grants, target, connections.addressesOf(target)),
  });

  const send = async (
    hop: Hop,
    upload: Upload | undefined,
    signal: AbortSignal,
    again: boolean,
    timeouts: NetTimeouts,
  ): Promise<Answer> => {
    // A body that was sent before was kept, or the redirect was refused.
    const whole = again ? upload?.replay() : await upload?.whole(GATHER);
    const answer = await (
      await connections.dispatcher(timeouts.connect)
    ).request({
      origin: hop.url.origin,
      path: `${hop.url.pathname}${hop.url.search}`,
      method: hop.method,
      headers: withDefaults(hop.headers).flat(),
      body: hop.hasBody && upload !== undefined ? ((whole ?? upload.stream()) as Uint8Array) : null,
      signal,
      headersTimeout: Math.min(times.idle, timeouts.first ?? times.idle),
      bodyTimeout: Math.min(times.idle, timeouts.between ?? times.idle),
      responseHeaders: 'raw',
    });
    return {
      status: answer.statusCode,
      statusText: answer.statusText,
      headers: pairs(answer.headers as unknown as readonly (string | Buffer)[]),
      body: answer.body,
    };
  };

  /** Follows redirects until an answer is the guest's; its lease is still open. */
  const follow = async (
    first: Hop,
    redirect: 'follow' | 'error' | 'manual',
    upload: Upload | undefined,
    signal: AbortSignal,
    timeouts: NetTimeouts,
  ): Promise<{ hop: Hop; answer: Answer; lease: Lease; redirected: boolean }> => {
    let hop = first;
    for (let hops = 0; ; hops++) {
      const target = readTarget(hop.url);
      if (!rate.take()) throw limited('netRate', `more than ${limits.netRate} requests in a minute`);
      const lease = leases.begin(use(hop.url, target), signal);
      try {
        const answer = await send(hop, upload, lease.signal, hops > 0, timeouts);
        const location = answer.headers.find(([name]) => name === 'location')?.[1];
        if (!isRedirect(answer.status) || location === undefined || redirect === 'manual') {
          return { hop, answer, lease, redirected: hops > 0 };
        }
        answer.body.on('error', () => undefined).destroy();
        const state =
          redirect === 'error'
            ? 'it was redirected'
            : hops === MAX_REDIRECTS
              ? 'it was redirected too often'
              : undefined;
        const next = state ?? nextHop(hop, answer.status, location);
        if (typeof next === 'string') throw new PluginError('ERR_NET', `Cannot fetch "${shown(hop.url)}": ${next}`);
        if (next.hasBody && upload?.replay() === undefined) {
          throw new PluginError('ERR_NET', `Cannot fetch "${shown(hop.url)}": its body cannot be sent again`);
        }
        lease.end('allowed');
        hop = next;
      } catch (error) {
        lease.end('failed');
        if (lease.signal.aborted) throw lease.signal.reason;
        throw failure(shown(hop.url), error);
      }
    }
  };

  return {
    async fetch(args, io) {
      const { hop: first, redirect, timeouts } = readRequest(args);
      const thing = shown(first.url);
      const late = new AbortController();
      const timer = setTimeout(
        () =>
          late.abort(
            new PluginError('ERR_LIMIT_TIME', `Cannot fetch "${thing}": it took longer than ${times.total} ms`, {
              plugin,
            }),
          ),
        times.total,
      );
      timer.unref();
      const signal = AbortSignal.any([io.signal, late.signal]);
      const over = (): PluginError => {
        const state = `its body is larger than ${limits.netBytes} bytes`;
        return exceeded('ERR_LIMIT_RATE', `Cannot fetch "${thing}": ${state}`, plugin, limits, 'netBytes');
      };
      const upload = first.hasBody && io.body !== undefined ? createUpload(io.body, limits.netBytes, over) : undefined;
      let leave = (): void => undefined;
      const done = (): void => {
        clearTimeout(timer);
        leave();
        upload?.cancel().catch(() => undefined);
      };
      try {
        // Refused at once, without waiting for a place.
        const target = readTarget(first.url);
        const early = checkTarget(leases.grants.net, target);
        if (!early.allowed) throw leases.refuse(use(first.url, target), early);
        leave = await gate.enter(signal);
        const { hop, answer, lease, redirected } = await follow(first, redirect, upload, signal, timeouts);
        const ended = (outcome: 'allowed' | 'failed'): void => {
          lease.end(outcome);
          done();
        };
        const hasBody = hop.method !== 'HEAD' && ![204, 205, 304].includes(answer.status);
        const value: NetResponse = {
          url: bare(hop.url),
          status: answer.status,
          statusText: answer.statusText,
          headers: answer.headers,
          redirected,
          hasBody,
        };
        if (!hasBody) {
          answer.body.on('error', () => undefined).resume();
          ended('allowed');
          return { value: value as unknown as Value };
        }
        const encoding = answer.headers.filter(([name]) => name === 'content-encoding').map(([, field]) => field);
        const body = createDownload(decoded(answer.body, encoding.join(',')), answer.body, {
          max: limits.netBytes,
          over,
          failure: (error) => failure(thing, error),
          signal: lease.signal,
          ended,
        });
        return { value: value as unknown as Value, body };
      } catch (error) {
        done();
        throw error;
      }
    },
    renew: connections.renew,
    close: connections.close,
  };
}

interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Readable;
}

function checkAll(grants: Grants, target: Target, addresses: readonly Address[]) {
  return firstRefusal([
    checkTarget(grants.net, target),
    ...addresses.map((address) => checkAddress(grants.net, target, address)),
  ]);
}

function bare(url: URL): string {
  const copy = new URL(url);
  copy.hash = '';
  return copy.href;
}

/** undici's flat list as pairs, names in lower case. */
function pairs(raw: readonly (string | Buffer)[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    found.push([String(raw[at]).toLowerCase(), latin1(raw[at + 1])]);
  }
  return found;
}

function latin1(value: string | Buffer | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '');
}
