import { PluginError } from '../../../core/errors.ts';
import type { HttpClient } from '../../../source/http/types.ts';
import { wrongUrl } from '../plain-http.ts';
import type { DatabaseInfo } from '../types.ts';
import { download } from './download.ts';
import { importDatabase, type ImportOptions } from './import.ts';
import { readSource } from './read-sources.ts';
import type { RecordFile } from './read-zip.ts';

export interface UpdateDatabaseOptions extends ImportOptions {
  /** Hosts that plain http: may be used with beside loopback. */
  readonly allowInsecure: readonly string[];
  /** Asked for where a source is a URL; closed by who made it. */
  http(): Promise<HttpClient>;
}

/** Puts what these paths and URLs hold, together, in the place of the local database. */
export async function updateDatabase(options: UpdateDatabaseOptions): Promise<DatabaseInfo> {
  for (const source of options.sources) {
    const wrong = isUrl(source) ? wrongUrl(source, options.allowInsecure) : undefined;
    if (wrong === undefined) continue;
    throw new PluginError('ERR_USAGE', `Cannot fetch "${source}": ${wrong}`, {
      hint: 'Use an https: URL, or name the host in fetch.allow_insecure.',
    });
  }
  return importDatabase(readAll(options), options);
}

async function* readAll({ sources, cacheDir, http, signal }: UpdateDatabaseOptions): AsyncGenerator<RecordFile> {
  for (const source of sources) {
    if (!isUrl(source)) yield* readSource(source, source);
    else {
      await using archive = await download(source, cacheDir, await http(), signal);
      yield* readSource(archive.file, source);
    }
  }
}

function isUrl(source: string): boolean {
  return /^https?:/i.test(source);
}
