import { bytesText, plural } from '../core/text.ts';
import type { LockChange } from '../loader/types.ts';
import type { LockEntry } from '../lock/types.ts';
import type { Review } from '../trust/reviews/read.ts';
import { oneLine, type Output } from './output.ts';
import { grantDigest, permissionLines } from './permissions.ts';
import { signerText } from './signer.ts';
import { assessmentText } from './vulnerabilities.ts';

const MARKS = { added: '+', changed: '~', removed: '-', unchanged: ' ' } as const;
const STYLES = { added: 'green', changed: 'yellow', removed: 'red', unchanged: 'gray' } as const;

/** What becomes of one plugin, for people: version, source, modules and what it asks for; `full`: of an unchanged one, too. */
export function changeLines(change: LockChange, output: Output, full = false): string[] {
  const { kind, before, after } = change;
  const style = (text: string): string => output.style(STYLES[kind], text, 'stderr');
  if (!after) return [style(`${MARKS[kind]} ${change.name} ${before?.metadata.version ?? ''}`.trimEnd())];
  const from = before && before.metadata.version !== after.metadata.version ? `${before.metadata.version} -> ` : '';
  const lines = [style(`${MARKS[kind]} ${change.name} ${from}${after.metadata.version}`)];
  if (kind === 'unchanged' && !full) return lines;
  const row = (label: string, text: string): void => {
    lines.push(`    ${label.padEnd(9)} ${oneLine(text)}`);
  };
  if (kind === 'added' && after.metadata.description !== '') row('about', after.metadata.description);
  row('source', after.source);
  if (after.registry) row('registry', registryText(before, after));
  if (after.resolved !== after.source) row('resolved', after.resolved);
  if (after.git) row('commit', after.git.commit);
  if (before && before.source !== after.source) row('was', before.source);
  row('modules', [modulesText(change), sizeText(change)].filter((text) => text !== '').join(', '));
  row('checksum', after.integrity);
  const isOther = before !== undefined && before.signer !== after.signer;
  if (change.signatures === undefined) {
    row('signer', `${signerText(after)}${isOther ? ` (was: ${signerText(before)})` : ''}`);
  }
  if (change.reviews !== undefined) row('reviews', reviewsText(change.reviews));
  if (change.lessTrust !== undefined) row('trust', `less than before: ${change.lessTrust.state}`);
  if (change.vulnerabilities !== undefined) row('known', assessmentText(change.vulnerabilities));
  if (change.imports !== undefined) row('imports', change.imports.join(', ') || 'nothing');
  const asked = permissionLines(after.permissions);
  const isNew = (line: string): boolean => change.widened.some((wide) => line === wide || line.startsWith(`${wide} (`));
  for (const [index, line] of asked.entries()) {
    row(index === 0 ? 'asks for' : '', `${line}${kind === 'changed' && isNew(line) ? '  (new)' : ''}`);
  }
  for (const wide of change.widened.filter((line) => line.endsWith('(no longer denied)'))) row('', wide);
  return lines;
}

/** The same as data. */
export function changeData(change: LockChange): Record<string, unknown> {
  const { name, kind, before, after, modules, widened } = change;
  return {
    name,
    kind,
    ...(before
      ? {
          before: {
            version: before.metadata.version,
            source: before.source,
            integrity: before.integrity,
            ...signerData(before),
          },
        }
      : {}),
    ...(after
      ? {
          version: after.metadata.version,
          source: after.source,
          resolved: after.resolved,
          ...(after.registry === undefined ? {} : { registry: after.registry }),
          integrity: after.integrity,
          ...signerData(after),
          permissions: after.permissions,
          grant: grantDigest(name, after.permissions),
        }
      : {}),
    modules,
    ...(change.size === undefined ? {} : { size: change.size }),
    ...(change.imports === undefined ? {} : { imports: change.imports }),
    ...(change.reviews === undefined ? {} : { reviews: change.reviews }),
    widened,
    ...(change.lessTrust === undefined ? {} : { lessTrust: change.lessTrust }),
    ...(change.vulnerabilities === undefined ? {} : { vulnerabilities: change.vulnerabilities }),
  };
}

/** `1.2 KiB -> 1.5 KiB` */
function sizeText({ size }: LockChange): string {
  if (size === undefined) return '';
  const { before = size.after, after } = size;
  return before === after ? bytesText(after) : `${bytesText(before)} -> ${bytesText(after)}`;
}

function reviewsText(reviews: readonly Review[]): string {
  if (reviews.length === 0) return 'none';
  return reviews
    .map(({ reviewer, verdict, criteria, base, expires }) => {
      const what = base === undefined ? '' : ` (changes since ${base.version})`;
      return `${reviewer}: ${verdict}, ${criteria.join(', ')}${what}, until ${expires}`;
    })
    .join('; ');
}

function signerData({ signer, signature }: LockEntry): Record<string, unknown> {
  return signer === undefined ? {} : { signer, publisher: signature?.publisher };
}

function registryText(before: LockEntry | undefined, { registry }: LockEntry): string {
  const isOther = before?.registry !== undefined && before.registry.url !== registry?.url;
  return `${registry?.name} (${registry?.url})${isOther ? `, was: ${before.registry?.name} (${before.registry?.url})` : ''}`;
}

function modulesText({ before, after, modules }: LockChange): string {
  const total = plural(Object.keys(after?.modules ?? {}).length, 'module');
  if (!before) return total;
  const parts = [
    [modules.added.length, 'added'],
    [modules.removed.length, 'removed'],
    [modules.changed.length, 'changed'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return told.length === 0 ? total : `${total}: ${told.join(', ')}`;
}
