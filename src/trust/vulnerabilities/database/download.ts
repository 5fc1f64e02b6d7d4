import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isPluginError, PluginError } from '../../../core/errors.ts';
import { storeError } from '../../../core/system-error.ts';
import type { HttpClient } from '../../../source/http/types.ts';
import { databaseFolder } from './layout.ts';

/** npm's archive has some 200 MB. */
const MAX_ARCHIVE = 4 * 2 ** 30;

export interface Download extends AsyncDisposable {
  readonly file: string;
}

/** Downloads into a folder of its own, which goes when it is disposed of. */
export async function download(
  url: string,
  cacheDir: string,
  http: HttpClient,
  signal?: AbortSignal,
): Promise<Download> {
  const folder = databaseFolder(cacheDir);
  let temporary: string;
  try {
    await mkdir(folder, { recursive: true });
    temporary = await mkdtemp(join(folder, 'download-'));
  } catch (error) {
    throw storeError('write', folder, error);
  }
  const remove = (): Promise<void> => rm(temporary, { recursive: true, force: true });
  try {
    const answer = await http.stream(url, { method: 'GET', headers: {}, limit: MAX_ARCHIVE, signal });
    try {
      if (answer.status !== 200) throw refused(url, answer.status);
      const file = join(temporary, 'data');
      await pipeline(Readable.from(answer.body), createWriteStream(file, { flags: 'wx' }), { signal });
      return { file, [Symbol.asyncDispose]: remove };
    } finally {
      answer.close();
    }
  } catch (error) {
    await remove();
    throw isPluginError(error) ? error : storeError('write', folder, error);
  }
}

function refused(url: string, status: number): PluginError {
  const code = status === 404 || status === 410 ? 'ERR_SOURCE_NOT_FOUND' : 'ERR_SOURCE_FETCH';
  return new PluginError(code, `Cannot fetch "${url}": the server answered ${status}`, {
    hint: 'Check the address: https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip is that of all of npm.',
  });
}
