/**
 * A plugin's log lines on their way to the host's logger: bounded in size and rate, printable, without secrets, and always
 * under the plugin's own name. Trusts the logger to treat fields as data.
 */
import type { Limits } from '../config/types.ts';
import type { Logger, LogLevel } from '../core/logger.ts';
import { printable } from '../core/text.ts';
import type { Value } from '../protocol/values.ts';
import { createBucket } from './rates.ts';

const MAX_MESSAGE = 8_192;
const MAX_STRING = 2_048;
const MAX_DEPTH = 6;
const MAX_NODES = 256;
const LEVELS: ReadonlySet<string> = new Set(['error', 'warn', 'info', 'debug']);

export interface PluginLog {
  log(level: LogLevel, message: string, fields: Value): void;
  /** Says what was dropped since the last line. */
  close(): void;
}

export function createPluginLog(options: {
  readonly plugin: string;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
}): PluginLog {
  const { plugin, logger, redact } = options;
  const rate = createBucket(options.limits.logRate, 1_000);
  let dropped = 0;
  const report = (): void => {
    if (dropped === 0) return;
    logger.log('warn', `dropped ${dropped} log lines of "${plugin}": more than limits.log_rate a second`, { plugin });
    dropped = 0;
  };
  return {
    log(level, message, fields) {
      if (!rate.take()) {
        dropped += 1;
        return;
      }
      report();
      const line = printable(redact(message), { max: MAX_MESSAGE, lines: true });
      const plain = sanitise(fields, redact);
      logger.log(
        LEVELS.has(level) ? level : 'info',
        line,
        plain === undefined ? { plugin } : { plugin, fields: plain },
      );
    },
    close: report,
  };
}

/** A copy that any logger can print: plain data, of bounded depth, count and length. */
export function sanitise(value: Value, redact: (text: string) => string): unknown {
  let nodes = 0;
  const visit = (item: Value, depth: number): unknown => {
    nodes += 1;
    if (nodes > MAX_NODES || depth > MAX_DEPTH) return '…';
    if (typeof item === 'string') return printable(redact(item), { max: MAX_STRING, lines: true });
    if (typeof item === 'bigint') return `${item}n`.slice(0, MAX_STRING);
    if (typeof item !== 'object' || item === null) return item;
    if (item instanceof Date) return Number.isNaN(item.getTime()) ? 'Invalid Date' : item.toISOString();
    if (item instanceof Uint8Array) return `<${item.byteLength} bytes>`;
    if (item instanceof Error) return visit({ name: item.name, message: item.message }, depth);
    const left = MAX_NODES - nodes;
    if (Array.isArray(item)) return (item as readonly Value[]).slice(0, left + 1).map((each) => visit(each, depth + 1));
    const entries = Object.entries(item as { readonly [key: string]: Value }).slice(0, left + 1);
    return Object.fromEntries(
      entries.map(([key, each]) => [printable(redact(key), { max: 256 }), visit(each, depth + 1)]),
    );
  };
  return visit(value, 0);
}
