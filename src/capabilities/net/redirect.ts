import { withoutBodyHeaders, withoutCredentials, type Headers } from './headers.ts';
import { MAX_URL } from './limits.ts';

/** One request of a chain: what is asked of which URL. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly hasBody: boolean;
}

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * The next hop as the Fetch standard has it, or what is wrong with `location`: a POST becomes a GET after 301 and 302,
 * everything but GET and HEAD after 303; credentials stay with their origin.
 */
export function nextHop(hop: Hop, status: number, location: string): Hop | string {
  if (location.length > MAX_URL || !URL.canParse(location, hop.url)) return 'the redirect does not name a URL';
  const url = new URL(location, hop.url);
  if (url.hash === '') url.hash = hop.url.hash;
  const toGet =
    ((status === 301 || status === 302) && hop.method === 'POST') ||
    (status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD');
  const headers = toGet ? withoutBodyHeaders(hop.headers) : hop.headers;
  return {
    url,
    method: toGet ? 'GET' : hop.method,
    headers: url.origin === hop.url.origin ? headers : withoutCredentials(headers),
    hasBody: hop.hasBody && !toGet,
  };
}
