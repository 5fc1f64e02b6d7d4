/**
 * Whether reviews are enough. Guarantees that a criterion holds only when as many different reviewers as are asked for looked at
 * these bytes, or at the way to them from bytes that passed themselves; that an author's own review never counts; and that a
 * violation vetoes, whoever passed it. Trusts `readReviews` for who says so.
 */
import type { Digest } from '../../core/digest.ts';
import type { Review } from './read.ts';
import type { Reviewed } from './record.ts';

export interface Wanted {
  readonly criteria: readonly string[];
  /** How many different reviewers, for each criterion. */
  readonly reviewers: number;
}

export type Assessment =
  | { readonly kind: 'enough'; readonly used: readonly Review[] }
  | { readonly kind: 'violation'; readonly by: Review }
  /** `notCounted`: whose review there is, and why it does not help. */
  | {
      readonly kind: 'lacking';
      readonly criterion: string;
      readonly have: number;
      readonly notCounted: readonly string[];
    };

export interface AssessOptions {
  /** Reviewers who are the plugin's author. */
  readonly authors: ReadonlySet<string>;
  /** `2026-12-31`: decides what has expired. Undefined: nothing has, for what was locked stays locked. */
  readonly today: string | undefined;
}

export function assess(
  plugin: Reviewed,
  reviews: readonly Review[],
  wanted: Wanted,
  options: AssessOptions,
): Assessment {
  const own = reviews.filter(({ name }) => name === plugin.name);
  const veto = vetoOf(plugin, reviews);
  if (veto !== undefined) return { kind: 'violation', by: veto };
  const used = new Set<Review>();
  for (const criterion of wanted.criteria) {
    const found = judge(plugin.integrity, own, criterion, wanted.reviewers, options);
    if (found.have < wanted.reviewers) return { kind: 'lacking', criterion, ...found };
    for (const review of found.used) used.add(review);
  }
  return { kind: 'enough', used: [...used] };
}

/** The violation that is reported for these bytes, under whatever name: it needs no criterion, and does not expire. */
export function vetoOf(plugin: Reviewed, reviews: readonly Review[]): Review | undefined {
  return reviews.find(({ verdict, integrity }) => verdict === 'violation' && integrity === plugin.integrity);
}

interface Judged {
  readonly have: number;
  readonly used: readonly Review[];
  readonly notCounted: readonly string[];
}

/** Full reviews count at once; one of changes counts when its base has passed, so that a circle proves nothing. */
function judge(
  integrity: Digest,
  reviews: readonly Review[],
  criterion: string,
  needed: number,
  options: AssessOptions,
): Judged {
  const violated = new Set(reviews.filter(({ verdict }) => verdict === 'violation').map((review) => review.integrity));
  const passes = reviews.filter(({ verdict, criteria }) => verdict === 'pass' && criteria.includes(criterion));
  const fit = passes.filter((review) => disqualified(review, options) === undefined);
  const counted = new Map<Digest, Map<string, Review>>();
  const hasPassed = (bytes: Digest): boolean => !violated.has(bytes) && (counted.get(bytes)?.size ?? 0) >= needed;
  for (let grown = true; grown;) {
    grown = false;
    for (const review of fit) {
      const by = counted.get(review.integrity) ?? new Map<string, Review>();
      if (by.has(review.reviewer) || (review.base !== undefined && !hasPassed(review.base.integrity))) continue;
      counted.set(review.integrity, by.set(review.reviewer, review));
      grown = true;
    }
  }
  const here = [...(counted.get(integrity)?.values() ?? [])];
  return {
    have: here.length,
    used: withBases(here, counted),
    notCounted: passes
      .filter((review) => review.integrity === integrity && !here.some(({ reviewer }) => reviewer === review.reviewer))
      .map((review) => `${review.reviewer} ${disqualified(review, options) ?? unfounded(review)}`),
  };
}

/** Reviews with all that they rest on. */
function withBases(
  reviews: readonly Review[],
  counted: ReadonlyMap<Digest, ReadonlyMap<string, Review>>,
): readonly Review[] {
  const all = new Set(reviews);
  for (const { base } of all) {
    if (base !== undefined) for (const below of counted.get(base.integrity)?.values() ?? []) all.add(below);
  }
  return [...all];
}

function disqualified({ reviewer, reviewed, expires }: Review, { authors, today }: AssessOptions): string | undefined {
  if (authors.has(reviewer)) return 'is its author';
  if (today !== undefined && expires < today) return `looked at it, and that expired with ${expires}`;
  if (today !== undefined && reviewed > today) return `dated the review ${reviewed}, which has not come`;
  return undefined;
}

function unfounded({ base }: Review): string {
  return `reviewed what changed since ${base?.version ?? 'another version'}, which has not passed itself`;
}
