import { encodeValue } from '../../src/protocol/encode.ts';
import { MAX_LOG_ENTRY, MAX_LOG_MESSAGE } from '../../src/protocol/limits.ts';
import { FRAME, LOG_LEVELS, type LogLevelName } from '../../src/protocol/messages.ts';
import type { Value } from '../../src/protocol/values.ts';
import { boot, send } from './bridge.ts';
import { thrownText } from './failure.ts';
import { passed } from './passed.ts';
import { jsonParse, jsonStringify, objectFreeze, primordialString, stringSlice } from './primordials.ts';
import { Rate } from './rate.ts';

const rate = new Rate(boot.limits.logRate);
let dropped = 0;

/** Rate-limited by `limits.logRate`; the first entry after a drop tells how many there were. Never throws. */
export function log(level: LogLevelName, message: string, fields?: { readonly [key: string]: Value }): void {
  if (!rate.take()) {
    dropped += 1;
    passed('log_rate');
    return;
  }
  if (dropped > 0) {
    const count = dropped;
    dropped = 0;
    const state = `more than ${boot.limits.logRate} a second (limits.log_rate)`;
    write('warn', `${count} log entries were dropped: ${state}`, { code: 'ERR_LIMIT_RATE' });
  }
  write(level, message, fields);
}

/** Something of the plugin failed where nobody waits for it. */
export function reportError(error: unknown): void {
  const { name, message, stack } = jsonParse(thrownText(error)) as { name: string; message: string; stack: string };
  log('error', `Uncaught ${name === '' ? '' : `${name}: `}${message}`, { stack });
}

function write(level: LogLevelName, message: string, fields: { readonly [key: string]: Value } | undefined): void {
  const known = isLevel(level) ? level : 'info';
  const text = jsonStringify(stringSlice(asText(message), 0, MAX_LOG_MESSAGE));
  const { data, bytes } = encodeFields(fields);
  send(FRAME.log, 0, `["${known}",${text},${data}]`, bytes);
}

function encodeFields(fields: unknown): { data: string; bytes: readonly Uint8Array[] } {
  if (fields === undefined) return { data: '{}', bytes: [] };
  try {
    const encoded = encodeValue(fields, MAX_LOG_ENTRY, 'fields');
    return { data: encoded.text, bytes: encoded.bytes };
  } catch {
    return { data: '{"fields":"could not be logged: not plain data, or too large"}', bytes: [] };
  }
}

function asText(message: unknown): string {
  if (typeof message === 'string') return message;
  try {
    return primordialString(message);
  } catch {
    return '(a message that cannot be shown)';
  }
}

function isLevel(level: string): boolean {
  return level === LOG_LEVELS[0] || level === LOG_LEVELS[1] || level === LOG_LEVELS[2] || level === LOG_LEVELS[3];
}

export const logger = objectFreeze({
  debug: (message: string, fields?: Record<string, Value>): void => log('debug', message, fields),
  info: (message: string, fields?: Record<string, Value>): void => log('info', message, fields),
  warn: (message: string, fields?: Record<string, Value>): void => log('warn', message, fields),
  error: (message: string, fields?: Record<string, Value>): void => log('error', message, fields),
});
