import type { Logger } from '../core/logger.ts';

/** Lets work go on that nobody waits for. What it fails with is logged: it must not end the application. */
export function inBackground(work: Promise<unknown>, logger: Logger): void {
  work.catch((error: unknown) => logger.log('error', 'Work in the background failed', { error }));
}
