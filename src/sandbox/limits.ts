import type { Limits } from '../config/types.ts';
import { MAX_MESSAGE } from '../protocol/limits.ts';

/** What one encoded message may take: `limits.message`, as far as a frame can carry it. */
export function messageLimit(limits: Pick<Limits, 'message'>): number {
  return Math.min(limits.message, MAX_MESSAGE);
}
