import { setTimeout as delay } from 'node:timers/promises';
import { isPluginError } from '../../core/errors.ts';
import { aborted } from './deadline.ts';

export interface RetryOptions {
  readonly url: string;
  /** Further tries after the first. */
  readonly retries: number;
  /** Milliseconds before the first further try; doubled each time, up to 10 s, a random half of it taken away. */
  readonly backoff: number;
  readonly signal: AbortSignal | undefined;
  readonly onRetry: (error: unknown, wait: number) => void;
}

const MAX_BACKOFF = 10_000;
/** A server may ask for a longer wait than ours, but not for any. */
const MAX_RETRY_AFTER = 30_000;

/** Tries again what failed with a retryable PluginError. Throws the last error as it is. */
export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const again = isPluginError(error) && error.retryable && attempt < options.retries && !options.signal?.aborted;
      if (!again) throw error;
      const asked = parseRetryAfter(error.details['retryAfter'], Date.now());
      const own = Math.min(options.backoff * 2 ** attempt, MAX_BACKOFF) * (0.5 + Math.random() / 2);
      // More than we are willing to wait: no use in asking earlier than the server said.
      if (asked !== undefined && asked > MAX_RETRY_AFTER) throw error;
      const wait = Math.max(asked ?? 0, own);
      options.onRetry(error, wait);
      await delay(wait, undefined, options.signal ? { signal: options.signal } : {}).catch(() => {
        throw aborted(options.url);
      });
    }
  }
}

/** Milliseconds; of seconds or a date. Undefined for nonsense. */
export function parseRetryAfter(value: unknown, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  if (!/^[A-Z][a-z]{2}, .{10,30} GMT$/.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
