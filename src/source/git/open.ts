import { findEntry } from '../entry.ts';
import { createForeignReader, offline } from '../foreign.ts';
import { openLazily } from '../lazy.ts';
import { isForeign } from '../module-id.ts';
import type { GitSpecifier } from '../specifier.ts';
import type { GitPin, ModuleId, Origin, SourceContext } from '../types.ts';
import { resolveRef } from './refs.ts';
import { openTree } from './tree.ts';

/** Resolves the ref to its commit, and opens that. */
export function openGit(spec: GitSpecifier, context: SourceContext): Promise<Origin> {
  return open(spec, undefined, undefined, context);
}

/** Opens the commit that the lock names, at the first read; no ref is asked for. */
export function openLockedGit(spec: GitSpecifier, pin: GitPin, entry: ModuleId, context: SourceContext): Origin {
  const known = { source: spec.text, resolved: resolvedOf(spec.url, pin), git: pin, entry };
  return openLazily(known, () => open(spec, pin, entry, context));
}

function resolvedOf(url: string, { commit, folder }: GitPin): string {
  return `git+${url}#${commit}${folder === '' ? '' : `:${folder}`}`;
}

async function open(
  spec: GitSpecifier,
  pin: GitPin | undefined,
  entry: ModuleId | undefined,
  context: SourceContext,
): Promise<Origin> {
  if (context.offline && spec.transport !== 'file') throw offline(pin ? `${spec.url}#${pin.commit}` : spec.text);
  const source = spec.text;
  const foreign = createForeignReader(context);
  let close = (): Promise<void> => foreign.close();
  try {
    // Loaded when a repository is asked for: a start from lock and cache evaluates no git.
    const { chooseRemote } = await import('./remotes.ts');
    const remote = await chooseRemote(spec, context, foreign.client);
    const wanted = pin?.commit ?? spec.ref;
    const isCommit = wanted !== undefined && /^[0-9a-f]{40}$/.test(wanted);
    const commit = isCommit ? wanted : resolveRef(source, await remote.refs(), wanted);
    const store = await remote.fetch(commit);
    close = async () => {
      await Promise.all([foreign.close(), store.close()]);
    };
    const { maxModuleBytes, maxModules } = context.config;
    const folder = pin?.folder ?? spec.folder;
    const files = await openTree(store, source, commit, folder, { maxBytes: maxModuleBytes, maxFiles: maxModules });
    const exists = files.exists;
    const found =
      entry ??
      (await findEntry(source, { exists, read: async (id) => ((await exists(id)) ? files.read(id) : undefined) }));
    const own = spec.transport === 'file' ? undefined : remote.base();
    return {
      source,
      resolved: resolvedOf(remote.base(), { commit, folder }),
      git: { commit, folder },
      entry: found,
      base: undefined,
      read: async (id, options = {}) =>
        isForeign(id) ? foreign.read(id, options, own) : { bytes: await files.read(id) },
      list: () => files.list(),
      close: () => close(),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
