/**
 * Where an entry's download is. Guarantees that a relative one stays below the index, and that a registry leads to nothing
 * that is nearer to this machine than itself. Trusts nothing of the entry.
 */
import { PluginError } from '../core/errors.ts';
import { reachOfHost } from '../source/http/hosts.ts';
import { isOwnId } from '../source/module-id.ts';
import type { ReadIndex, Release } from './types.ts';

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const WEB = new Set(['https', 'http', 'git+https', 'git+http']);

/** As a source of another kind: a path, a URL, a repository. */
export function downloadOf({ name, version, downloadUrl: url }: Release, { base, registry }: ReadIndex): string {
  const refuse = (state: string): PluginError =>
    new PluginError(
      'ERR_REGISTRY',
      `Cannot use "${name}@${version}" of the registry "${registry.name}": its download_url ${state}`,
      { hint: 'tell who runs the registry', details: { download_url: url } },
    );
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return relative(url, base, refuse);
  const own = SCHEME.exec(base)?.[1]?.toLowerCase();
  if (!WEB.has(scheme) && !(own === undefined || own === 'git+file' || own === scheme)) {
    throw refuse(`is of the kind ${scheme}:, which this registry cannot lead to`);
  }
  const from = hostOf(base);
  const to = hostOf(url);
  if (WEB.has(scheme) && to === undefined) throw refuse('is no URL');
  if (from !== undefined && to !== undefined && from !== to && (reachOfHost(to) ?? 0) > (reachOfHost(from) ?? 0)) {
    throw refuse('leads to this machine or a private network');
  }
  return url;
}

function relative(url: string, base: string, refuse: (state: string) => PluginError): string {
  const path = url.replace(/^(?:\.\/)+/, '');
  if (/[?#]/.test(path)) throw refuse('is relative, and has a query or a fragment');
  let id: string;
  try {
    id = decodeURIComponent(path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw refuse('has an escape that is no UTF-8');
  }
  if (!isOwnId(id)) throw refuse('leads out of the folder of the index');
  if (/^https?:/i.test(base)) return new URL(path, base).href;
  if (!base.startsWith('git+')) return `${base}/${id}`;
  return /#[0-9a-f]{40}:/.test(base) ? `${base}/${id}` : `${base}:${id}`;
}

function hostOf(url: string): string | undefined {
  const address = url.replace(/^git\+/, '');
  return /^(?:https?|ssh):/i.test(address) && URL.canParse(address) ? new URL(address).hostname : undefined;
}
