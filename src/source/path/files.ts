/**
 * Guarantees that what is read lies, after all symbolic links, below the plugin's real root, is a regular file, and is
 * no larger than allowed. Trusts the operator's choice of the root itself, which may be a link to anywhere.
 */
import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { PluginError } from '../../core/errors.ts';
import { assertOwnId } from '../module-id.ts';
import type { ModuleId } from '../types.ts';

export interface FolderFiles {
  readonly source: string;
  /** Real path. */
  readonly root: string;
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export async function readOwnFile(folder: FolderFiles, id: ModuleId): Promise<Uint8Array> {
  assertOwnId(id, folder.source);
  const path = await realPathInside(folder, id);
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw readError(folder.source, id, error);
  });
  try {
    const facts = await handle.stat();
    if (facts.isDirectory()) throw notFound(folder.source, id, 'it is a folder');
    if (!facts.isFile())
      throw new PluginError('ERR_SOURCE_FETCH', `Cannot read "${id}" of "${folder.source}": it is not a regular file`);
    if (facts.size > folder.maxBytes) throw tooLarge(folder, id);
    const bytes = await handle.readFile();
    if (bytes.byteLength > folder.maxBytes) throw tooLarge(folder, id);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    throw error instanceof PluginError ? error : readError(folder.source, id, error);
  } finally {
    await handle.close();
  }
}

export async function ownFileExists(folder: FolderFiles, id: ModuleId): Promise<boolean> {
  try {
    return (await stat(await realPathInside(folder, id))).isFile();
  } catch (error) {
    if (error instanceof PluginError && error.code === 'ERR_SOURCE_NOT_FOUND') return false;
    throw error;
  }
}

/** Files below the root; links, `.git` and `node_modules` are left out. */
export async function listOwnFiles(folder: FolderFiles): Promise<ModuleId[]> {
  const found: ModuleId[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder.root, below), { withFileTypes: true })) {
      const id = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules') await walk(id);
      if (entry.isFile()) found.push(id);
      if (found.length > folder.maxFiles) {
        throw new PluginError(
          'ERR_SOURCE_TOO_LARGE',
          `Cannot list "${folder.source}": it has more than ${folder.maxFiles} files`,
          {
            hint: 'name the folder of the plugin alone, or raise the limit of files',
          },
        );
      }
    }
  };
  await walk('');
  return found.sort();
}

async function realPathInside(folder: FolderFiles, id: ModuleId): Promise<string> {
  const path = await realpath(join(folder.root, ...id.split('/'))).catch((error: unknown) => {
    throw readError(folder.source, id, error);
  });
  const inside = relative(folder.root, path);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new PluginError(
      'ERR_IMPORT_DENIED',
      `Cannot read "${id}" of "${folder.source}": it is a symbolic link that leads out of the plugin's folder`,
      { hint: 'copy the file into the folder, or name the folder that holds both as the source' },
    );
  }
  return path;
}

function tooLarge(folder: FolderFiles, id: ModuleId): PluginError {
  return new PluginError(
    'ERR_SOURCE_TOO_LARGE',
    `Cannot read "${id}" of "${folder.source}": it is larger than ${folder.maxBytes} bytes`,
    { hint: 'raise "max_module" of fetch in the config if the file is right' },
  );
}

function notFound(source: string, id: string, state: string, cause?: unknown): PluginError {
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot read "${id}" of "${source}": ${state}`, { cause });
}

export function readError(source: string, id: string, cause: unknown): PluginError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return notFound(source, id, 'there is no such file', cause);
  const state =
    code === 'EACCES' || code === 'EPERM'
      ? 'permission denied'
      : code === 'ELOOP'
        ? 'its symbolic links lead in a circle'
        : `the file system answered ${code ?? 'an error'}`;
  return new PluginError('ERR_SOURCE_FETCH', `Cannot read "${id}" of "${source}": ${state}`, { cause });
}
