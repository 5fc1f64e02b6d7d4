import { isPluginError, PluginError } from '../../core/errors.ts';
import { assertOwnId } from '../module-id.ts';
import type { ModuleId } from '../types.ts';
import { parseCommit, parseTree, readObject, type TreeEntry } from './objects.ts';
import type { ObjectStore } from './types.ts';

export interface TreeLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** The files of a folder of one commit, read from its objects. */
export interface TreeFiles {
  read(id: ModuleId): Promise<Uint8Array>;
  exists(id: ModuleId): Promise<boolean>;
  list(): Promise<ModuleId[]>;
}

const FOLDER = '040000';
const LINK = '120000';
const SUBMODULE = '160000';
const MAX_DEPTH = 64;

/** Opens `folder` of a commit; ERR_SOURCE_NOT_FOUND where there is none. */
export async function openTree(
  store: ObjectStore,
  source: string,
  commit: string,
  folder: string,
  limits: TreeLimits,
): Promise<TreeFiles> {
  const trees = new Map<string, Promise<ReadonlyMap<string, TreeEntry>>>();
  const tree = (oid: string): Promise<ReadonlyMap<string, TreeEntry>> => {
    const known = trees.get(oid) ?? readObject(store, source, oid, 'tree').then((bytes) => parseTree(source, bytes));
    trees.set(oid, known);
    return known;
  };
  const top: TreeEntry = { mode: FOLDER, oid: parseCommit(source, await readObject(store, source, commit, 'commit')) };

  const find = async (from: TreeEntry, path: string): Promise<TreeEntry | undefined> => {
    let entry: TreeEntry | undefined = from;
    for (const segment of path === '' ? [] : path.split('/')) {
      if (entry.mode === LINK || entry.mode === SUBMODULE) throw unreadable(source, path, entry.mode);
      if (entry.mode !== FOLDER) return undefined;
      entry = (await tree(entry.oid)).get(segment);
      if (entry === undefined) return undefined;
    }
    return entry;
  };

  const found = await find(top, folder);
  if (found !== undefined && (found.mode === LINK || found.mode === SUBMODULE))
    throw unreadable(source, folder, found.mode);
  if (found === undefined || found.mode !== FOLDER) {
    throw new PluginError(
      'ERR_SOURCE_NOT_FOUND',
      `Cannot open "${source}": commit ${commit} has no folder "${folder}"`,
      {
        hint: 'the folder stands after the colon, from the root of the repository: #<ref>:<folder>',
      },
    );
  }
  const root = found;

  return {
    async read(id) {
      assertOwnId(id, source);
      const entry = await find(root, id);
      if (entry === undefined || entry.mode === FOLDER) {
        throw new PluginError(
          'ERR_SOURCE_NOT_FOUND',
          `Cannot read "${id}" of "${source}": commit ${commit} has no such file`,
        );
      }
      if (entry.mode === LINK || entry.mode === SUBMODULE) throw unreadable(source, id, entry.mode);
      const bytes = await readObject(store, source, entry.oid, 'blob', limits.maxBytes).catch((error: unknown) => {
        throw isPluginError(error, 'ERR_SOURCE_TOO_LARGE') ? tooLarge(source, id, limits.maxBytes, error) : error;
      });
      if (isLfsPointer(bytes)) throw lfsPointer(source, id);
      return bytes;
    },
    async exists(id) {
      const entry = await find(root, id);
      return entry !== undefined && entry.mode !== FOLDER && entry.mode !== SUBMODULE;
    },
    async list() {
      const ids: ModuleId[] = [];
      const walk = async (oid: string, below: string, depth: number): Promise<void> => {
        for (const [name, entry] of await tree(oid)) {
          if (entry.mode === FOLDER && depth < MAX_DEPTH) await walk(entry.oid, `${below}${name}/`, depth + 1);
          if (entry.mode.startsWith('100')) ids.push(below + name);
          if (ids.length > limits.maxFiles) {
            throw new PluginError(
              'ERR_SOURCE_TOO_LARGE',
              `Cannot list "${source}": it has more than ${limits.maxFiles} files`,
              {
                hint: 'name the folder of the plugin alone: #<ref>:<folder>',
              },
            );
          }
        }
      };
      await walk(root.oid, '', 0);
      return ids.sort();
    },
  };
}

function tooLarge(source: string, id: string, maxBytes: number, cause: unknown): PluginError {
  return new PluginError(
    'ERR_SOURCE_TOO_LARGE',
    `Cannot read "${id}" of "${source}": it is larger than ${maxBytes} bytes`,
    {
      hint: 'raise "max_module" of fetch in the config if the file is right',
      cause,
    },
  );
}

function unreadable(source: string, id: string, mode: string): PluginError {
  const kind = mode === LINK ? 'a symbolic link' : 'a submodule';
  return new PluginError(
    'ERR_SOURCE_FETCH',
    `Cannot read "${id}" of "${source}": it is, or lies in, ${kind} of the repository`,
    {
      hint: mode === LINK ? 'commit the file itself' : 'name the submodule as a source of its own, or commit its files',
    },
  );
}

function isLfsPointer(bytes: Uint8Array): boolean {
  const start = 'version https://git-lfs.github.com/spec/';
  return bytes.byteLength < 1_024 && new TextDecoder('latin1').decode(bytes.subarray(0, start.length)) === start;
}

function lfsPointer(source: string, id: string): PluginError {
  return new PluginError(
    'ERR_SOURCE_FETCH',
    `Cannot read "${id}" of "${source}": it is a pointer of Git LFS, not the file itself`,
    {
      hint: 'commit the file without LFS, or serve it by an https: URL',
    },
  );
}
