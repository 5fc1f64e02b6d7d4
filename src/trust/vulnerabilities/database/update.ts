import { PluginError } from '../../../core/errors.ts';
import type { HttpClient } from '../../../source/http/types.ts';
import { wrongUrl } from '../plain-http.ts';
import type { DatabaseInfo } from '../types.ts';
import { download } from './download.ts';
import { importDatabase, type ImportOptions } from './import.ts';
import { notData, readSource } from './read-sources.ts';
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
    if (!isUrl(source)) yield* someOf(readSource(source, source), source);
    else {
      await using archive = await download(source, cacheDir, await http(), signal);
      yield* someOf(readSource(archive.file, source), source);
    }
  }
}

/** An empty source among others is a mistake, and not an ecosystem without vulnerabilities. */
async function* someOf(files: AsyncGenerator<RecordFile>, source: string): AsyncGenerator<RecordFile> {
  let some = false;
  for await (const file of files) {
    some = true;
    yield file;
  }
  if (!some) throw notData(source, 'there is no OSV record in it');
}

function isUrl(source: string): boolean {
  return /^https?:/i.test(source);
}
