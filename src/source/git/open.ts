import { findEntry } from '../entry.ts';
import { createForeignReader, offline, type ForeignReader } from '../foreign.ts';
import { openLazily } from '../lazy.ts';
import { isForeign } from '../module-id.ts';
import type { GitSpecifier } from '../specifier.ts';
import type { GitPin, ModuleId, Origin, SourceContext } from '../types.ts';
import { openRepository, type Repository } from './repository.ts';

/** Resolves the ref to its commit, and opens that. */
export function openGit(spec: GitSpecifier, context: SourceContext): Promise<Origin> {
  return open(spec, undefined, undefined, context);
}

/** Opens the commit that the lock names, at the first read; no ref is asked for. */
export function openLockedGit(spec: GitSpecifier, pin: GitPin, entry: ModuleId, context: SourceContext): Origin {
  const known = { source: spec.text, resolved: resolvedOf(spec.url, pin), git: pin, entry };
  return openLazily(known, () => open(spec, pin, entry, context));
}

export function resolvedOf(url: string, { commit, folder }: GitPin): string {
  return `git+${url}#${commit}${folder === '' ? '' : `:${folder}`}`;
}

async function open(
  spec: GitSpecifier,
  pin: GitPin | undefined,
  entry: ModuleId | undefined,
  context: SourceContext,
): Promise<Origin> {
  if (context.offline && spec.transport !== 'file') throw offline(pin ? `${spec.url}#${pin.commit}` : spec.text);
  const foreign = createForeignReader(context);
  try {
    const repository = await openRepository(spec, pin?.commit, foreign.client, context);
    return await openFolder({ repository, spec, folder: pin?.folder ?? spec.folder, entry, foreign }, context);
  } catch (error) {
    await foreign.close();
    throw error;
  }
}

export interface RepositoryFolder {
  readonly repository: Repository;
  readonly spec: GitSpecifier;
  readonly folder: string;
  readonly entry: ModuleId | undefined;
  readonly foreign: ForeignReader;
}

/** A plugin in a folder of a commit. Closing it closes repository and reader; so does a failure, the repository. */
export async function openFolder(
  { repository, spec, folder, entry, foreign }: RepositoryFolder,
  context: SourceContext,
): Promise<Origin> {
  const source = spec.text;
  const { commit, base } = repository;
  try {
    const { maxModuleBytes, maxModules } = context.config;
    const files = await repository.tree(folder, { maxBytes: maxModuleBytes, maxFiles: maxModules });
    const exists = files.exists;
    const found =
      entry ??
      (await findEntry(source, { exists, read: async (id) => ((await exists(id)) ? files.read(id) : undefined) }));
    const own = spec.transport === 'file' ? undefined : base;
    return {
      source,
      resolved: resolvedOf(base, { commit, folder }),
      git: { commit, folder },
      entry: found,
      base: undefined,
      read: async (id, options = {}) =>
        isForeign(id) ? foreign.read(id, options, own) : { bytes: await files.read(id) },
      list: () => files.list(),
      close: async () => {
        await Promise.all([foreign.close(), repository.close()]);
      },
    };
  } catch (error) {
    await repository.close();
    throw error;
  }
}
