import { randomBytes } from 'node:crypto';
import { link, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './system-error.ts';

export interface AtomicOptions {
  /** Where the temporary file is written: a folder of the same filesystem. Default: beside the file. */
  readonly tempDir?: string;
  /** Default 0o666, less the umask. */
  readonly mode?: number;
  /** Never replaces: resolves to false when the file is there already. */
  readonly exclusive?: boolean;
}

/**
 * Publishes a whole file or nothing: temporary file, fsync, rename, fsync of the folder. A kill at any moment leaves the
 * old file or the new one. Throws Node's own error, after it has removed the temporary file.
 */
export async function writeAtomic(
  path: string,
  bytes: Uint8Array | string,
  options: AtomicOptions = {},
): Promise<boolean> {
  const temp = join(options.tempDir ?? dirname(path), tempName(basename(path)));
  try {
    const file = await open(temp, 'wx', options.mode ?? 0o666);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (options.exclusive) {
      try {
        await link(temp, path);
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        throw error;
      } finally {
        await unlink(temp);
      }
    } else {
      await rename(temp, path);
    }
  } catch (error) {
    await unlink(temp).catch(ignoreMissing);
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
}

/**
 * Removes temporary files that killed processes left in a folder. A file is left alone while its process lives, and for
 * a minute in any case: process ids say nothing about a process of another container.
 */
export async function sweepTemps(folder: string, now: number = Date.now()): Promise<void> {
  for (const name of await readdir(folder)) {
    const owner = TEMP_NAME.exec(name)?.[1];
    if (owner === undefined) continue;
    const path = join(folder, name);
    const age = now - (await modifiedAt(path, now));
    if (age > DAY || (age > MINUTE && !isAlive(Number(owner)))) await unlink(path).catch(ignoreMissing);
  }
}

// .<name>.<process id>.<random>.tmp
const TEMP_NAME = /^\.[^/]*\.(\d{1,10})\.[0-9a-f]{16}\.tmp$/;
const MINUTE = 60_000;
const DAY = 86_400_000;

function tempName(name: string): string {
  return `.${name.slice(0, 80)}.${process.pid}.${randomBytes(8).toString('hex')}.tmp`;
}

async function modifiedAt(path: string, missing: number): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    ignoreMissing(error);
    return missing;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

// Windows cannot open a folder; there the rename is as durable as it gets.
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}
