import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PluginError } from '../core/errors.ts';

export const CONFIG_NAMES = ['plugins.yaml', 'plugins.yml', 'plugins.json'] as const;

/**
 * The config to use: `file`, else `AITBC_CONFIG`, else the nearest plugins.yaml, yml or json from `cwd` upward; undefined when
 * there is none.
 * @throws ERR_CONFIG_INVALID when one folder has two
 */
export async function findConfig(options: {
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}): Promise<string | undefined> {
  const named = options.file ?? (options.env['AITBC_CONFIG'] || undefined);
  if (named !== undefined) return resolve(options.cwd, named);
  for (let folder = resolve(options.cwd); ; folder = dirname(folder)) {
    const names = await list(folder);
    const found = CONFIG_NAMES.filter((name) => names.has(name));
    if (found.length > 1) {
      throw new PluginError(
        'ERR_CONFIG_INVALID',
        `Cannot choose a config in "${folder}": it has ${found.join(' and ')}`,
        {
          hint: `keep one of them, or say which: --config ${join(folder, found[0] ?? '')}`,
        },
      );
    }
    if (found[0] !== undefined) return join(folder, found[0]);
    if (dirname(folder) === folder) return undefined;
  }
}

/** Names in a folder; none where it cannot be listed, because a folder above may still have the config. */
async function list(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM' || code === 'ENOENT' || code === 'ENOTDIR') return new Set();
    throw error;
  }
}
