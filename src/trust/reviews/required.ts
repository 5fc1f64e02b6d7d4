/**
 * The reviews that the config asks of a plugin. Guarantees a refusal that says whose key of the config asks, what is missing
 * and whose review did not count; trusts `assess` for what reviews are worth.
 */
import type { ReviewsConfig } from '../../config/types.ts';
import { plural } from '../../core/text.ts';
import { fitsName } from '../name-pattern.ts';
import { lacksTrust } from '../refusal.ts';
import { assess, vetoOf, type AssessOptions, type Wanted } from './assess.ts';
import type { Review } from './read.ts';
import type { Reviewed } from './record.ts';

export interface RequiredReviews extends Wanted {
  /** The key of the config that says so. */
  readonly because: string;
}

/** Every entry that concerns it. The config's name for it and its own both count. */
export function reviewsRequired(
  reviews: ReviewsConfig | undefined,
  { names, publisher }: { readonly names: readonly string[]; readonly publisher: string | undefined },
): readonly RequiredReviews[] {
  return (reviews?.require ?? []).flatMap(({ plugins, publishers, criteria, reviewers }, index) => {
    const fits =
      (plugins?.some((pattern) => names.some((name) => fitsName(pattern, name))) ?? true) &&
      (publishers === undefined || (publisher !== undefined && publishers.includes(publisher)));
    return fits ? [{ criteria, reviewers, because: `trust.reviews.require[${index}]` }] : [];
  });
}

export interface ReviewFacts {
  /** For messages. */
  readonly plugin: string;
  readonly what: Reviewed;
  readonly reviews: readonly Review[];
  readonly locked: boolean;
}

/** ERR_POLICY, or the reviews that what is required rests on. */
export function assertReviewed(
  { plugin, what, reviews, locked }: ReviewFacts,
  required: readonly RequiredReviews[],
  options: AssessOptions,
): readonly Review[] {
  assertNoViolation(plugin, what, reviews);
  const used = new Set<Review>();
  for (const { because, ...wanted } of required) {
    const found = assess(what, reviews, wanted, options);
    if (found.kind === 'lacking') {
      const { criterion, have, notCounted } = found;
      const rest = notCounted.length === 0 ? '' : ` (not counted: ${notCounted.join('; ')})`;
      throw lacksTrust(`it is not reviewed for "${criterion}" as ${because} asks${rest}`, {
        plugin,
        expected: plural(wanted.reviewers, 'reviewer'),
        actual: plural(have, 'reviewer'),
        hint: locked
          ? `If it is reviewed by now: \`aitbc plugin lock ${plugin}\`. Else ask a reviewer, or change ${because}.`
          : `Ask a reviewer for one, made with \`aitbc plugin review\`; or change ${because}.`,
      });
    }
    if (found.kind === 'enough') for (const review of found.used) used.add(review);
  }
  return [...used];
}

/** ERR_POLICY where a reviewer of the config reports these bytes, whatever others say of them. */
export function assertNoViolation(plugin: string, what: Reviewed, reviews: readonly Review[]): void {
  const veto = vetoOf(what, reviews);
  if (veto === undefined) return;
  const notes = veto.notes === undefined ? '' : `: ${veto.notes}`;
  throw lacksTrust(`${veto.reviewer} reports a violation of ${veto.criteria.join(', ')} in it${notes}`, {
    plugin,
    expected: 'no violation',
    actual: `violation, reported ${veto.reviewed} by ${veto.reviewer} (${veto.signer})`,
    hint: `Do not use this version. If the report is wrong, ask ${veto.reviewer} to take it back.`,
  });
}
