import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPluginError, PluginError } from '../../core/errors.ts';
import { createBatch } from './batch.ts';
import { explainGit, isRefusal } from './explain.ts';
import { runGit, type GitSettings } from './run.ts';
import { withTemporaryFolder } from './temporary.ts';
import type { GitRemote, ObjectStore, RemoteRef } from './types.ts';

const MAX_REFS_BYTES = 32 * 1024 * 1024;
/** Each name that is fetched is a file. */
const MAX_FILES = 20_000;
/** Where each file holds one object's name. */
const SMALL = /[/\\]refs(?:[/\\]|$)/;

export interface SystemOptions {
  readonly settings: Omit<GitSettings, 'maxBytes'>;
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
  const { timeout, signal } = options;
  const settings: GitSettings = { ...options.settings, maxBytes: options.maxBytes };
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
      const batch = createBatch(url, folder, settings, timeout, () => tooLarge(url, folder, options.maxBytes));
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

/** Looks at all that git has made: packs that are not finished, and the files of names, which a server chooses. */
async function tooLarge(url: string, folder: string, maxBytes: number): Promise<PluginError | undefined> {
  let files = 0;
  let size = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    // What is temporary may be renamed or removed between two looks.
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      files += 1;
      if (files > MAX_FILES) return excess(url, `holds more than ${MAX_FILES} files`);
      if (entry.isDirectory()) folders.push(join(next, entry.name));
      else if (!SMALL.test(next)) size += await sizeOf(join(next, entry.name));
      if (size > maxBytes) return excess(url, `is larger than ${maxBytes} bytes`);
    }
  }
  return undefined;
}

function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (facts) => facts.size,
    () => 0,
  );
}

function excess(url: string, state: string): PluginError {
  return new PluginError('ERR_SOURCE_TOO_LARGE', `Cannot fetch "${url}": the repository ${state}`, {
    hint: 'raise "max_archive" of fetch in the config if the repository is right',
  });
}
