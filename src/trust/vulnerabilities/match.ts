import { compare, parse } from 'semver';
import type { Advisory, Range, RangeEvent } from './record.ts';

export type Verdict =
  | { readonly affected: false }
  | {
      readonly affected: true;
      /** The first version of each range, after this one, that is free of it; empty: none is. */
      readonly fixed: readonly string[];
    }
  /** It cannot be said. */
  | { readonly affected: 'unknown'; readonly why: string };

/**
 * Whether an advisory is about a version, by OSV's rules: it is named in `versions`, or one range holds it. Prereleases are
 * ordered as semver has them: a fix in 1.0.0 is not in 1.0.0-rc.1.
 */
export function judge(advisory: Advisory, version: string): Verdict {
  const { fault, versions, ranges } = advisory;
  const held = fault === undefined ? ranges : [];
  if (versions.includes(version)) return { affected: true, fixed: fixesOf(held, version) };
  if (fault !== undefined) return { affected: 'unknown', why: fault };
  if (held.length > 0 && parse(version) === null)
    return { affected: 'unknown', why: `${version} is no semantic version` };
  const within = held.filter((range) => isBeforeLimits(range, version) && holds(range, version));
  if (within.length === 0) return { affected: false };
  return { affected: true, fixed: fixesOf(within, version) };
}

function fixesOf(ranges: readonly Range[], version: string): string[] {
  if (parse(version) === null) return [];
  return [...new Set(ranges.flatMap((range) => fixIn(range, version)))].sort(compare);
}

function holds(range: Range, version: string): boolean {
  let vulnerable = false;
  for (const event of inOrder(range.events)) {
    if (event.kind === 'introduced' && (event.version === '0' || compare(version, event.version) >= 0))
      vulnerable = true;
    else if (event.kind === 'fixed' && compare(version, event.version) >= 0) vulnerable = false;
    else if (event.kind === 'last_affected' && compare(version, event.version) > 0) vulnerable = false;
  }
  return vulnerable;
}

function isBeforeLimits({ limits }: Range, version: string): boolean {
  return limits.length === 0 || limits.some((limit) => limit === '*' || compare(version, limit) < 0);
}

function fixIn({ events }: Range, version: string): string[] {
  const next = inOrder(events).find((event) => event.kind === 'fixed' && compare(event.version, version) > 0);
  return next === undefined ? [] : [next.version];
}

/** By version; `0` is before all others. Of one version, what ends a range stands before what begins the next. */
function inOrder(events: readonly RangeEvent[]): readonly RangeEvent[] {
  return [...events].sort((a, b) => {
    if (a.version === '0' || b.version === '0') return Number(b.version === '0') - Number(a.version === '0');
    return compare(a.version, b.version) || Number(a.kind === 'introduced') - Number(b.kind === 'introduced');
  });
}
