import type { Severity } from '../../config/types.ts';

export interface Rating {
  /** `unknown` counts as the worst. */
  readonly severity: Severity | 'unknown';
  /** 0 to 10 */
  readonly score?: number;
}

const ORDER: readonly (Severity | 'unknown')[] = ['low', 'medium', 'high', 'critical', 'unknown'];

/** Whether it is at least as bad. */
export function isAtLeast(severity: Severity | 'unknown', level: Severity): boolean {
  return ORDER.indexOf(severity) >= ORDER.indexOf(level);
}

/** Worst first; the higher score first. */
export function compareRatings(a: Rating, b: Rating): number {
  return ORDER.indexOf(b.severity) - ORDER.indexOf(a.severity) || (b.score ?? 0) - (a.score ?? 0);
}
