import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPluginError, messageOf, PluginError } from '../core/errors.ts';
import { entryOf } from './path/open.ts';

export interface PluginScan {
  /** Plugin name (folder, or file without its extension) -> absolute path, a `path` source. */
  readonly found: ReadonlyMap<string, string>;
  /** What looks like a plugin and is none, and names that are there twice: the first folder of `plugin_paths` wins. */
  readonly broken: readonly { readonly path: string; readonly error: PluginError }[];
  /** Folders of `plugin_paths` that do not exist: no fault. */
  readonly missing: readonly string[];
}

const MODULE = /\.(?:ts|tsx|mts|js|mjs|jsx|wasm|tgz)$/i;
const NAME = /^[a-zA-Z][a-zA-Z0-9-]*$/;
const LIMITS = { maxBytes: 1024 * 1024, maxFiles: 10_000 };

/**
 * Looks for plugins in folders (SPEC G2): a folder with plugin.json or an entry module, or a single module. Nothing is skipped
 * in silence but hidden names, `node_modules`, declarations, and files that are no modules. A symbolic link in a folder of
 * `plugin_paths` is the operator's and is followed, wherever it leads.
 */
export async function scanPluginPaths(paths: readonly string[]): Promise<PluginScan> {
  const found = new Map<string, string>();
  const broken: { path: string; error: PluginError }[] = [];
  const missing: string[] = [];
  for (const folder of paths) {
    let entries: Dirent[];
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') missing.push(folder);
      else broken.push({ path: folder, error: unreadable(folder, error) });
      continue;
    }
    for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, name);
      try {
        const plugin = await look(path, name);
        if (plugin === undefined) continue;
        const earlier = found.get(plugin);
        if (earlier === undefined) found.set(plugin, path);
        else broken.push({ path, error: duplicate(path, plugin, earlier) });
      } catch (error) {
        broken.push({ path, error: isPluginError(error) ? error : unreadable(path, error) });
      }
    }
  }
  return { found, broken, missing };
}

/** The name of the plugin at `path`; undefined for what is not meant to be one. */
async function look(path: string, entry: string): Promise<string | undefined> {
  if (entry.startsWith('.') || entry === 'node_modules') return undefined;
  const real = await realpath(path);
  const facts = await stat(real);
  if (!facts.isDirectory() && (!MODULE.test(entry) || /\.d\.[cm]?ts$/i.test(entry))) return undefined;
  const name = facts.isDirectory() ? entry : entry.replace(MODULE, '');
  if (!NAME.test(name)) {
    throw new PluginError('ERR_METADATA', `Cannot use "${path}" as a plugin: "${name}" is not a name of a plugin`, {
      hint: 'a name is a letter, then letters, digits and dashes; rename it',
    });
  }
  if (facts.isDirectory()) await entryOf({ source: path, root: real, ...LIMITS });
  return name;
}

function unreadable(path: string, cause: unknown): PluginError {
  const code = (cause as NodeJS.ErrnoException).code;
  const state = code === 'ENOENT' ? 'it is a symbolic link to nothing' : messageOf(cause);
  return new PluginError('ERR_SOURCE_FETCH', `Cannot look for plugins at "${path}": ${state}`, { cause });
}

function duplicate(path: string, name: string, earlier: string): PluginError {
  return new PluginError(
    'ERR_METADATA',
    `Cannot use "${path}" as plugin "${name}": "${earlier}" has that name already`,
    {
      hint: 'rename one of them, or give the one you mean as source',
    },
  );
}
