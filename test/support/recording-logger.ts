import type { Logger } from '../../src/core/logger.ts';

/** A logger that keeps what it is told: `warn: message {"field":1}`. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    log(level, message, fields) {
      lines.push(`${level}: ${message}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}`);
    },
  };
}
