import { realpath } from 'node:fs/promises';
import { posix } from 'node:path';
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

const LIMITS = { maxBytes: MAX_INDEX_BYTES, maxFiles: 1 };

/** The index as it is now, unread. ERR_OFFLINE where the network may not be used and is needed. */
export async function readIndexBytes(location: Location, context: SourceContext): Promise<IndexBytes> {
  if (location.kind === 'path') return readFromFolder(location);
  const isLocal = location.kind === 'git' && location.spec.transport === 'file';
  if (context.offline && !isLocal) throw offline(location.url);
  const foreign = createForeignReader(context);
  try {
    if (location.kind === 'git') return await readFromGit(location, foreign.client, context);
    const { bytes, finalUrl } = await (
      await foreign.client()
    ).get(location.spec.url, {
      limit: MAX_INDEX_BYTES,
      expect: 'module',
      accept: 'application/json',
      signal: context.signal,
    });
    return { bytes, base: finalUrl };
  } finally {
    await foreign.close();
  }
}

async function readFromFolder({ spec, name, folder, file }: Location & { kind: 'path' }): Promise<IndexBytes> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw readError(name, folder, error);
  });
  const bytes = await readOwnFile({ source: name, root, ...LIMITS }, file);
  return { bytes, base: spec.normal.endsWith('.json') ? posix.dirname(spec.normal) : spec.normal };
}

async function readFromGit(
  { spec, folder, file }: Location & { kind: 'git' },
  client: Parameters<typeof openRepository>[2],
  context: SourceContext,
): Promise<IndexBytes> {
  const repository = await openRepository(spec, undefined, client, context);
  try {
    const tree = await repository.tree(folder, LIMITS);
    const bytes = await tree.read(file);
    return { bytes, base: resolvedOf(repository.base, { commit: repository.commit, folder }) };
  } finally {
    await repository.close();
  }
}
