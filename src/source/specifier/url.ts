import { mayBeInsecure } from '../http/hosts.ts';
import { refuse } from './refuse.ts';
import type { SpecifierContext, UrlSpecifier } from './types.ts';

/** `https://host/mod.ts`, `…/plugin.wasm`, `…/plugin.tgz`; plain http: to loopback or allowed hosts alone. */
export function parseUrl(text: string, context: SpecifierContext): UrlSpecifier {
  const url = parseWebUrl(text, text, context);
  if (/\.git\/?$/.test(url.pathname)) {
    throw refuse(text, 'it names a git repository', `write git+${url.href}`);
  }
  if (url.hash !== '') {
    throw refuse(text, 'a URL source has no fragment (#…)', `write ${url.href.slice(0, -url.hash.length)}`);
  }
  if (url.pathname.endsWith('/')) {
    throw refuse(text, 'it names a folder', `name the module or the archive in it: ${url.origin}${url.pathname}mod.ts`);
  }
  // A lone `#` at the end is an empty fragment, which `hash` does not show.
  url.hash = '';
  return { kind: 'url', text, normal: url.href, url: url.href };
}

/** The checks that every https: and http: URL of a source passes, git's too. */
export function parseWebUrl(address: string, text: string, context: SpecifierContext): URL {
  if (!URL.canParse(address)) throw refuse(text, 'it is not a URL', 'write https://host/path/mod.ts');
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') {
    throw refuse(
      text,
      'a source carries no user name or password',
      `tokens belong into fetch.tokens of the config or AITBC_TOKENS, by host: ${url.host}`,
    );
  }
  if (url.protocol === 'http:' && !mayBeInsecure(url, context.allowInsecure ?? [])) {
    throw refuse(
      text,
      'plain http: is allowed to loopback alone, for anyone on the way could change what runs',
      `write https:, or name ${url.host} in fetch.allow_insecure`,
    );
  }
  return url;
}
