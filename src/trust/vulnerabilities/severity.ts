import calculator from 'ae-cvss-calculator';
import type { Severity } from '../../config/types.ts';
import type { Rating } from './severity-order.ts';

const WORDS: ReadonlyMap<string, Severity> = new Map([
  ['low', 'low'],
  ['moderate', 'medium'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['important', 'high'],
  ['critical', 'critical'],
]);

/**
 * How bad a record says it is for one of its packages: by the worst of its CVSS vectors (v2, v3, v4), else by the word that its
 * database has for it. What neither says is unknown.
 */
export function rate(record: Readonly<Record<string, unknown>>, affected: Readonly<Record<string, unknown>>): Rating {
  const own = scoresOf(affected['severity']);
  const scores = own.length > 0 ? own : scoresOf(record['severity']);
  // RustSec has its vectors there.
  if (scores.length === 0) scores.push(...scoreOf(member(affected['database_specific'], 'cvss')));
  if (scores.length > 0) {
    const score = Math.max(...scores);
    return { severity: severityOf(score), score };
  }
  const words = [affected['ecosystem_specific'], affected['database_specific'], record['database_specific']];
  for (const place of words) {
    const word = member(place, 'severity');
    const severity = typeof word === 'string' ? WORDS.get(word.toLowerCase()) : undefined;
    if (severity !== undefined) return { severity };
  }
  return { severity: 'unknown' };
}

function severityOf(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  return score >= 4 ? 'medium' : 'low';
}

function scoresOf(list: unknown): number[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, 16).flatMap((item: unknown) => scoreOf(member(item, 'score')));
}

/** The base score of a vector that states every base metric; none for anything else. */
function scoreOf(vector: unknown): number[] {
  if (typeof vector !== 'string' || vector.length > 512) return [];
  const parsed = calculator.fromVector(vector);
  if (!parsed || !parsed.isBaseFullyDefined()) return [];
  const { overall } = parsed.calculateScores();
  return Number.isFinite(overall) && overall >= 0 && overall <= 10 ? [overall] : [];
}

function member(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
