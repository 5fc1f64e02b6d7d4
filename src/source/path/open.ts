import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { PluginError } from '../../core/errors.ts';
import { openArchive } from '../archive/open.ts';
import { findEntry } from '../entry.ts';
import { createForeignReader } from '../foreign.ts';
import { isForeign } from '../module-id.ts';
import type { PathSpecifier } from '../specifier.ts';
import type { ModuleId, Origin, SourceContext } from '../types.ts';
import { listOwnFiles, ownFileExists, readError, readOwnFile, type FolderFiles } from './files.ts';

const ARCHIVE = /\.(?:tgz|tar\.gz)$/i;

/** A folder, a single module (root: its folder) or an archive of this machine. Read anew at each call. */
export async function openPath(spec: PathSpecifier, context: SourceContext, entry?: ModuleId): Promise<Origin> {
  const real = await realpath(spec.path).catch((error: unknown) => {
    throw openError(spec, error);
  });
  const facts = await stat(real);
  if (facts.isFile() && ARCHIVE.test(spec.path)) return openLocalArchive(spec, real, context, entry);
  if (!facts.isFile() && !facts.isDirectory()) {
    throw new PluginError('ERR_SOURCE_FETCH', `Cannot open "${spec.text}": it is neither a file nor a folder`);
  }
  const folder = folderOf(spec, facts.isDirectory() ? real : dirname(real), context);
  const found = entry ?? (facts.isFile() ? basename(real) : await entryOf(folder));
  const foreign = createForeignReader(context);
  return {
    source: spec.text,
    resolved: spec.normal,
    git: undefined,
    entry: found,
    base: undefined,
    read: async (id, options = {}) =>
      isForeign(id) ? foreign.read(id, options, undefined) : { bytes: await readOwnFile(folder, id) },
    list: () => listOwnFiles(folder),
    close: () => foreign.close(),
  };
}

async function openLocalArchive(
  spec: PathSpecifier,
  real: string,
  context: SourceContext,
  entry: ModuleId | undefined,
): Promise<Origin> {
  const folder = { ...folderOf(spec, dirname(real), context), maxBytes: context.config.maxArchiveBytes };
  const bytes = await readOwnFile(folder, basename(real));
  const name = basename(spec.path);
  const beside = { name, signature: () => readOwnFile(folder, `${basename(real)}.sigstore.json`) };
  return openArchive({ source: spec.text, resolved: spec.normal, bytes, referrer: undefined, entry, beside }, context);
}

function folderOf(spec: PathSpecifier, root: string, context: SourceContext): FolderFiles {
  const { maxModuleBytes, maxModules } = context.config;
  return { source: spec.text, root, maxBytes: maxModuleBytes, maxFiles: maxModules };
}

/** The entry of a folder on disk, also for what is found in `plugin_paths`. */
export function entryOf(folder: FolderFiles): Promise<ModuleId> {
  return findEntry(folder.source, {
    exists: (id) => ownFileExists(folder, id),
    read: async (id) => ((await ownFileExists(folder, id)) ? readOwnFile(folder, id) : undefined),
  });
}

function openError(spec: PathSpecifier, error: unknown): PluginError {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot open "${spec.text}": there is no such file or folder`, {
      hint: `it was looked for at ${spec.path}`,
      cause: error,
    });
  }
  return readError(spec.text, spec.path, error);
}
