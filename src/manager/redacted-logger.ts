import type { Redactor } from '../config/redact.ts';
import type { Logger } from '../core/logger.ts';

/** The same logger without the config's secrets: in messages, in text fields, and in errors, which become their text. */
export function redactedLogger(logger: Logger, redact: Redactor): Logger {
  return {
    log(level, message, fields) {
      const shown = Object.entries(fields ?? {}).map(([key, value]) => [key, redactField(value, redact)]);
      logger.log(level, redact(message), Object.fromEntries(shown));
    },
  };
}

function redactField(value: unknown, redact: Redactor): unknown {
  if (typeof value === 'string') return redact(value);
  if (value instanceof Error) return redact(value.stack ?? value.message);
  return value;
}
