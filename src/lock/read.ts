/**
 * Reads plugins.lock.json. Guarantees the shape of every field, no duplicate key, no prototype key and bounded sizes;
 * trusts none of its digests, which `verify()` compares with the bytes.
 */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { PluginError } from '../core/errors.ts';
import { parseStrictJson } from '../core/parse-json.ts';
import { codeOf, storeError } from '../core/system-error.ts';
import { assertOneDigestPerUrl } from './conflicts.ts';
import { checkLockShape } from './schema.ts';
import type { LockFile } from './types.ts';

/** A lock of 100,000 modules is about 12 MB. */
const MAX_LOCK_BYTES = 64 * 1024 * 1024;

export const EMPTY_LOCK: LockFile = { lockfileVersion: 1, plugins: {} };

/** The lock at `path`; `EMPTY_LOCK` where there is none. Throws ERR_LOCK_INVALID, or ERR_INTEGRITY for a conflict. */
export async function readLock(path: string): Promise<LockFile> {
  const text = await readLockText(path);
  if (text === undefined) return EMPTY_LOCK;
  if (last?.path === path && last.text === text) return last.lock;
  const lock = parseLock(text, path);
  assertOneDigestPerUrl(lock, path);
  last = { path, text, lock };
  return lock;
}

/** A host reads its lock for each plugin that it loads: what has not changed is not parsed again. Nobody changes the result. */
let last: { readonly path: string; readonly text: string; readonly lock: LockFile } | undefined;

/** The same for what will change it: a URL with two digests is found when the result is written. */
export async function readLockToChange(path: string): Promise<LockFile> {
  const text = await readLockText(path);
  return text === undefined ? EMPTY_LOCK : parseLock(text, path);
}

/** The text of the lock, or undefined where there is none. */
export async function readLockText(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > MAX_LOCK_BYTES) throw invalid(path, `${size} bytes are more than ${MAX_LOCK_BYTES}`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof PluginError) throw error;
    if (codeOf(error) === 'ENOENT') return undefined;
    throw storeError('read', path, error);
  }
}

/** Everything about a lock but conflicts between its entries. */
export function parseLock(text: string, path: string): LockFile {
  const conflict = /^(?:<{7}|>{7}|={7}|\|{7})(?: |\r?$)/m.exec(text);
  if (conflict !== null) {
    const line = lineAt(text, conflict.index);
    throw invalid(path, `a merge conflict at line ${line}`, {
      hint: `Resolve the conflict at line ${line}, or take one side and run \`aitbc plugin lock\`.`,
      line,
    });
  }
  const parsed = parseStrictJson(text);
  if (!parsed.ok) {
    const { reason, line, column } = parsed;
    throw invalid(path, `line ${line}, column ${column}: ${reason}`, {
      hint: `Correct ${basename(path)} at line ${line}, or restore it from version control.`,
      line,
      column,
    });
  }
  const version = versionOf(parsed.value);
  if (version !== 1) {
    throw invalid(
      path,
      `lockfileVersion is ${version === undefined ? 'missing' : JSON.stringify(version)}, this program reads 1`,
      {
        hint: 'Use the version of @aitbc/plugins that wrote it, or delete it and run `aitbc plugin lock`.',
      },
    );
  }
  const checked = checkLockShape(parsed.value);
  if (!checked.ok) {
    throw invalid(path, `${checked.at} ${checked.reason}`, {
      hint: `Restore ${basename(path)} from version control, or delete it and run \`aitbc plugin lock\`.`,
    });
  }
  return checked.lock;
}

function versionOf(value: unknown): unknown {
  return value !== null && typeof value === 'object' && 'lockfileVersion' in value ? value.lockfileVersion : undefined;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function invalid(
  path: string,
  state: string,
  { hint, ...details }: { hint?: string; line?: number; column?: number } = {},
): PluginError {
  return new PluginError('ERR_LOCK_INVALID', `Cannot read "${path}": ${state}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { file: path, ...details },
  });
}
