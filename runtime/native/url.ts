import { type Operation, oneOf, string } from './operation.ts';

const SETTABLE = [
  ...(['protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const),
] as const;

/** The parts in the order `runtime/guest/web/url.ts` reads them; none can hold a line feed. */
function lines(url: URL): string {
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
  return [href, origin, protocol, username, password, host, hostname, port, pathname, search, hash].join('\n');
}

export const urlOperations: Readonly<Record<string, Operation>> = {
  'url.parse': (input, base) => {
    const url = base === undefined ? URL.parse(string(input)) : URL.parse(string(input), string(base));
    return url === null ? null : lines(url);
  },
  'url.set': (href, part, value) => {
    const url = URL.parse(string(href));
    if (url === null) return null;
    url[oneOf(part, SETTABLE)] = string(value);
    return lines(url);
  },
  /** Punycode: as a URL's host would be written; empty where it is not a host. */
  'url.toASCII': (domain) => URL.parse(`ws://${string(domain)}`)?.hostname ?? '',
};
