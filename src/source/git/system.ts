import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPluginError, PluginError } from '../../core/errors.ts';
import { createBatch } from './batch.ts';
import { explainGit, isRefusal } from './explain.ts';
import { runGit, type GitSettings } from './run.ts';
import { withTemporaryFolder } from './temporary.ts';
import type { GitRemote, ObjectStore, RemoteRef } from './types.ts';

const MAX_REFS_BYTES = 32 * 1024 * 1024;

export interface SystemOptions {
  readonly settings: GitSettings;
  /** Milliseconds of one run of git. */
  readonly timeout: number;
  /** Bytes of a pack on disk. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Speaks through the system's git: for ssh and file, and for what is too large to unpack in memory. A repository above
 * `maxBytes` is fetched without its files, which then come one by one as they are read.
 */
export function createSystemRemote(url: string, options: SystemOptions): GitRemote {
  const { settings, timeout, signal } = options;
  const git = (
    args: readonly string[],
    explain = (stderr: string) => explainGit(url, stderr),
    more = {},
  ): Promise<string> => runGit(args, settings, { url, timeout, signal, ...more }, explain);

  const fetchInto = async (folder: string, commit: string, partial: boolean): Promise<void> => {
    await git(['init', '--quiet', '--bare', '--template=', folder]);
    const inFolder = `--git-dir=${folder}`;
    const settingsOf = {
      'remote.origin.url': url,
      ...(partial && { 'remote.origin.promisor': 'true', 'remote.origin.partialclonefilter': 'blob:none' }),
    };
    for (const [key, value] of Object.entries(settingsOf)) await git([inFolder, 'config', key, value]);
    const fetch = [
      inFolder,
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-recurse-submodules',
      ...(partial ? ['--filter=blob:none'] : []),
    ];
    const watch = { watch: () => tooLarge(url, folder, options.maxBytes) };
    const refusal = { refused: false };
    await git(
      [...fetch, '--depth=1', 'origin', commit],
      (stderr) => {
        refusal.refused = isRefusal(stderr);
        return explainGit(url, stderr);
      },
      watch,
    ).catch(async (error: unknown) => {
      if (!refusal.refused) throw error;
      // All that has a name, with its history: the commit is in it or nowhere.
      await git([...fetch, 'origin', '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'], undefined, watch);
    });
    const over = await tooLarge(url, folder, options.maxBytes);
    if (over !== undefined) throw over;
  };

  const fetchStore = (commit: string, partial: boolean): Promise<ObjectStore> =>
    withTemporaryFolder(async (folder, remove) => {
      await fetchInto(folder, commit, partial);
      const batch = createBatch(url, folder, settings, timeout);
      return {
        object: (oid, maxBytes) => batch.object(oid, maxBytes),
        close: async () => {
          batch.close();
          await remove();
        },
      };
    });

  return {
    async refs() {
      return parseRefs(await git(['ls-remote', '--quiet', '--', url], undefined, { maxOutput: MAX_REFS_BYTES }));
    },
    async fetch(commit) {
      try {
        return await fetchStore(commit, false);
      } catch (error) {
        if (!isPluginError(error, 'ERR_SOURCE_TOO_LARGE')) throw error;
        return fetchStore(commit, true);
      }
    },
  };
}

function parseRefs(output: string): RemoteRef[] {
  const refs = new Map<string, { name: string; oid: string; peeled?: string }>();
  for (const line of output.split('\n')) {
    const [oid, name] = line.split('\t');
    if (oid === undefined || name === undefined) continue;
    if (name.endsWith('^{}')) {
      const tag = refs.get(name.slice(0, -3));
      if (tag !== undefined) tag.peeled = oid;
    } else refs.set(name, { name, oid });
  }
  return [...refs.values()];
}

async function tooLarge(url: string, folder: string, maxBytes: number): Promise<PluginError | undefined> {
  const packs = join(folder, 'objects/pack');
  let size = 0;
  for (const name of await readdir(packs).catch(() => [])) {
    // A temporary pack may be renamed between the two calls.
    size += await stat(join(packs, name)).then(
      (facts) => facts.size,
      () => 0,
    );
  }
  if (size <= maxBytes) return undefined;
  return new PluginError(
    'ERR_SOURCE_TOO_LARGE',
    `Cannot fetch "${url}": the repository is larger than ${maxBytes} bytes`,
    {
      hint: 'raise "max_archive" of fetch in the config if the repository is right',
    },
  );
}
