/**
 * The reviews of a plugin: where they are looked for when it is locked, and those it was locked with. Guarantees that none of
 * its code ran before they were judged, that a place that could not be read is never taken for one without a violation, and that
 * a locked plugin needs no place at all; trusts src/trust/reviews to say what they are worth.
 */
import { digestOfJson, type Digest } from '../core/digest.ts';
import { messageOf } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { LockEntry } from '../lock/types.ts';
import type { PluginConfig } from '../config/types.ts';
import { authorsAmong } from '../trust/reviews/authors.ts';
import { MAX_REVIEW_FILE_BYTES, parseReviewFile, reviewFileOf } from '../trust/reviews/file.ts';
import { readReviews, type Review } from '../trust/reviews/read.ts';
import { assertNoViolation, assertReviewed, reviewsRequired, type RequiredReviews } from '../trust/reviews/required.ts';
import type { Reviewed } from '../trust/reviews/record.ts';
import { lacksTrust } from '../trust/refusal.ts';
import { sourceContext, type LoaderContext } from './context.ts';
import { rooms } from './rooms.ts';

/** Wrong reviews that are told one by one: a place may have thousands. */
const MAX_TOLD = 5;

export interface FoundReviews {
  readonly reviews: readonly Review[];
  readonly bundles: ReadonlyMap<Digest, JsonObject>;
  /** Places that could not be read: what they say is not known. */
  readonly unread: readonly { readonly place: string; readonly reason: string }[];
}

/** What reviewers of the config say of all versions of a plugin, in every place of the config and beside its registry's index. */
export async function findReviews(
  name: string,
  registry: string | undefined,
  context: LoaderContext,
  signal: AbortSignal | undefined,
): Promise<FoundReviews> {
  const folders = context.config.trust?.reviews?.from ?? [];
  const bundles = new Map<Digest, JsonObject>();
  const unread: { place: string; reason: string }[] = [];
  const read = async (place: string, bytesOf: (file: string) => Promise<Uint8Array | undefined>): Promise<void> => {
    try {
      const bytes = await bytesOf(reviewFileOf(name));
      if (bytes !== undefined) for (const [id, bundle] of parseReviewFile(bytes)) bundles.set(id, bundle);
    } catch (error) {
      signal?.throwIfAborted();
      unread.push({ place, reason: messageOf(error) });
    }
  };
  for (const folder of folders) {
    const source = sourceContext(context, name, signal);
    await read(folder, (file) =>
      rooms.readDocument(`${folder}${folder.endsWith('/') ? '' : '/'}${file}`, MAX_REVIEW_FILE_BYTES, source),
    );
  }
  if (registry !== undefined) {
    const registries = await context.registries(signal);
    await read(registry, (file) => registries.beside(registry, `reviews/${file}`, MAX_REVIEW_FILE_BYTES));
  }
  const { reviews, wrong } = await readReviews(bundles, await context.reviewers());
  for (const { id, reason } of wrong.slice(0, MAX_TOLD)) {
    context.logger.log('warn', 'a review counts for nothing: it is wrong', { plugin: name, review: id, reason });
  }
  if (wrong.length > MAX_TOLD) {
    const more = wrong.length - MAX_TOLD;
    context.logger.log('warn', 'more reviews count for nothing: they are wrong', { plugin: name, more });
  }
  return { reviews, bundles, unread };
}

export interface ReviewSubject {
  readonly label: string;
  /** The config's name for it; undefined while it has none. */
  readonly key: string | undefined;
  /** The name in its manifest; undefined: it has none, and only its code would tell. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly integrity: Digest;
  readonly publisher: string | undefined;
  /** URL of the registry it comes from, which has reviews of its own. */
  readonly registry: string | undefined;
}

export interface JudgedReviews {
  /** What goes into the lock. */
  readonly locked: LockEntry['reviews'];
  /** All that is said of these bytes; undefined: nobody was asked. */
  readonly about: readonly Review[] | undefined;
}

export const UNREVIEWED: JudgedReviews = { locked: undefined, about: undefined };

