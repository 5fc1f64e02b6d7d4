import type { HttpClient } from '../http/types.ts';
import type { GitSpecifier } from '../specifier.ts';
import type { SourceContext } from '../types.ts';
import { resolveRef } from './refs.ts';
import { openTree, type TreeFiles, type TreeLimits } from './tree.ts';

/** One commit of a repository. */
export interface Repository {
  readonly commit: string;
  /** Where the repository is, after redirects. */
  readonly base: string;
  /** ERR_SOURCE_NOT_FOUND where the commit has no such folder. */
  tree(folder: string, limits: TreeLimits): Promise<TreeFiles>;
  close(): Promise<void>;
}

/** Fetches a commit, or what the specifier's ref means now. Close what it gives. */
export async function openRepository(
  spec: GitSpecifier,
  commit: string | undefined,
  client: () => Promise<HttpClient>,
  context: SourceContext,
): Promise<Repository> {
  const source = spec.text;
  // Loaded when a repository is asked for: a start from lock and cache evaluates no git.
  const { chooseRemote } = await import('./remotes.ts');
  const remote = await chooseRemote(spec, context, client);
  const wanted = commit ?? spec.ref;
  const isCommit = wanted !== undefined && /^[0-9a-f]{40}$/.test(wanted);
  const found = isCommit ? wanted : resolveRef(source, await remote.refs(), wanted);
  const store = await remote.fetch(found);
  return {
    commit: found,
    base: remote.base(),
    tree: (folder, limits) => openTree(store, source, found, folder, limits),
    close: () => store.close(),
  };
}
