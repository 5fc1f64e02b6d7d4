import fs from 'node:fs';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { isPluginError, messageOf, PluginError } from '../../core/errors.ts';
import type { HttpClient } from '../http/types.ts';
import { createGitTransport } from './http-transport.ts';
import { checkPack } from './pack.ts';
import { withTemporaryFolder } from './temporary.ts';
import type { GitRemote, ObjectStore } from './types.ts';

const MAX_REFS_BYTES = 32 * 1024 * 1024;

/** Speaks git over https in this process: no git need be installed, and every request is our own client's. */
export function createInProcessRemote(
  url: string,
  client: HttpClient,
  maxBytes: number,
  signal?: AbortSignal,
): GitRemote & { base(): string } {
  const listing = createGitTransport(client, url, MAX_REFS_BYTES, signal);
  return {
    base: listing.base,
    async refs() {
      const found = await git
        .listServerRefs({ http: listing.http, url, peelTags: true, protocolVersion: 2 })
        .catch((error: unknown) => {
          throw isPluginError(error) ? error : noRepository(url, error);
        });
      return found.map(({ ref, oid, peeled }) => ({ name: ref, oid, peeled }));
    },
    fetch: (commit) =>
      withTemporaryFolder(async (folder, remove) => {
        const { http } = createGitTransport(client, listing.base(), maxBytes, signal);
        const guarded = guardedFs(url, maxBytes);
        await git.init({ fs: guarded, gitdir: folder, bare: true });
        const common = { fs: guarded, http, gitdir: folder, url: listing.base(), tags: false };
        try {
          await git.fetch({ ...common, ref: commit, singleBranch: true, depth: 1 });
        } catch (error) {
          throw isPluginError(error) ? error : refused(url, commit, error);
        }
        return openStore(folder, remove);
      }),
  };
}

/** Node's file system, but a pack is checked before it is written: what follows would expand all of it. */
function guardedFs(url: string, maxBytes: number): { promises: typeof fs.promises } {
  const writeFile: typeof fs.promises.writeFile = async (path, data, options) => {
    if (typeof path === 'string' && path.endsWith('.pack') && data instanceof Uint8Array)
      checkPack(url, data, maxBytes);
    return fs.promises.writeFile(path, data, options);
  };
  return { promises: { ...fs.promises, writeFile } };
}

function openStore(folder: string, remove: () => Promise<void>): ObjectStore {
  const cache = {};
  return {
    async object(oid, maxBytes) {
      const found = await git
        .readObject({ fs, gitdir: folder, oid, format: 'content', cache })
        .catch((error: unknown) => {
          if (error instanceof git.Errors.NotFoundError) return undefined;
          throw error;
        });
      if (found === undefined) return undefined;
      const bytes = new Uint8Array(found.object as Uint8Array);
      if (bytes.byteLength > maxBytes) {
        throw new PluginError(
          'ERR_SOURCE_TOO_LARGE',
          `Cannot read object ${oid} of "${join(folder)}": it is larger than ${maxBytes} bytes`,
        );
      }
      return { type: found.type as 'commit' | 'tree' | 'blob' | 'tag', bytes };
    },
    close: remove,
  };
}

function noRepository(url: string, cause: unknown): PluginError {
  return new PluginError(
    'ERR_SOURCE_NOT_FOUND',
    `Cannot fetch "${url}": no git repository answers there (${messageOf(cause)})`,
    {
      hint: 'name the address that git clone takes',
      cause,
    },
  );
}

/** `retryable`: another way to fetch may succeed where the server gives no commit that is not a branch's or tag's. */
function refused(url: string, commit: string, cause: unknown): PluginError {
  return new PluginError(
    'ERR_SOURCE_NOT_FOUND',
    `Cannot fetch "${url}": the server gives no commit ${commit} (${messageOf(cause)})`,
    {
      hint: 'check that the commit was pushed; some servers give tips of branches and tags alone, unless git is installed here',
      cause,
      retryable: true,
    },
  );
}
