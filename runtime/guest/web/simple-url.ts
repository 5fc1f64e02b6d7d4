import { execute } from './primordials.ts';

/** http(s) with a plain host name, and nothing anywhere that the parser would escape, lower or resolve. */
const SIMPLE =
  /^(https?:)\/\/((?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.)*[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?::([1-9]\d{0,4}))?(\/[\w\-~!$&()*+,;=:@/.]*)?(\?[\w\-~!$&()*+,;=:@/.?%]*)?(#[\w\-~!$&()*+,;=:@/.?%]*)?$/;
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/;

/**
 * The parts of a URL that is written as it would be serialized; undefined for every other, which is the parser's to
 * judge. It saves the way to the runtime process for the URLs that programs write.
 */
export function parseSimple(input: string) {
  const match = execute(SIMPLE, input);
  if (match === null) return undefined;
  const [, protocol = '', hostname = '', digits = '', path = '/', query = '', fragment = ''] = match;
  if (hostname.length > 200 || hostname.includes('xn--') || Number(digits) > 65_535 || DOT_SEGMENT.test(path))
    return undefined;
  const port = digits === (protocol === 'https:' ? '443' : '80') ? '' : digits;
  const host = port === '' ? hostname : `${hostname}:${port}`;
  const origin = `${protocol}//${host}`;
  return {
    href: `${origin}${path}${query}${fragment}`,
    origin,
    protocol,
    username: '',
    password: '',
    host,
    hostname,
    port,
    pathname: path,
    search: query === '?' ? '' : query,
    hash: fragment === '#' ? '' : fragment,
  };
}
