import { PluginError } from '../../core/errors.ts';
import type { SearchHit } from '../../registry/search.ts';
import { oneLine } from '../output.ts';
import { registryData, registryNote, releaseData } from '../registry-text.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

export interface SearchCommandOptions {
  readonly tag?: string;
  readonly registry?: string;
  readonly limit: string;
}

/** `aitbc plugin search [text…]` */
export async function search(
  session: Session,
  words: readonly string[],
  { tag, registry, limit }: SearchCommandOptions,
): Promise<number> {
  const { output } = session;
  if (!/^[1-9]\d{0,5}$/.test(limit)) {
    throw new PluginError('ERR_USAGE', `Cannot show "${limit}" plugins: it is no number`, {
      hint: 'write --limit 100',
    });
  }
  const config = await session.config({ begin: true });
  const loader = await session.loader(config);
  const { hits, registries } = await loader.search(words.join(' '), { tag, registry, signal: session.signal });
  session.progress.clear();
  const shown = hits.slice(0, Number(limit));
  output.data({
    total: hits.length,
    plugins: shown.map(({ release, registry: from, unfit, shadowedBy }) => ({
      ...releaseData(release),
      registry: from,
      unfit,
      shadowedBy,
    })),
    registries: registries.map(registryData),
  });
  for (const state of registries) {
    const note = registryNote(state);
    if (note !== undefined) output.note(output.style('yellow', note, 'stderr'));
  }
  if (hits.length === 0) {
    output.line('No plugin of the registries has all of that.');
    return 0;
  }
  const rows = shown.map((hit) => [
    nameOf(hit),
    oneLine(hit.release.version, 40),
    oneLine(hit.release.publisher ?? '-', 40),
    oneLine(hit.registry.name, 40),
    about(hit),
  ]);
  const lines = table(['NAME', 'VERSION', 'PUBLISHER', 'REGISTRY', 'ABOUT'], rows, output.columns);
  for (const line of lines) output.line(line);
  if (shown.length < hits.length) output.line(`${hits.length - shown.length} more: --limit ${hits.length}`);
  return 0;
}

/** As `plugin add` takes it. */
function nameOf({ release, registry, shadowedBy }: SearchHit): string {
  return shadowedBy === undefined ? release.name : `registry:${registry.name}/${release.name}`;
}

function about({ release, unfit }: SearchHit): string {
  return oneLine(unfit === undefined ? release.description : `(${unfit}) ${release.description}`, 300);
}
