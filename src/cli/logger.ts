import type { Logger, LogLevel } from '../core/logger.ts';
import { printable } from '../core/text.ts';
import type { Output } from './output.ts';

const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];
const STYLES = { error: 'red', warn: 'yellow', info: 'cyan', debug: 'gray' } as const;

/** Log lines on stderr: time, level, message, fields. With `--json` each is a JSON document of its own, on stderr too. */
export function createLogger(level: LogLevel, output: Output): Logger {
  const most = ORDER.indexOf(level);
  return {
    log(at, message, fields = {}) {
      if (ORDER.indexOf(at) > most) return;
      const time = new Date().toISOString();
      if (output.json) {
        output.error(JSON.stringify({ time, level: at, message: printable(message), ...plain(fields) }));
        return;
      }
      const rest = Object.entries(plain(fields)).map(
        ([key, value]) => `${printable(key)}=${typeof value === 'string' ? quote(value) : JSON.stringify(value)}`,
      );
      const head = `${output.style('gray', time.slice(11, 19), 'stderr')} ${output.style(STYLES[at], at.padEnd(5), 'stderr')}`;
      output.error([`${head} ${printable(message)}`, ...rest].join(' '));
    },
  };
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
