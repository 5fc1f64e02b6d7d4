/**
 * Imports OSV records into the local database. Guarantees all or nothing: whatever is malformed, too large or interrupted leaves the
 * database as it was; and that a record which cannot be read is refused, never passed over. Trusts nothing of the records.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../../../core/atomic-file.ts';
import { digestOf, type Digest } from '../../../core/digest.ts';
import { PluginError } from '../../../core/errors.ts';
import { storeError } from '../../../core/system-error.ts';
import { readRecord, SEMVER_ECOSYSTEMS, type OsvRecord } from '../record.ts';
import type { DatabaseInfo } from '../types.ts';
import { databaseFolder, GENERATION, INDEX, POINTER, shardFile, shardOf, type Pointer } from './layout.ts';
import { readPointer } from './open.ts';
import type { RecordFile } from './read-zip.ts';
import { notData } from './read-sources.ts';

export interface ImportOptions {
  readonly cacheDir: string;
  /** For messages and for `sources`. */
  readonly sources: readonly string[];
  readonly now?: Date;
  readonly signal?: AbortSignal;
  /** Called with the number of records now and then. */
  readonly progress?: (records: number) => void;
}

const MAX_RECORDS = 2_000_000;
/** Characters of all advisories, cut down: ten times what npm has. */
const MAX_KEPT = 2 ** 30;
const HOUR = 3_600_000;

export async function importDatabase(files: AsyncIterable<RecordFile>, options: ImportOptions): Promise<DatabaseInfo> {
  const now = options.now ?? new Date();
  const collected = await collect(files, now, options);
  const folder = databaseFolder(options.cacheDir);
  const generation = `g-${randomBytes(8).toString('hex')}`;
  const { info, shards } = collected;
  try {
    const before = await readPointer(join(folder, POINTER)).catch(() => undefined);
    await mkdir(join(folder, generation), { recursive: true });
    const index: Record<string, Digest> = {};
    for (const [shard, lines] of [...shards].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const content = `${lines.sort().join('\n')}\n`;
      index[shard] = digestOf(content);
      await writeFile(join(folder, generation, shardFile(shard)), content);
    }
    const text = JSON.stringify(index);
    await writeFile(join(folder, generation, INDEX), text);
    const pointer: Pointer = { layout: 1, generation, index: digestOf(text), ...info };
    await writeAtomic(join(folder, POINTER), `${JSON.stringify(pointer, null, 2)}\n`);
    await sweep(folder, new Set([generation, before?.generation ?? '']), now);
  } catch (error) {
    await rm(join(folder, generation), { recursive: true, force: true });
    throw error instanceof PluginError ? error : storeError('write', folder, error);
  }
  return info;
}

async function collect(
  files: AsyncIterable<RecordFile>,
  now: Date,
  { sources, signal, progress }: ImportOptions,
): Promise<{ readonly info: DatabaseInfo; readonly shards: ReadonlyMap<string, string[]> }> {
  /** Of each id, when what counts was modified: the newest of several counts. */
  const newestOf = new Map<string, string>();
  const kept: { readonly id: string; readonly modified: string; readonly shard: string; readonly line: string }[] = [];
  const withdrawn = new Set<string>();
  const ecosystems: Record<string, number> = {};
  let newest = '';
  let size = 0;
  for await (const { name, bytes } of files) {
    if (signal?.aborted) throw new PluginError('ERR_ABORTED', 'Cannot import: the work was aborted');
    for (const record of readRecords(name, bytes)) {
      const { id, modified } = record;
      const known = newestOf.get(id);
      if (known !== undefined && Date.parse(known) >= Date.parse(modified)) continue;
      newestOf.set(id, modified);
      if (newestOf.size > MAX_RECORDS) throw notData(name, `there are more than ${MAX_RECORDS} records`);
      if (newestOf.size % 1_000 === 0) progress?.(newestOf.size);
      if (record.withdrawn) withdrawn.add(id);
      else withdrawn.delete(id);
      if (Date.parse(modified) <= now.getTime() && (newest === '' || Date.parse(modified) > Date.parse(newest)))
        newest = modified;
      for (const advisory of record.advisories) {
        if (!SEMVER_ECOSYSTEMS.has(advisory.ecosystem)) continue;
        const line = JSON.stringify(advisory);
        size += line.length;
        if (size > MAX_KEPT) throw notData(name, 'there are too many advisories');
        kept.push({ id, modified, shard: shardOf(advisory.ecosystem, advisory.package), line });
        ecosystems[advisory.ecosystem] = (ecosystems[advisory.ecosystem] ?? 0) + 1;
      }
    }
  }
  if (newestOf.size === 0) throw notData(sources.join(', '), 'there is no OSV record in it');
  if (newest === '') throw notData(sources.join(', '), 'every record in it is from the future');
  const shards = new Map<string, string[]>();
  for (const { id, modified, shard, line } of kept) {
    if (newestOf.get(id) !== modified) continue;
    const lines = shards.get(shard);
    if (lines === undefined) shards.set(shard, [line]);
    else lines.push(line);
  }
  const info = {
    imported: now.toISOString(),
    newest,
    records: newestOf.size,
    withdrawn: withdrawn.size,
    ecosystems,
    sources,
  };
  return { info, shards };
}

function readRecords(name: string, bytes: Uint8Array): OsvRecord[] {
  try {
    // Its objects are read by known keys alone.
    const json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
    return (Array.isArray(json) ? (json as unknown[]) : [json]).map((item) => readRecord(item));
  } catch (error) {
    throw notData(name, error);
  }
}

/** Removes what no reader can still have open: generations that are neither the new one nor the last, and an hour old. */
async function sweep(folder: string, keep: ReadonlySet<string>, now: Date): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!GENERATION.test(name) || keep.has(name)) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (now.getTime() - mtimeMs > HOUR) await rm(join(folder, name), { recursive: true, force: true });
  }
}
