import type { Loader } from '../../loader/types.ts';
import { lacksText } from '../../registry/lacks.ts';
import type { Release } from '../../registry/types.ts';
import { oneLine } from '../output.ts';
import { permissionLines } from '../permissions.ts';
import { registryData, registryNote, releaseData } from '../registry-text.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

const SHOWN = 20;

/** `aitbc plugin info <name>` of a plugin that is not installed: what a registry says of it. */
export async function offers({ output, progress, signal }: Session, loader: Loader, name: string): Promise<number> {
  const { newest, registry, releases, range } = await loader.offers(name, { signal });
  progress.clear();
  output.data({
    installed: false,
    name: newest.name,
    registry: registryData(registry),
    newest: releaseData(newest),
    versions: releases.map(({ release, unfit }) => ({
      version: release.version,
      published: release.published,
      compatible: unfit === undefined,
      unfit,
      yanked: release.yanked,
    })),
  });
  const note = registryNote(registry);
  if (note !== undefined) output.note(output.style('yellow', note, 'stderr'));
  const row = (label: string, text: string | undefined): void => {
    if (text !== undefined && text !== '') output.line(`${label.padEnd(12)} ${oneLine(text)}`);
  };
  output.line(output.style('bold', `${newest.name} ${newest.version}`));
  row('about', newest.description);
  row('state', 'not installed');
  row('registry', `${registry.name} (${registry.url})`);
  row('', lacksText(registry.lacks));
  row('author', newest.author);
  row('publisher', publisherText(newest));
  row('license', newest.license);
  row('repository', newest.repository);
  row('tags', newest.tags.join(', '));
  row('interfaces', newest.interfaces?.join(', '));
  row('depends on', newest.dependencies?.join(', '));
  const asked = newest.permissions === undefined ? ['the index does not say'] : permissionLines(newest.permissions);
  for (const [index, line] of asked.entries()) row(index === 0 ? 'asks for' : '', line);
  output.line();
  const rows = releases
    .slice(0, SHOWN)
    .map(({ release, unfit }) => [
      oneLine(release.version, 40),
      release.published?.slice(0, 10) ?? '-',
      oneLine(unfit ?? 'fits this host', 300),
    ]);
  for (const line of table(['VERSION', 'PUBLISHED', 'HERE'], rows, output.columns)) output.line(line);
  if (releases.length > SHOWN) output.line(`and ${releases.length - SHOWN} older ones`);
  output.line();
  const wanted = range === '*' ? name : name.replace(/@.*$/, `@${range}`);
  output.line(`aitbc plugin add ${/\s|[<>|*]/.test(wanted) ? `'${wanted}'` : wanted}`);
  return 0;
}

/** What the registry claims; the signature is verified when the plugin is added. */
function publisherText({ publisher, signer }: Release): string | undefined {
  if (publisher === undefined && signer === undefined) return undefined;
  return `${[publisher, signer === undefined ? undefined : `(${signer})`].filter(Boolean).join(' ')}, as the registry says`;
}
