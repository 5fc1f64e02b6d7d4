/**
 * Adds a version to a registry. Guarantees that a version that is published keeps its content for ever, and that the same content
 * may be published again without effect. Trusts that the publication says what its files are.
 */
import { PluginError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { indexEntryOf, type Publication } from './entry.ts';
import { changeRegistry, readIndexFile, type RegistryFolder, type WrittenFile } from './folder.ts';
import { findEntry, nextIndex } from './index-text.ts';

export type Published = 'added' | 'unchanged';

/** ERR_REGISTRY for a version that is there with another content. `dryRun`: what it would do. */
export function publish(
  to: RegistryFolder,
  publication: Publication,
  files: readonly WrittenFile[],
  dryRun: boolean,
): Promise<Published> {
  const { entry, published } = publication;
  const { name, version } = entry.metadata;
  return (dryRun ? previewRegistry : changeRegistry)(to, async (before) => {
    const known = findEntry(before.plugins, name, version);
    if (known !== undefined) {
      assertSame(known, publication, to);
      return { next: undefined, files: [], result: 'unchanged' as const };
    }
    const added = indexEntryOf(publication);
    return { next: nextIndex(before, [...before.plugins, added], published), files, result: 'added' as const };
  });
}

const previewRegistry: typeof changeRegistry = async ({ index }, change) =>
  (await change(await readIndexFile(index))).result;

/** What a plugin is, is its `integrity`; an entry without one has the bytes alone to tell. */
function assertSame(known: JsonObject, { entry, checksum }: Publication, { index }: RegistryFolder): void {
  const { integrity } = known;
  if (integrity === undefined ? known['checksum'] === checksum : integrity === entry.integrity) return;
  const { name, version } = entry.metadata;
  throw new PluginError(
    'ERR_REGISTRY',
    `Cannot publish "${name}@${version}": it is published already, with another content`,
    {
      hint: 'A version never changes: raise the version of the plugin. To keep others from this one: `aitbc plugin yank`',
      details: {
        index,
        published: textOf(integrity ?? known['checksum']),
        new: integrity === undefined ? checksum : entry.integrity,
      },
    },
  );
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
