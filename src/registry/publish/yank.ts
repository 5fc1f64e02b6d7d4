import { PluginError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { changeRegistry, type RegistryFolder, type WrittenFile } from './folder.ts';
import { findEntry, nextIndex, type IndexDocument } from './index-text.ts';

export interface Yank {
  readonly name: string;
  readonly version: string;
  /** Undefined: none is given. */
  readonly reason: string | undefined;
  readonly undo: boolean;
  readonly now: string;
}

export interface Yanked {
  readonly entry: JsonObject;
  readonly changed: boolean;
}

/**
 * Marks a version as not for new locks, or takes the mark away. `beside`: what is written with the index, made while nobody else
 * writes. ERR_REGISTRY for a version that the registry does not have.
 */
export function yank(
  to: RegistryFolder,
  wanted: Yank,
  beside: (entry: JsonObject) => Promise<readonly WrittenFile[]>,
): Promise<Yanked> {
  return changeRegistry(to, async (before) => {
    const entry = findEntry(before.plugins, wanted.name, wanted.version);
    if (entry === undefined) throw unknown(wanted, to, before);
    const { yanked: was, ...rest } = entry;
    const mark = wanted.undo ? undefined : (wanted.reason ?? true);
    const next = mark === undefined ? rest : { ...rest, yanked: mark };
    const changed = (was ?? false) !== (mark ?? false);
    const plugins = before.plugins.map((each) => (each === entry ? next : each));
    return {
      next: changed ? nextIndex(before, plugins, wanted.now) : undefined,
      files: await beside(entry),
      result: { entry: next, changed },
    };
  });
}

function unknown(
  { name, version }: Pick<Yank, 'name' | 'version'>,
  { index }: RegistryFolder,
  { plugins }: IndexDocument,
): PluginError {
  const versions = plugins
    .filter((entry) => entry['name'] === name)
    .flatMap(({ version: one }) => (typeof one === 'string' ? [one] : []));
  return new PluginError('ERR_REGISTRY', `Cannot yank "${name}@${version}": ${index} does not have it`, {
    hint: versions.length === 0 ? `it has no "${name}"` : `it has ${versions.join(', ')}`,
  });
}
