import fs from 'node:fs';
import git from 'isomorphic-git';
import { isPluginError, messageOf, PluginError } from '../../core/errors.ts';
import type { HttpClient } from '../http/types.ts';
import type { SourceProgress } from '../types.ts';
import { createGitTransport, type GitTransport } from './http-transport.ts';
import { checkPack } from './pack.ts';
import { withTemporaryFolder } from './temporary.ts';
import type { GitObjectType, GitRemote, ObjectStore } from './types.ts';

const MAX_REFS_BYTES = 32 * 1024 * 1024;

export interface InProcessOptions {
  /** Bytes of all objects together, unpacked. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly progress: SourceProgress | undefined;
}

/** Speaks git over https in this process: no git need be installed, and every request is our own client's. */
export function createInProcessRemote(
  url: string,
  client: HttpClient,
  options: InProcessOptions,
): GitRemote & { base(): string } {
  const { maxBytes, signal, progress } = options;
  let where = url;
  /** What our own client or checks say went wrong comes before what isomorphic-git makes of it. */
  const speak = async <T>(
    limit: number,
    work: (transport: GitTransport) => Promise<T>,
    explain: (error: unknown) => PluginError,
  ): Promise<T> => {
    const transport = createGitTransport(client, where, { limit, signal, progress });
    try {
      return await work(transport);
    } catch (error) {
      throw transport.failure() ?? (isPluginError(error) ? error : explain(error));
    } finally {
      transport.close();
      where = transport.base();
    }
  };

  return {
    base: () => where,
    async refs() {
      const list = ({ http }: GitTransport) =>
        git.listServerRefs({ http, url: where, peelTags: true, protocolVersion: 2 });
      const found = await speak(MAX_REFS_BYTES, list, (error) => noRepository(url, error));
      return found.map(({ ref, oid, peeled }) => ({ name: ref, oid, peeled }));
    },
    fetch: (commit) =>
      withTemporaryFolder(async (folder, remove) => {
        const common = { fs: guardedFs(url, maxBytes), gitdir: folder, remote: 'origin' };
        await git.init({ ...common, bare: true });
        await git.addRemote({ ...common, url: where });
        const fetch = ({ http }: GitTransport, depth: { depth?: number }) =>
          git.fetch({ ...common, ...depth, http, ref: commit, singleBranch: true, tags: false });
        const shallow = (transport: GitTransport) =>
          fetch(transport, { depth: 1 }).catch((error: unknown) => {
            // An old server that gives histories whole or not at all.
            if (error instanceof git.Errors.RemoteCapabilityError) return fetch(transport, {});
            throw error;
          });
        await speak(maxBytes, shallow, (error) => unreadable(url, error));
        const store = openStore(url, folder, remove);
        // A refusal of the server makes isomorphic-git fetch nothing, and say nothing.
        if ((await store.object(commit, maxBytes)) === undefined) throw refused(url, commit);
        return store;
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

function openStore(url: string, folder: string, remove: () => Promise<void>): ObjectStore {
  const cache = {};
  let closed = false;
  return {
    async object(oid, maxBytes) {
      if (closed) throw new PluginError('ERR_ABORTED', `Cannot fetch "${url}": the source was closed`);
      const found = await git
        .readObject({ fs, gitdir: folder, oid, format: 'content', cache })
        .catch((error: unknown) => {
          if (error instanceof git.Errors.NotFoundError) return undefined;
          throw unreadable(url, error);
        });
      if (found === undefined) return undefined;
      const bytes = new Uint8Array(found.object as Uint8Array);
      if (bytes.byteLength <= maxBytes) return { type: found.type as GitObjectType, bytes };
      throw new PluginError(
        'ERR_SOURCE_TOO_LARGE',
        `Cannot fetch "${url}": object ${oid} is larger than ${maxBytes} bytes`,
        {
          hint: 'raise "max_module" of fetch in the config if the file is right',
        },
      );
    },
    close: () => {
      closed = true;
      return remove();
    },
  };
}

function noRepository(url: string, cause: unknown): PluginError {
  return new PluginError(
    'ERR_SOURCE_NOT_FOUND',
    `Cannot fetch "${url}": no git repository answers there (${messageOf(cause).slice(0, 200)})`,
    {
      hint: 'name the address that git clone takes',
      cause,
    },
  );
}

function unreadable(url: string, cause: unknown): PluginError {
  return new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${url}": its answer cannot be read (${messageOf(cause)})`, {
    hint: 'try again; if it stays so, the server is broken',
    cause,
  });
}

/** `retryable`: the system's git speaks a protocol in which servers give commits that no branch or tag leads to. */
function refused(url: string, commit: string): PluginError {
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot fetch "${url}": the server gives no commit ${commit}`, {
    hint: 'check that the commit was pushed, and is on a branch or a tag; with git installed here other commits may be had too',
    retryable: true,
  });
}
