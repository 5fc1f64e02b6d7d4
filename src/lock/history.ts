/**
 * What a plugin was locked to before: one lock of one entry a file, in `<data_dir>/lock-history/<plugin>/`. Guarantees that an
 * entry is whole when it is given back; it says nothing of the bytes, which are verified like any others.
 */
import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../core/atomic-file.ts';
import { codeOf, storeError } from '../core/system-error.ts';
import { formatLock } from './format.ts';
import { parseLock, readLockText } from './read.ts';
import type { LockEntry } from './types.ts';
import { isWhole } from './verify.ts';

/** Older ones go. */
const KEPT = 20;
const SUFFIX = '.lock.json';

export interface FormerEntry {
  readonly entry: LockEntry;
  /** When another took its place. */
  readonly until: Date;
}

/** Throws ERR_STORE. */
export async function remember(dataDir: string, name: string, entry: LockEntry): Promise<void> {
  const folder = folderOf(dataDir, name);
  const file = join(folder, `${entry.checksum.slice('sha256:'.length)}${SUFFIX}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeAtomic(file, formatLock({ lockfileVersion: 1, plugins: { [name]: entry } }));
    for (const { path } of (await filesOf(folder)).slice(KEPT)) await unlink(path);
  } catch (error) {
    throw storeError('write', file, error);
  }
}

/** The latest first. Throws ERR_STORE, or ERR_LOCK_INVALID for a file that is none of ours. */
export async function recall(dataDir: string, name: string): Promise<readonly FormerEntry[]> {
  const former: FormerEntry[] = [];
  for (const { path, until } of await filesOf(folderOf(dataDir, name))) {
    const text = await readLockText(path);
    const entry = text === undefined ? undefined : parseLock(text, path).plugins[name];
    if (entry !== undefined && isWhole(entry)) former.push({ entry, until });
  }
  return former;
}

async function filesOf(folder: string): Promise<readonly { readonly path: string; readonly until: Date }[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw storeError('read', folder, error);
  }
  const files = await Promise.all(
    names
      .filter((name) => name.endsWith(SUFFIX))
      .map(async (name) => ({ path: join(folder, name), until: (await stat(join(folder, name))).mtime })),
  );
  return files.sort((a, b) => b.until.getTime() - a.until.getTime());
}

function folderOf(dataDir: string, name: string): string {
  return join(dataDir, 'lock-history', name);
}
