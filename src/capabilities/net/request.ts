import { PluginError } from '../../core/errors.ts';
import type { NetTimeouts } from '../../protocol/requests.ts';
import type { Value } from '../../protocol/values.ts';
import { count, flag, members, oneOf, text, wrongShape } from '../shape.ts';
import { readHeaders } from './headers.ts';
import { MAX_URL } from './limits.ts';
import type { Hop } from './redirect.ts';
import { targetOf, type Target } from './rules.ts';

const OP = 'net.fetch';
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
const REDIRECTS = ['follow', 'error', 'manual'] as const;

export interface FetchRequest {
  readonly hop: Hop;
  readonly redirect: (typeof REDIRECTS)[number];
  readonly timeouts: NetTimeouts;
}

/** The guest's NetRequest, every member checked. */
export function readRequest(args: readonly Value[]): FetchRequest {
  const request = members(OP, 'the request', args[0]);
  const spelled = text(OP, 'url', request.get('url'), MAX_URL);
  const method = text(OP, 'method', request.get('method'), 32).toUpperCase();
  const hasBody = flag(OP, 'hasBody', request.get('hasBody'));
  if (!METHOD.test(method)) throw wrongShape(OP, 'method', 'is not the name of a method');
  if (method === 'CONNECT' || method === 'TRACE' || method === 'TRACK')
    throw wrongShape(OP, 'method', 'is not allowed');
  if (hasBody && (method === 'GET' || method === 'HEAD')) throw wrongShape(OP, `a ${method}`, 'cannot have a body');
  if (!URL.canParse(spelled)) throw new PluginError('ERR_VALUE', `Cannot fetch "${spelled}": it is not a URL`);
  return {
    hop: { url: new URL(spelled), method, headers: readHeaders(request.get('headers'), hasBody), hasBody },
    redirect: oneOf(OP, 'redirect', request.get('redirect'), REDIRECTS),
    timeouts: readTimeouts(request.get('timeouts')),
  };
}

function readTimeouts(value: Value): NetTimeouts {
  if (value === undefined) return {};
  const given = members(OP, 'timeouts', value);
  const found: { -readonly [name in keyof NetTimeouts]: number } = {};
  for (const name of ['connect', 'first', 'between'] as const) {
    if (given.get(name) !== undefined) found[name] = Math.max(1, count(OP, name, given.get(name)));
  }
  return found;
}

/** What is shown of a URL: a query or user can hold a secret. */
export function shown(url: URL): string {
  return `${url.origin === 'null' ? url.protocol : url.origin}${url.pathname}`;
}

/** Where the hop goes; ERR_VALUE for what no rule can grant. The URL gets the host as the rules see it. */
export function readTarget(url: URL): Target {
  const target = targetOf(url);
  if (typeof target === 'string') throw new PluginError('ERR_VALUE', `Cannot fetch "${shown(url)}": the URL ${target}`);
  url.hostname = target.host;
  return target;
}
