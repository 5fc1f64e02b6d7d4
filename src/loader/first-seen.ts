import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../core/atomic-file.ts';
import type { Digest } from '../core/digest.ts';
import { codeOf, storeError } from '../core/system-error.ts';

/**
 * When this machine saw a plugin's bytes first: now, where it has not. Kept in `<data_dir>/first-seen/`. Throws ERR_STORE when
 * that cannot be kept: a clock that never starts would refuse for ever.
 */
export async function firstSeen(dataDir: string, integrity: Digest, now: Date): Promise<Date> {
  const folder = join(dataDir, 'first-seen');
  const file = join(folder, integrity.slice('sha256:'.length));
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (await writeAtomic(file, `${now.toISOString()}\n`, { exclusive: true })) return now;
    const seen = new Date((await readFile(file, 'utf8')).trim());
    // A time to come, or none, is no age: it counts as seen now.
    return seen.getTime() <= now.getTime() ? seen : now;
  } catch (error) {
    throw storeError(codeOf(error) === 'ENOENT' ? 'read' : 'write', file, error);
  }
}
