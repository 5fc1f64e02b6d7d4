import { Url, format as formatLegacy, parse, resolve, resolveObject } from 'url/';
import { host } from './shared/host.ts';
import { invalidType, nodeError } from './shared/errors.ts';
import { toUnicode } from 'node:punycode';

const { URL, URLSearchParams } = globalThis;
export { URL, URLSearchParams, Url, parse, resolve, resolveObject };

interface FormatOptions {
  readonly auth?: boolean;
  readonly fragment?: boolean;
  readonly search?: boolean;
  readonly unicode?: boolean;
}

export function format(input: unknown, options: FormatOptions = {}): string {
  if (!(input instanceof URL)) return (formatLegacy as (input: unknown) => string)(input);
  const url = new URL(input.href);
  if (options.fragment === false) url.hash = '';
  if (options.search === false) url.search = '';
  if (options.auth === false) url.username = url.password = '';
  return options.unicode === true ? url.href.replace(url.host, toUnicode(url.host)) : url.href;
}

/** The path of a file: URL, as POSIX writes it. */
export function fileURLToPath(input: string | URL): string {
  const url = typeof input === 'string' ? new URL(input) : input;
  if (!(url instanceof URL)) throw invalidType('path', 'string or an instance of URL', input);
  if (url.protocol !== 'file:') throw nodeError(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
  if (url.hostname !== '') {
    throw nodeError(TypeError, 'ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty on linux');
  }
  if (/%2f/i.test(url.pathname)) {
    throw nodeError(TypeError, 'ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters');
  }
  return decodeURIComponent(url.pathname);
}

export function pathToFileURL(path: string): URL {
  const url = new URL('file:///');
  const absolute = path.startsWith('/') ? path : `/${path}`;
  const escaped = absolute.replaceAll('%', '%25').replaceAll('\\', '%5C');
  const safe = escaped.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('\t', '%09');
  url.pathname = safe.replaceAll('?', '%3F').replaceAll('#', '%23');
  return url;
}

export function domainToASCII(domain: string): string {
  return host().native('url.toASCII', domain) as string;
}
export function domainToUnicode(domain: string): string {
  return toUnicode(domainToASCII(domain));
}

export function urlToHttpOptions(url: URL): Record<string, unknown> {
  const options: Record<string, unknown> = {
    protocol: url.protocol,
    hash: url.hash,
    search: url.search,
    pathname: url.pathname,
    href: url.href,
    hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    path: `${url.pathname}${url.search}`,
  };
  if (url.port !== '') options['port'] = Number(url.port);
  if (url.username !== '' || url.password !== '') {
    options['auth'] = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  }
  return options;
}

export default {
  URL,
  URLSearchParams,
  Url,
  parse,
  resolve,
  resolveObject,
  format,
  fileURLToPath,
  pathToFileURL,
  domainToASCII,
  domainToUnicode,
  urlToHttpOptions,
};
