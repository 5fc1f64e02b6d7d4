import { realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import { isPluginError } from '../core/errors.ts';
import { createForeignReader, offline } from '../source/foreign.ts';
import { resolvedOf } from '../source/git/open.ts';
import { openRepository } from '../source/git/repository.ts';
import { readError, readOwnFile } from '../source/path/files.ts';
import type { SourceContext } from '../source/types.ts';
import { MAX_INDEX_BYTES } from './index-format.ts';
import type { Location } from './location.ts';

export interface IndexBytes {
  readonly bytes: Uint8Array;
  /** What relative addresses in it start from. */
  readonly base: string;
}

/** The index as it is now, unread. ERR_OFFLINE where the network may not be used and is needed. */
export function readIndexBytes(location: Location, context: SourceContext): Promise<IndexBytes> {
  return readFile(location, location.kind === 'url' ? undefined : location.file, MAX_INDEX_BYTES, context);
}

/** Another file of the folder that the index stands in; undefined where there is none. */
export async function readBeside(
  location: Location,
  file: string,
  limit: number,
  context: SourceContext,
): Promise<Uint8Array | undefined> {
  try {
    const place = location.kind === 'url' ? file : posix.join(posix.dirname(location.file), file);
    return (await readFile(location, place, limit, context)).bytes;
  } catch (error) {
    if (isPluginError(error, 'ERR_SOURCE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** A file by its path from the folder of the index. ERR_SOURCE_NOT_FOUND. */
export function readNear(location: Location, file: string, limit: number, context: SourceContext): Promise<IndexBytes> {
  return readFile(location, file, limit, context);
}

/** `file` is relative to the folder of the index; at a URL undefined is the index itself. */
async function readFile(
  location: Location,
  file: string | undefined,
  limit: number,
  context: SourceContext,
): Promise<IndexBytes> {
  if (location.kind === 'path') return readFromFolder(location, file ?? location.file, limit);
  const isLocal = location.kind === 'git' && location.spec.transport === 'file';
  if (context.offline && !isLocal) throw offline(location.url);
  const foreign = createForeignReader(context);
  try {
    if (location.kind === 'git') {
      return await readFromGit(location, file ?? location.file, limit, foreign.client, context);
    }
    const url = file === undefined ? location.spec.url : new URL(file, location.spec.url).href;
    const client = await foreign.client();
    const { bytes, finalUrl } = await client.get(url, {
      limit,
      expect: 'module',
      accept: 'application/json',
      signal: context.signal,
    });
    return { bytes, base: finalUrl };
  } finally {
    await foreign.close();
  }
}

async function readFromFolder(
  { spec, name, folder }: Location & { kind: 'path' },
  file: string,
  limit: number,
): Promise<IndexBytes> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw readError(name, folder, error);
  });
  const bytes = await readOwnFile({ source: name, root, maxBytes: limit, maxFiles: 1 }, file);
  return { bytes, base: spec.normal.endsWith('.json') ? posix.dirname(spec.normal) : spec.normal };
}

async function readFromGit(
  { spec, folder }: Location & { kind: 'git' },
  file: string,
  limit: number,
  client: Parameters<typeof openRepository>[2],
  context: SourceContext,
): Promise<IndexBytes> {
  const repository = await openRepository(spec, undefined, client, context);
  try {
    const tree = await repository.tree(folder, { maxBytes: limit, maxFiles: 1 });
    const bytes = await tree.read(file);
    return { bytes, base: resolvedOf(repository.base, { commit: repository.commit, folder }) };
  } finally {
    await repository.close();
  }
}
