import type { HttpClient } from '../../../source/http/types.ts';
import type { DatabaseInfo } from '../types.ts';
import { download } from './download.ts';
import { importDatabase, type ImportOptions } from './import.ts';
import { readSource } from './read-sources.ts';
import type { RecordFile } from './read-zip.ts';

export interface UpdateDatabaseOptions extends ImportOptions {
  /** Asked for where a source is a URL; closed by who made it. */
  http(): Promise<HttpClient>;
}

/** Puts what these paths and URLs hold, together, in the place of the local database. */
export async function updateDatabase(options: UpdateDatabaseOptions): Promise<DatabaseInfo> {
  return importDatabase(readAll(options), options);
}

async function* readAll({ sources, cacheDir, http, signal }: UpdateDatabaseOptions): AsyncGenerator<RecordFile> {
  for (const source of sources) {
    if (!/^https?:/i.test(source)) yield* readSource(source, source);
    else {
      await using archive = await download(source, cacheDir, await http(), signal);
      yield* readSource(archive.file, source);
    }
  }
}
