/**
 * How long a release must have been out before it is locked. Guarantees that what is younger, or of unknown age, is refused with
 * the day it may be locked from; trusts the times it is given: a registry's own, or when this machine saw the bytes first.
 */
import { lacksTrust } from './refusal.ts';

/** One release, and since when it is known to be out. */
export interface Dated {
  /** `greeter@1.2.0`, `npm:zod@4.1.0` */
  readonly what: string;
  readonly since: Date;
  /** `published`: a registry says so. `seen`: nobody says it, and this machine saw it first then. */
  readonly known: 'published' | 'seen';
}

export interface AgePolicy {
  /** Milliseconds. */
  readonly minimum: number;
  readonly now: Date;
}

/** ERR_POLICY for the youngest that is too young. */
export function assertOldEnough(plugin: string, dated: readonly Dated[], { minimum, now }: AgePolicy): void {
  const [youngest] = [...dated].sort((a, b) => b.since.getTime() - a.since.getTime());
  if (youngest === undefined || now.getTime() - youngest.since.getTime() >= minimum) return;
  const { what, since, known } = youngest;
  const from = new Date(since.getTime() + minimum).toISOString();
  const how =
    known === 'published' ? `was published ${since.toISOString()}` : `was first seen here ${since.toISOString()}`;
  throw lacksTrust(`${what} ${how}, and trust.minimum_age asks for ${ageOf(minimum)}`, {
    plugin,
    expected: `out for ${ageOf(minimum)}`,
    actual: `out since ${since.toISOString()}`,
    hint: `It may be locked from ${from}. If it cannot wait, put this into the config:
trust:
  exceptions:
    - { plugin: ${plugin}, reason: "<why>", expires: "${new Date(now.getTime() + minimum).toISOString().slice(0, 10)}" }`,
  });
}

function ageOf(milliseconds: number): string {
  const hours = milliseconds / 3_600_000;
  if (hours >= 24 && Number.isInteger(hours / 24)) return `${hours / 24}d`;
  return hours >= 1 && Number.isInteger(hours) ? `${hours}h` : `${Math.round(milliseconds / 1_000)}s`;
}
