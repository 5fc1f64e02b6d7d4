import { writeAtomic } from '../core/atomic-file.ts';
import { storeError } from '../core/system-error.ts';
import { assertOneDigestPerUrl } from './conflicts.ts';
import { withFileLock } from './file-lock.ts';
import { formatLock } from './format.ts';
import { EMPTY_LOCK, parseLock, readLockText } from './read.ts';
import type { LockFile } from './types.ts';

/**
 * Reads the lock, changes it, and publishes the result, alone among all processes. `change` is given the lock as it stands
 * at that moment, must not wait for anything slow, and may run again; what it returns unchanged is not written. `fresh` names what was
 * pinned just now, for the hint of a conflict. Throws ERR_STORE when the file cannot be written or another process holds it for half a minute.
 */
export async function updateLock(
  path: string,
  change: (lock: LockFile) => LockFile,
  fresh?: ReadonlySet<string>,
): Promise<LockFile> {
  return withFileLock(path, async ({ file, assertHeld }) => {
    for (;;) {
      const before = await readLockText(file);
      const lock = before === undefined ? EMPTY_LOCK : parseLock(before, path);
      const next = change(lock);
      assertOneDigestPerUrl(next, path, fresh);
      const after = formatLock(next);
      if (after === before) return next;
      // Two processes that take over one stale lock could both believe that they hold it: what the other wrote in the
      // meantime is read again, never overwritten.
      await assertHeld();
      if ((await readLockText(file)) !== before) continue;
      try {
        await writeAtomic(file, after);
      } catch (error) {
        throw storeError('write', path, error);
      }
      return next;
    }
  });
}
