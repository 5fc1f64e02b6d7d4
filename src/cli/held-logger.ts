import type { Logger } from '../core/logger.ts';

/** A logger whose errors wait, because the command line itself may say them better: with details and hint. */
export interface HeldLogger extends Logger {
  /** Logs what waits, except for what is `said` otherwise, by message. From here on nothing waits. */
  release(said: Iterable<string>): void;
}

export function createHeldLogger(logger: Logger): HeldLogger {
  let held: Parameters<Logger['log']>[] | undefined = [];
  return {
    log(...line) {
      if (held === undefined || line[0] !== 'error') logger.log(...line);
      else held.push(line);
    },
    release(said) {
      const messages = new Set(said);
      const waiting = held ?? [];
      held = undefined;
      for (const line of waiting) if (!messages.has(line[1])) logger.log(...line);
    },
  };
}
