import { randomBytes } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { access, mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sweepTemps, writeAtomic } from '../core/atomic-file.ts';
import { PluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { codeOf, storeError } from '../core/system-error.ts';

/** The cache folder as files: whole files in, whole files out, nothing written where nothing can be. */
export interface CacheFolder {
  readonly readOnly: boolean;
  /** Undefined when there is none. Throws ERR_STORE when there is one that cannot be read or passes `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Atomic. Does nothing in a read-only folder. */
  write(path: string, bytes: Uint8Array | string, options?: { mode?: number; exclusive?: boolean }): Promise<void>;
}

export function openFolder(root: string, logger: Logger, readOnly = !isWritable(root)): CacheFolder {
  const temp = join(root, 'tmp');
  let prepared: Promise<void> | undefined;
  let told = false;

  return {
    readOnly,

    async read(path, maxBytes) {
      const file = join(root, path);
      try {
        return await readBounded(file, maxBytes);
      } catch (error) {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
        throw error instanceof PluginError ? error : storeError('read', file, error);
      }
    },

    async write(path, bytes, options = {}) {
      if (readOnly) {
        if (!told) logger.log('info', 'the cache is read-only: nothing is added to it', { folder: root });
        told = true;
        return;
      }
      const file = join(root, path);
      try {
        await (prepared ??= prepareTemp(temp));
        await mkdir(dirname(file), { recursive: true });
        await writeAtomic(file, bytes, { ...options, tempDir: temp });
      } catch (error) {
        prepared = undefined;
        throw storeError('write', file, error);
      }
    },
  };
}

/** 32 random bytes that this folder's owner alone can read; made at first use. Undefined where there is none to trust. */
export async function readKey(root: string, folder: CacheFolder, logger: Logger): Promise<Uint8Array | undefined> {
  const found = await readPrivate(join(root, KEY), logger);
  if (found !== undefined || folder.readOnly) return found;
  // A key that others may know or change is replaced, so that what it signed counts for nothing.
  await folder.write(KEY, randomBytes(32), { mode: 0o600, exclusive: !(await exists(join(root, KEY))) });
  return readPrivate(join(root, KEY), logger);
}

const KEY = 'build.key';

async function readPrivate(path: string, logger: Logger): Promise<Uint8Array | undefined> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT')
      logger.log('warn', 'cannot read the key of cached builds', { path, code: codeOf(error) });
    return undefined;
  }
  try {
    const found = await file.stat();
    const isPrivate = process.platform === 'win32' || ((found.mode & 0o077) === 0 && found.uid === process.geteuid?.());
    if (found.isFile() && found.size === 32 && isPrivate) return await file.readFile();
    logger.log('warn', 'the key of cached builds is not private to this user: cached builds are not used', { path });
    return undefined;
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT';
  }
}

// One look at the size and one read: a third of the time of an opened handle, which counts with a thousand modules.
async function readBounded(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.size <= maxBytes) return readFile(path);
  throw new PluginError('ERR_STORE', `Cannot read "${path}": ${found.size} bytes are more than ${maxBytes}`, {
    hint: `Delete the file; it is made again: ${path}`,
  });
}

async function prepareTemp(temp: string): Promise<void> {
  await mkdir(temp, { recursive: true });
  await sweepTemps(temp);
}

// A folder that is not there yet is as writable as the nearest one above it.
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(folder) !== folder) return isWritable(dirname(folder));
    return codeOf(error) !== 'EROFS' && codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM';
  }
}
