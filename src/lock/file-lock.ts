/**
 * One writer at a time among processes. Guarantees that `work` runs alone as long as its holder lives, and that a holder who
 * lost the lock (suspended for seconds, then taken over) learns it from `assertHeld` before it writes; trusts the clock of
 * the file system to run.
 */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PluginError } from '../core/errors.ts';
import { codeOf, storeError } from '../core/system-error.ts';

export interface HeldFile {
  /** The path, links followed: a linked file is one file, and stays a link. */
  readonly file: string;
  /** Throws ERR_STORE when another process holds the lock by now. */
  assertHeld(): Promise<void>;
}

/** A killed holder's lock is taken over after this time. Milliseconds. */
const STALE = 5_000;
const PATIENCE = 30_000;

/** Throws ERR_STORE when nothing can be written there, or another process holds it for half a minute. */
export async function withFileLock<T>(path: string, work: (held: HeldFile) => Promise<T>): Promise<T> {
  const file = await realPathOf(path);
  const release = await acquire(file, path);
  const folder = `${file}.lock`;
  const mine = await identityOf(folder);
  const isHeld = async (): Promise<boolean> => mine !== undefined && (await identityOf(folder)) === mine;
  const assertHeld = async (): Promise<void> => {
    if (await isHeld()) return;
    throw new PluginError('ERR_STORE', `Cannot write "${path}": another process took it over`, {
      hint: 'Nothing was written. Run the same command again.',
      retryable: true,
    });
  };
  try {
    return await work({ file, assertHeld });
  } finally {
    if (await isHeld()) await release();
  }
}

async function acquire(file: string, path: string): Promise<() => Promise<void>> {
  // Loaded here alone, because it installs exit handlers; a run that only reads the lock goes without.
  const { lock } = await import('proper-lockfile');
  const deadline = Date.now() + PATIENCE;
  for (let wait = 5; ; wait = Math.min(wait * 1.5, 200)) {
    try {
      // A holder that lost its lock finds out by `assertHeld`, at the moment it matters.
      return await lock(file, { realpath: false, stale: STALE, update: 1_000, onCompromised: () => {} });
    } catch (error) {
      if (codeOf(error) !== 'ELOCKED') throw storeError('write', path, error);
      if (Date.now() > deadline) {
        throw new PluginError('ERR_STORE', `Cannot write "${path}": another process holds it`, {
          cause: error,
          hint: `Wait for the other command. If there is none, remove the folder ${file}.lock`,
        });
      }
    }
    await sleep(wait * (0.5 + Math.random()));
  }
}

// Inode numbers are used again at once; together with the time of birth they are not.
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { ino, birthtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${birthtimeNs}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw storeError('write', path, error);
  }
  try {
    return join(await realpath(dirname(path)), basename(path));
  } catch (error) {
    throw storeError('write', path, error);
  }
}
