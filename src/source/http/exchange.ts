/**
 * Guarantees that a token goes to the one host it was given for and nowhere else, and that a connection is only made to hosts
 * that the referrer may lead to. Trusts the URL it is given to have passed the rules for schemes.
 */
import type { Readable } from 'node:stream';
import { request } from 'undici';
import type { FetchConfig } from '../../config/types.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import type { Dispatchers } from './dispatchers.ts';
import { explainFailure } from './failures.ts';
import { hostKeys, isLoopback, reachOfHost } from './hosts.ts';
import { tooNear, type ReachBook } from './reach.ts';
import type { Authorizer } from './types.ts';

export interface Wire {
  readonly config: FetchConfig;
  readonly reach: ReachBook;
  readonly dispatchers: Dispatchers;
}

export interface Hop {
  readonly url: URL;
  /** Who leads there; undefined: the operator. */
  readonly referrer: string | undefined;
  readonly redirected: boolean;
}

export interface AskOptions {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** How the token of the host is sent, or what is sent in its place. */
  readonly authorization: 'bearer' | 'basic' | Authorizer;
  readonly signal: AbortSignal | undefined;
}

/** One answer to one request. It must be disposed; its body need not be read. */
export interface Answer extends Disposable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  readonly deadline: Deadline;
  readonly sentToken: boolean;
}

export async function ask(wire: Wire, hop: Hop, options: AskOptions): Promise<Answer> {
  const { url, referrer, redirected } = hop;
  const allowed = await wire.reach.allowedFrom(referrer, url);
  if ((reachOfHost(url.hostname) ?? 0) > allowed) throw tooNear(url, referrer, redirected);
  const dispatcher = await wire.dispatchers.for(url, allowed);
  const authorization = authorizationFor(url, wire.config.tokens, options.authorization);
  const deadline = startDeadline(url.href, wire.config.timeout, wire.config.idleTimeout, options.signal);
  try {
    const response = await request(url, {
      dispatcher,
      method: options.method,
      headers: { 'user-agent': 'aitbc-plugins', ...options.headers, ...(authorization && { authorization }) },
      body: options.body ?? null,
      signal: deadline.signal,
    });
    deadline.touch();
    return {
      status: response.statusCode,
      headers: flatten(response.headers),
      body: response.body,
      deadline,
      sentToken: authorization !== undefined,
      [Symbol.dispose]() {
        deadline[Symbol.dispose]();
        // Whatever is left unread must neither keep the connection nor raise an error nobody waits for.
        if (!response.body.destroyed) response.body.on('error', () => {}).destroy();
      },
    };
  } catch (error) {
    deadline[Symbol.dispose]();
    throw explainFailure(error, { url, referrer, redirected, inBody: false });
  }
}

/**
 * A token for `host` is for the scheme's own port, one for `host/path/` for what is below that path: the longest that fits counts.
 * Over plain http: it is sent to loopback alone.
 */
function authorizationFor(
  url: URL,
  tokens: ReadonlyMap<string, string>,
  form: AskOptions['authorization'],
): string | undefined {
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) return undefined;
  if (typeof form === 'function') return form(url);
  const key = hostKeys(url)
    .flatMap((host) => [...foldersOf(host + url.pathname), host])
    .find((place) => tokens.has(place));
  const token = key === undefined ? undefined : tokens.get(key);
  if (token === undefined) return undefined;
  return form === 'bearer' ? `Bearer ${token}` : `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
}

/** `host/a/b/`, `host/a/`, `host/`. */
function foldersOf(place: string): string[] {
  const parts = place.split('/').slice(0, -1);
  return parts.map((_, index) => `${parts.slice(0, parts.length - index).join('/')}/`);
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  const flat: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
