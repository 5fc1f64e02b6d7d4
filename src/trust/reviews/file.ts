/** `reviews/<plugin>.json`: `{ "reviews": [<sigstore bundle>, …] }`, what reviewers say of all versions of one plugin. */
import { digestOfJson, type Digest } from '../../core/digest.ts';
import { canonicalJson, type JsonObject } from '../../core/json.ts';
import { parseStrictJson } from '../../core/parse-json.ts';

/** Bundles by the digest of their canonical JSON: the same review in two places is one. */
export type ReviewBundles = ReadonlyMap<Digest, JsonObject>;

export const MAX_REVIEW_FILE_BYTES = 16 * 1024 * 1024;
const MAX_REVIEWS = 4_096;

/** Throws an Error for a name that no file has: it may come from the plugin. */
export function reviewFileOf(plugin: string): string {
  if (!/^[a-zA-Z0-9][\w.-]{0,127}$/.test(plugin)) throw new Error(`no file of reviews can be named after "${plugin}"`);
  return `${plugin}.json`;
}

/** Throws an Error that says what is wrong with the file; what a bundle says is checked by `readReviews`. */
export function parseReviewFile(bytes: Uint8Array): ReviewBundles {
  if (bytes.byteLength > MAX_REVIEW_FILE_BYTES) throw new Error(`it has ${bytes.byteLength} bytes`);
  const parsed = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (!parsed.ok) throw new Error(`line ${parsed.line}, column ${parsed.column}: ${parsed.reason}`);
  const { reviews } = (parsed.value ?? {}) as { reviews?: unknown };
  if (!Array.isArray(reviews)) throw new Error('it has no list "reviews"');
  if (reviews.length > MAX_REVIEWS)
    throw new Error(`it has ${reviews.length} reviews: at most ${MAX_REVIEWS} are read`);
  const bundles = new Map<Digest, JsonObject>();
  for (const [index, bundle] of (reviews as readonly unknown[]).entries()) {
    if (typeof bundle !== 'object' || bundle === null || Array.isArray(bundle)) {
      throw new Error(`its review ${index + 1} is not an object`);
    }
    bundles.set(digestOfJson(bundle as JsonObject), bundle as JsonObject);
  }
  return bundles;
}

/** One review a line, in the order of their digests: two that were added on two branches touch different lines. */
export function formatReviewFile(bundles: ReviewBundles): string {
  const lines = [...bundles].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bundle]) => `    ${canonicalJson(bundle)}`);
  return `{\n  "reviews": [\n${lines.join(',\n')}\n  ]\n}\n`;
}
