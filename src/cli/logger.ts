import { createConsola, type LogObject } from 'consola/core';
import type { Logger, LogLevel } from '../core/logger.ts';
import { printable, printableJson } from '../core/text.ts';
import type { Output } from './output.ts';

const LEVELS = { error: 0, warn: 1, info: 3, debug: 4 } as const satisfies Record<LogLevel, number>;
const STYLES = { error: 'red', warn: 'yellow', info: 'cyan', debug: 'gray' } as const;

/**
 * Log lines on stderr: time, level, message, fields. With `--json` each is a JSON document of its own, on stderr too. Lines that
 * repeat within a second are counted, not written.
 */
export function createLogger(level: LogLevel, output: Output): Logger {
  const write = ({ type, date, args }: LogObject): void => {
    const at = type as LogLevel;
    const [message, fields, repeated] = args as [string, Readonly<Record<string, unknown>>, string?];
    const shown = printable(repeated === undefined ? message : `${message} ${repeated}`);
    const time = date.toISOString();
    if (output.json) {
      output.error(printableJson(JSON.stringify({ time, level: at, message: shown, ...plain(fields) })));
      return;
    }
    const rest = Object.entries(plain(fields)).map(
      ([key, value]) =>
        `${printable(key)}=${typeof value === 'string' ? quote(value) : printableJson(JSON.stringify(value))}`,
    );
    const head = `${output.style('gray', time.slice(11, 19), 'stderr')} ${output.style(STYLES[at], at.padEnd(5), 'stderr')}`;
    output.error([`${head} ${shown}`, ...rest].join(' '));
  };
  const consola = createConsola({ level: LEVELS[level], throttle: 1_000, throttleMin: 5, reporters: [{ log: write }] });
  return { log: (at, message, fields = {}) => consola[at](message, fields) };
}

function plain(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined && !isEmptyMap(value))
      .map(([key, value]) => [
        key,
        value instanceof Error ? value.message : typeof value === 'bigint' ? String(value) : value,
      ]),
  );
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && Object.keys(value).length === 0;
}

function quote(text: string): string {
  const shown = printable(text, { max: 1_000 });
  return /^[\w./:@+-]+$/.test(shown) ? shown : JSON.stringify(shown);
}
