import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of its own for one fetch, removed by `remove`, or at once when `work` fails. An interrupted fetch leaves at
 * most a folder of the system's temporary ones, which nothing ever reads again.
 */
export async function withTemporaryFolder<T>(
  work: (folder: string, remove: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'aitbc-git-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    return await work(folder, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}
