import type { HostFacts } from '../contract/compatibility.ts';
import { unfit } from './resolve-name.ts';
import type { RegistryAnswer, RegistryRef, Release } from './types.ts';

export interface SearchQuery {
  /** Words, all of which must be in the name, the description, the tags, the author or the publisher; case does not count. */
  readonly text: string;
  /** Whole; case does not count. */
  readonly tag?: string | undefined;
  readonly host: HostFacts;
}

/** One plugin of one registry. */
export interface SearchHit {
  readonly registry: RegistryRef;
  /** The newest that fits this host and was not yanked; else the newest that was not yanked. */
  readonly release: Release;
  /** Why `release` does not fit this host; undefined: it does. */
  readonly unfit: string | undefined;
  /** What the config calls the earlier registry that has this name: the plain name means that one's. */
  readonly shadowedBy: string | undefined;
}

/** Best first: the name itself, names that begin with the text, names that have it, then the rest; then in the order of registries. */
export function search(answers: readonly RegistryAnswer[], query: SearchQuery): SearchHit[] {
  const words = query.text.toLowerCase().split(/\s+/).filter(Boolean);
  const tag = query.tag?.toLowerCase();
  const owners = new Map<string, string>();
  const hits: (SearchHit & { readonly rank: number })[] = [];
  for (const { index } of answers) {
    if (index === undefined) continue;
    const { registry } = index;
    for (const [name, releases] of index.plugins) {
      const shadowedBy = owners.get(name.toLowerCase());
      if (shadowedBy === undefined) owners.set(name.toLowerCase(), registry.name);
      const found = offered(releases, query.host);
      if (found === undefined || !matches(found.release, words, tag)) continue;
      hits.push({ registry, ...found, shadowedBy, rank: rankOf(name, words.join(' ')) });
    }
  }
  return hits.sort((a, b) => a.rank - b.rank).map(({ rank: _rank, ...hit }) => hit);
}

function offered(releases: readonly Release[], host: HostFacts): Pick<SearchHit, 'release' | 'unfit'> | undefined {
  const [newest, ...others] = releases.filter(({ yanked, revoked }) => yanked === undefined && revoked === undefined);
  if (newest === undefined) return undefined;
  const state = (release: Release): string | undefined => unfit(release, { range: '*', host });
  const fitting = [newest, ...others].find((release) => state(release) === undefined);
  return fitting === undefined ? { release: newest, unfit: state(newest) } : { release: fitting, unfit: undefined };
}

function matches(release: Release, words: readonly string[], tag: string | undefined): boolean {
  const tags = release.tags.map((each) => each.toLowerCase());
  if (tag !== undefined && !tags.includes(tag)) return false;
  const { name, description, author, publisher = '' } = release;
  const text = [name, description, author, publisher, ...tags].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

function rankOf(name: string, text: string): number {
  const lower = name.toLowerCase();
  if (text === '' || !lower.includes(text)) return 3;
  if (lower === text) return 0;
  return lower.startsWith(text) ? 1 : 2;
}
