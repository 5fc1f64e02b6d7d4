import { PluginError } from '../../core/errors.ts';
import { findEntry } from '../entry.ts';
import { createForeignReader, type ForeignReader } from '../foreign.ts';
import { assertOwnId, isForeign } from '../module-id.ts';
import type { ModuleId, Origin, SourceContext } from '../types.ts';

export interface ArchiveSource {
  readonly source: string;
  readonly resolved: string;
  readonly bytes: Uint8Array;
  /** The URL it came from; undefined for a file of this machine. */
  readonly referrer: string | undefined;
  readonly entry: ModuleId | undefined;
  /** Undefined where nothing can lie beside it. */
  readonly beside?: ArchiveNeighbour | undefined;
}

export interface ArchiveNeighbour {
  /** The archive's own name. */
  readonly name: ModuleId;
  /** The archive's signature, for as long as the origin is open. ERR_SOURCE_NOT_FOUND where there is none. */
  signature(foreign: ForeignReader): Promise<Uint8Array>;
}

/** The files of an archive, unpacked in memory. */
export async function openArchive(archive: ArchiveSource, context: SourceContext): Promise<Origin> {
  const { source, resolved, beside } = archive;
  const { maxArchiveBytes, maxModuleBytes, maxModules } = context.config;
  const { unpack } = await import('./unpack.ts');
  const files = await unpack(source, archive.bytes, {
    maxBytes: maxArchiveBytes,
    maxFileBytes: maxModuleBytes,
    maxEntries: maxModules,
  });
  const entry =
    archive.entry ??
    (await findEntry(source, {
      exists: async (id) => files.has(id),
      read: async (id) => files.get(id),
    }));
  const foreign = createForeignReader(context);
  return {
    source,
    resolved,
    git: undefined,
    entry,
    ...(beside === undefined ? {} : { archive: beside.name }),
    base: undefined,
    read: async (id, options = {}) => {
      if (isForeign(id)) return foreign.read(id, options, archive.referrer);
      assertOwnId(id, source);
      const bytes = files.get(id);
      if (bytes !== undefined) return { bytes };
      if (beside !== undefined && id === `${beside.name}.sigstore.json`)
        return { bytes: await beside.signature(foreign) };
      throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot read "${id}" of "${source}": the archive has no such file`);
    },
    list: async () => [...files.keys()].sort(),
    close: () => foreign.close(),
  };
}
