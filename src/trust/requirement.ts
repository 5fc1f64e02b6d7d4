/** What the config asks of one plugin's signature. */
import type { Requirement, TrustConfig } from '../config/types.ts';
import { fitsName } from './name-pattern.ts';

export interface Required {
  readonly signed: boolean;
  /** Undefined: any publisher will do. */
  readonly publishers: readonly string[] | undefined;
  /** The key of the config that says so. */
  readonly because: string;
}

export interface Subject {
  /** The config's name for it; undefined while it has none. */
  readonly key: string | undefined;
  /** What it calls itself; undefined while that is not known. */
  readonly name: string | undefined;
  readonly source: string;
  /** `plugins.<key>.require` */
  readonly require: Requirement | undefined;
}

/**
 * A namespace first, of the config's name or of the plugin's own: whatever looks like acme's must be acme's. Then the plugin's
 * own `require`, the longest fitting beginning of its source, and the default.
 */
export function requirementOf(trust: TrustConfig | undefined, { key, name, source, require }: Subject): Required {
  const names = [...new Set([key, name].filter((each) => each !== undefined))];
  const spaces = names.map((each) => namespaceOf(trust, each)).filter((space) => space !== undefined);
  const [space] = spaces;
  if (space !== undefined) {
    const publishers = spaces
      .map((each) => each.publishers)
      .reduce((all, more) => all.filter((one) => more.includes(one)));
    return {
      signed: true,
      publishers,
      because: `trust.namespaces.${spaces.map((each) => each.pattern).join(' and ')}`,
    };
  }
  const open = { publishers: undefined };
  if (require !== undefined)
    return { ...open, signed: require === 'signed', because: `plugins.${key ?? name ?? ''}.require` };
  const [prefix, bySource] = sourceRule(trust, source);
  if (prefix !== undefined) return { ...open, signed: bySource === 'signed', because: `trust.sources["${prefix}"]` };
  return { ...open, signed: trust?.require === 'signed', because: 'trust.require' };
}

function namespaceOf(trust: TrustConfig | undefined, name: string) {
  const found = [...(trust?.namespaces ?? [])].filter(([pattern]) => fitsName(pattern, name));
  // A whole name is longer than the beginning of it, and counts as such.
  const [best] = found.sort(([a], [b]) => weight(b) - weight(a));
  return best === undefined ? undefined : { pattern: best[0], publishers: best[1] };
}

function weight(pattern: string): number {
  return pattern.endsWith('*') ? pattern.length - 1 : pattern.length + 1_000;
}

function sourceRule(
  trust: TrustConfig | undefined,
  source: string,
): readonly [string, Requirement] | readonly [undefined] {
  const [best] = [...(trust?.sources ?? [])]
    .filter(([prefix]) => isBelow(plain(source), plain(prefix)))
    .sort(([a], [b]) => plain(b).length - plain(a).length);
  return best ?? [undefined];
}

/** `https://host` is not the beginning of `https://host.evil`. */
function isBelow(source: string, prefix: string): boolean {
  if (!source.startsWith(prefix)) return false;
  const after = source[prefix.length] ?? '/';
  return /[/:]$/.test(prefix) || /[/#?]/.test(after) || (/[:@]/.test(after) && isName(prefix));
}

/** A whole name, which a version, a tag or a digest may follow; of a host alone it would be a port. */
function isName(prefix: string): boolean {
  return /^npm:(?:@[^/]+\/)?[^/@]+$|^oci:\/\/[^/]+\/[^:@]+$/.test(prefix);
}

/** As it is asked for, in one spelling: `HTTPS://host./a/../b` is at `https://host/b`, and `github:Acme/x` at github.com. */
function plain(written: string): string {
  const source = written.trim().replace(/^github:/, 'git+https://github.com/');
  const [, oci, repository] = /^oci:\/\/([^/]*)(.*)$/is.exec(source) ?? [];
  if (oci !== undefined) return `oci://${oci.toLowerCase().replace(/:443$/, '')}${repository ?? ''}`;
  const [, git = '', address = ''] = /^(git\+)?(https?:\/\/.+)$/is.exec(source) ?? [];
  const url = URL.parse(address);
  if (url === null) return source;
  url.hostname = url.hostname.replace(/\.$/, '');
  // There upper and lower case are the same, and so is a repository with and without its ending.
  if (url.hostname === 'github.com') url.pathname = url.pathname.toLowerCase().replace(/\.git$/, '');
  return `${git.toLowerCase()}${url.href}`;
}