/** The reviews of what is to be locked; ERR_POLICY when they are not enough. Runs before anything of the plugin does. */
export async function judgeReviews(
  subject: ReviewSubject,
  context: LoaderContext,
  signal: AbortSignal | undefined,
): Promise<JudgedReviews> {
  const config = context.config.trust?.reviews;
  if (config === undefined || config.reviewers.size === 0) return UNREVIEWED;
  const { label, key, publisher, integrity, version = '' } = subject;
  const name = subject.name ?? key;
  const names = [key, subject.name].filter((each) => each !== undefined);
  const required = reviewsRequired(config, { names: names.length === 0 ? [label] : names, publisher });
  if (name === undefined) {
    if (required.length === 0) return UNREVIEWED;
    throw lacksTrust(`it has no manifest that names it, and ${required[0]?.because ?? 'the config'} asks for reviews`, {
      plugin: label,
      expected: 'plugin.json',
      actual: 'no manifest',
      hint: 'Reviews are looked for before any of its code runs: it needs a plugin.json, or --name <name>.',
    });
  }
  const found = await findReviews(name, subject.registry, context, signal);
  assertChecked(label, required, found, context);
  const authors = authorsAmong(await context.reviewers(), await context.publishers(), publisher);
  const today = new Date().toISOString().slice(0, 10);
  const facts = { plugin: label, what: { name, version, integrity }, reviews: found.reviews, locked: false };
  const used = assertReviewed(facts, required, { authors, today });
  const entries = used.map(({ id }) => [id, found.bundles.get(id)] as const);
  return {
    locked: Object.fromEntries(entries.filter((entry): entry is [Digest, JsonObject] => entry[1] !== undefined)),
    about: found.reviews.filter((review) => review.integrity === integrity),
  };
}

/** Not to know whether there is a violation is no violation only where nothing is required. */
function assertChecked(
  label: string,
  required: readonly RequiredReviews[],
  { unread }: FoundReviews,
  context: LoaderContext,
): void {
  const [first] = unread;
  if (first === undefined) return;
  if (required.length === 0) {
    for (const { place, reason } of unread) {
      context.logger.log('warn', 'could not check the reviews of a plugin', { plugin: label, place, reason });
    }
    return;
  }
  throw lacksTrust(`its reviews could not be checked: ${first.reason}`, {
    plugin: label,
    expected: `reviews from ${first.place}`,
    actual: 'no answer',
    hint: 'Try again when the place can be reached; what is locked already goes on without it.',
  });
}

/** ERR_POLICY for a former entry that somebody has reported a violation in since, or that nobody can be asked about though reviews are required. */
export async function assertStillReviewed(
  key: string,
  entry: LockEntry,
  context: LoaderContext,
  signal: AbortSignal | undefined,
): Promise<void> {
  const config = context.config.trust?.reviews;
  if (config === undefined || config.reviewers.size === 0) return;
  const { metadata, integrity, registry } = entry;
  const found = await findReviews(metadata.name, registry?.url, context, signal);
  assertChecked(key, requiredOf(key, entry, context), found, context);
  assertNoViolation(key, { name: metadata.name, version: metadata.version, integrity }, found.reviews);
}

/** ERR_POLICY for an entry that lacks the reviews that the config asks for now. What expired since then still counts. */
export async function assertReviewedAsLocked(
  plugin: PluginConfig,
  entry: LockEntry,
  context: LoaderContext,
): Promise<void> {
  const required = requiredOf(plugin.name, entry, context);
  if (required.length === 0) return;
  const reviewers = await context.reviewers();
  const bundles = new Map(Object.values(entry.reviews ?? {}).map((bundle) => [digestOfJson(bundle), bundle] as const));
  const { reviews } = await readReviews(bundles, reviewers);
  const { name, version } = entry.metadata;
  const what: Reviewed = { name, version, integrity: entry.integrity };
  const authors = authorsAmong(reviewers, await context.publishers(), entry.signature?.publisher);
  assertReviewed({ plugin: plugin.name, what, reviews, locked: true }, required, { authors, today: undefined });
}

/** True for an entry that must be looked at again, because the config asks for reviews and it was locked without. */
export function lacksReviews(key: string, entry: LockEntry, context: LoaderContext): boolean {
  return entry.reviews === undefined && requiredOf(key, entry, context).length > 0;
}

function requiredOf(key: string, entry: LockEntry, { config }: LoaderContext): readonly RequiredReviews[] {
  return reviewsRequired(config.trust?.reviews, {
    names: [key, entry.metadata.name],
    publisher: entry.signature?.publisher,
  });
}
