import { canonicalJson, type Json } from '../core/json.ts';
import type { LockEntry, LockFile } from './types.ts';

/**
 * The one text of a lock: keys sorted by UTF-16 code unit, one field a line, modules and redirects one a line, LF, a
 * final newline. Two plugins that were added on two branches touch different lines.
 */
export function formatLock(lock: LockFile): string {
  const plugins = lines(lock.plugins, 4, formatEntry);
  return `{\n  "lockfileVersion": ${lock.lockfileVersion},\n  "plugins": ${plugins}\n}\n`;
}

/** What stands behind the name of a plugin. */
export function formatEntry(entry: LockEntry): string {
  return lines(entry, 6, (value, key) => (EXPANDED.has(key) ? lines(value as object, 8, inline) : inline(value)));
}

const EXPANDED = new Set(['modules', 'packages', 'redirects', 'reviews']);

function lines<T>(
  object: { readonly [key: string]: T } | object,
  indent: number,
  show: (value: T, key: string) => string,
): string {
  const members = (Object.entries(object) as [string, T][])
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${' '.repeat(indent)}${JSON.stringify(key)}: ${show(value, key)}`);
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${' '.repeat(indent - 2)}}`;
}

/** Canonical JSON with spaces where a reader wants them. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(inline).join(', ')}]`;
  if (value === null || typeof value !== 'object') return canonicalJson(value as Json);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}: ${inline(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
