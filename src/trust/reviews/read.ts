/**
 * From bundles to reviews that count. Guarantees that each was signed, as a review, by a reviewer of the config; what
 * is malformed or wrong is told as such, and what nobody listed has signed is only counted. Trusts `openBundle`.
 */
import type { Digest } from '../../core/digest.ts';
import { messageOf } from '../../core/errors.ts';
import { canonicalJson } from '../../core/json.ts';
import { openBundle } from '../bundle.ts';
import type { Publishers } from '../publishers.ts';
import type { ReviewBundles } from './file.ts';
import { readReview, type ReviewRecord } from './record.ts';

export interface Review extends ReviewRecord {
  /** Of its bundle. */
  readonly id: Digest;
  /** As the config calls them. */
  readonly reviewer: string;
  /** `key:sha256:…` or `identity:…`. */
  readonly signer: string;
}

export interface ReadReviews {
  readonly reviews: readonly Review[];
  /** Of nobody who is listed. */
  readonly unknown: number;
  readonly wrong: readonly { readonly id: Digest; readonly reason: string }[];
}

export async function readReviews(bundles: ReviewBundles, reviewers: Publishers): Promise<ReadReviews> {
  const reviews: Review[] = [];
  const wrong: { id: Digest; reason: string }[] = [];
  let unknown = 0;
  for (const [id, bundle] of bundles) {
    try {
      const { signatory, payloadType, payload } = await openBundle(Buffer.from(canonicalJson(bundle)), reviewers);
      if (!signatory.known) unknown += 1;
      else {
        const { signer, publisher: reviewer } = signatory;
        reviews.push({ ...readReview(payloadType, payload), id, reviewer, signer });
      }
    } catch (error) {
      wrong.push({ id, reason: messageOf(error) });
    }
  }
  return { reviews, unknown, wrong };
}
