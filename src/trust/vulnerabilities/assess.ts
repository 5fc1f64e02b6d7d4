/**
 * What is known of a plugin's vulnerabilities. Guarantees that `clean` means: everything in its program was looked up in a source that
 * could be asked and is not stale, and nothing was found but what the config accepts. Trusts the inventory to leave nothing out.
 */
import { compare, parse } from 'semver';
import type { VulnerabilityConfig, VulnerabilityIgnore } from '../../config/types.ts';
import type { Inventory, Part } from '../contents/types.ts';
import type { Advisory } from './record.ts';
import { compareRatings, type Rating } from './severity-order.ts';
import type {
  Assessment,
  Finding,
  IgnoredBy,
  Looked,
  PackageRef,
  SourceState,
  Unchecked,
  VulnerabilitySource,
} from './types.ts';

export interface AssessOptions {
  readonly ignore?: VulnerabilityConfig['ignore'];
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

/** All of them with one look-up. Throws nothing but ERR_ABORTED. */
export async function assess(
  inventories: readonly Inventory[],
  source: VulnerabilitySource,
  { ignore = [], now = new Date(), signal }: AssessOptions = {},
): Promise<Assessment[]> {
  const refs = new Map<string, PackageRef>();
  for (const inventory of inventories) for (const part of lookable(inventory)) refs.set(part.purl, part);
  const looked = await source.look([...refs.values()], signal);
  return inventories.map((inventory) =>
    assessOne(inventory, source.state, looked, new Ignores(ignore, inventory.plugin, now)),
  );
}

/** Packages with code in the program; the plugin itself where it is a package. */
function lookable({ self, parts }: Inventory): PackageRef[] {
  return [self, ...parts].map((part) => refOf(part)).filter((ref) => ref !== undefined);
}

function refOf({ purl, ecosystem, name, version, included }: Part): PackageRef | undefined {
  if (!included || ecosystem === undefined || version === undefined) return undefined;
  return { purl, ecosystem, name, version };
}

function assessOne(
  inventory: Inventory,
  state: SourceState,
  looked: ReadonlyMap<string, Looked>,
  ignores: Ignores,
): Assessment {
  const { plugin, self, parts, gaps } = inventory;
  const findings: Finding[] = [];
  const unchecked: Unchecked[] = [];
  const cannot = (id: string | undefined, what: string, why: string): void => {
    unchecked.push({ id, plugin, what, why, ...(id === undefined ? NOT_IGNORED : ignores.of([id])) });
  };
  const broken = new Map<string, string[]>();
  let checked = 0;
  for (const part of [self, ...parts]) {
    const ref = refOf(part);
    if (ref === undefined) continue;
    const answer = looked.get(ref.purl) ?? { why: 'it was not looked up' };
    if ('why' in answer) {
      broken.set(answer.why, [...(broken.get(answer.why) ?? []), ref.purl]);
      continue;
    }
    checked += 1;
    const grouped = groupByAlias(answer.hits.flatMap((hit) => ('why' in hit ? [] : [hit])));
    for (const group of grouped) findings.push(findingOf(group, part, ref, plugin, ignores));
    for (const hit of answer.hits) {
      const isFound = grouped.some(({ ids }) => ids.has(hit.advisory.id));
      if ('why' in hit && !isFound) cannot(hit.advisory.id, `${hit.advisory.id} in ${ref.purl}`, hit.why);
    }
  }
  // One line for a server that is down, and not one for each package.
  for (const [why, purls] of broken) cannot(undefined, shownList(purls), why);
  if (state.kind === 'none' && broken.size === 0) cannot(undefined, plugin, state.why);
  if (state.kind === 'database' && state.stale !== undefined) cannot(undefined, 'what is new', state.stale);
  for (const { id, why } of gaps) cannot(id, id, why);
  findings.sort((a, b) => compareRatings(ratingOf(a), ratingOf(b)) || (a.id < b.id ? -1 : 1));
  return {
    plugin,
    version: self.version ?? '',
    result: resultOf(findings, unchecked),
    checked,
    findings,
    unchecked,
    source: state,
  };
}

function resultOf(findings: readonly Finding[], unchecked: readonly Unchecked[]): Assessment['result'] {
  if (findings.some(({ ignored }) => ignored === undefined)) return 'vulnerable';
  return unchecked.some(({ ignored }) => ignored === undefined) ? 'unchecked' : 'clean';
}

interface Group {
  readonly ids: Set<string>;
  readonly hits: { readonly advisory: Advisory; readonly fixed: readonly string[] }[];
}

/** Records that name each other, or the same third one, as aliases are one vulnerability. */
function groupByAlias(hits: Group['hits']): Group[] {
  let groups: Group[] = [];
  for (const hit of hits) {
    const ids = new Set([hit.advisory.id, ...hit.advisory.aliases]);
    const same = groups.filter((group) => [...ids].some((id) => group.ids.has(id)));
    const merged = {
      ids: new Set([...ids, ...same.flatMap((group) => [...group.ids])]),
      hits: [...same.flatMap((group) => group.hits), hit],
    };
    groups = [...groups.filter((group) => !same.includes(group)), merged];
  }
  return groups;
}

function findingOf(
  { ids, hits }: Group,
  { chain }: Part,
  { purl, name, version }: PackageRef,
  plugin: string,
  ignores: Ignores,
): Finding {
  const own = [...new Set(hits.map(({ advisory }) => advisory.id))].sort(byUse);
  const [id = ''] = own;
  const rating: Rating = hits.map(({ advisory }) => advisory.rating).sort(compareKnown)[0] ?? { severity: 'unknown' };
  const main = hits.find(({ advisory }) => advisory.id === id)?.advisory;
  return {
    id,
    aliases: [...ids].filter((alias) => alias !== id).sort(),
    severity: rating.severity,
    score: rating.score,
    summary: main?.summary || (hits.find(({ advisory }) => advisory.summary !== '')?.advisory.summary ?? ''),
    purl,
    package: name,
    version,
    fixed: [...new Set(hits.flatMap(({ fixed }) => fixed))].filter((fixed) => parse(fixed) !== null).sort(compare),
    plugin,
    chain,
    ...ignores.of([...ids]),
  };
}

/** Of several records of one vulnerability: what is rated before what is not, then the worst. */
function compareKnown(a: Rating, b: Rating): number {
  return Number(a.severity === 'unknown') - Number(b.severity === 'unknown') || compareRatings(a, b);
}

/** GHSA, as npm shows them, before others; MAL says more than either. */
function byUse(a: string, b: string): number {
  const rank = (id: string): number => (id.startsWith('MAL-') ? 0 : id.startsWith('GHSA-') ? 1 : 2);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

function ratingOf({ severity, score }: Finding): Rating {
  return { severity, ...(score === undefined ? {} : { score }) };
}

const NOT_IGNORED = { ignored: undefined, expired: undefined };

/** What the config accepts in one plugin, today. */
class Ignores {
  readonly #own: readonly VulnerabilityIgnore[];
  readonly #today: string;

  constructor(ignore: readonly VulnerabilityIgnore[], plugin: string, now: Date) {
    this.#own = ignore.filter((one) => one.plugin === undefined || one.plugin === plugin);
    this.#today = now.toISOString().slice(0, 10);
  }

  of(ids: readonly string[]): { readonly ignored: IgnoredBy | undefined; readonly expired: IgnoredBy | undefined } {
    const named = this.#own
      .filter(({ id }) => ids.includes(id))
      .map(({ reason, expires }) => ({ reason, expires }))
      .sort((a, b) => (a.expires < b.expires ? 1 : -1));
    const ignored = named.find(({ expires }) => this.#today <= expires);
    return { ignored, expired: ignored === undefined ? named[0] : undefined };
  }
}

function shownList(purls: readonly string[]): string {
  const shown = purls.slice(0, 5).join(', ');
  return purls.length > 5 ? `${shown} and ${purls.length - 5} more` : shown;
}
