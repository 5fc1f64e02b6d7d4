/** What a review says, and the statement that its reviewer signs. */
import semver from 'semver';
import { isDigest, type Digest } from '../../core/digest.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { decodeStatement, encodeStatement, type Statement } from '../in-toto.ts';

export const VERDICTS = ['pass', 'violation'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const CRITERION = /^[a-z][a-z0-9-]{0,63}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MAX_CRITERIA = 32;
const MAX_NOTES = 4_096;

/** One version of one plugin, by what runs. */
export interface Reviewed {
  readonly name: string;
  readonly version: string;
  /** The lock's `integrity`. */
  readonly integrity: Digest;
}

export interface ReviewRecord extends Reviewed {
  readonly verdict: Verdict;
  /** What was looked for and holds; for a violation: what does not. */
  readonly criteria: readonly string[];
  /** Only what changed since this version was reviewed. Undefined: all of it was. */
  readonly base?: { readonly version: string; readonly integrity: Digest };
  /** Days, UTC: `2026-12-31`. A violation does not expire. */
  readonly reviewed: string;
  readonly expires: string;
  readonly notes?: string;
}

export function reviewStatement(record: ReviewRecord): Buffer {
  const { name, version, integrity, base, ...rest } = record;
  const from: JsonObject = base === undefined ? {} : { base: { ...base } };
  return encodeStatement('review', {
    subject: `${name}@${version}`,
    digest: integrity,
    predicate: { name, version, ...rest, ...from },
  });
}

/** What a signed payload says. Throws an Error that says what is wrong with it. */
export function readReview(payloadType: string, payload: Uint8Array): ReviewRecord {
  const statement = decodeStatement('review', payloadType, payload);
  const { predicate } = statement;
  const { name, version } = release(statement);
  const verdict = VERDICTS.find((known) => known === predicate['verdict']);
  if (verdict === undefined) throw new Error(`its verdict is neither ${VERDICTS.join(' nor ')}`);
  const base = baseOf(predicate['base']);
  if (base?.integrity === statement.digest) throw new Error('its base is the reviewed version itself');
  const { notes } = predicate;
  if (notes !== undefined && (typeof notes !== 'string' || notes.length > MAX_NOTES)) {
    throw new Error(`its notes are no text of at most ${MAX_NOTES} characters`);
  }
  return {
    name,
    version,
    integrity: statement.digest,
    verdict,
    criteria: criteriaOf(predicate['criteria']),
    ...(base === undefined ? {} : { base }),
    reviewed: dayOf(predicate['reviewed'], 'reviewed'),
    expires: dayOf(predicate['expires'], 'expires'),
    ...(notes === undefined ? {} : { notes }),
  };
}

/** A day of the calendar as `2026-12-31`. */
export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function release({ subject, predicate }: Statement): { readonly name: string; readonly version: string } {
  const { name, version } = predicate;
  if (typeof name !== 'string' || typeof version !== 'string' || subject !== `${name}@${version}`) {
    throw new Error('its subject is not the plugin and version of its predicate');
  }
  return { name, version };
}

function criteriaOf(value: Json | undefined): readonly string[] {
  const fits =
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_CRITERIA &&
    value.every((one) => typeof one === 'string' && CRITERION.test(one));
  if (!fits)
    throw new Error(`its criteria are not 1 to ${MAX_CRITERIA} words of lower-case letters, digits and dashes`);
  return value as readonly string[];
}

function baseOf(value: Json | undefined): ReviewRecord['base'] {
  if (value === undefined) return undefined;
  const { version, integrity } = (typeof value === 'object' && value !== null ? value : {}) as Partial<JsonObject>;
  if (
    typeof version !== 'string' ||
    semver.valid(version) === null ||
    typeof integrity !== 'string' ||
    !isDigest(integrity)
  ) {
    throw new Error('its base is no version with its digest');
  }
  return { version, integrity };
}

function dayOf(value: Json | undefined, key: string): string {
  if (typeof value === 'string' && isDay(value)) return value;
  throw new Error(`its ${key} is no day such as 2026-12-31`);
}
