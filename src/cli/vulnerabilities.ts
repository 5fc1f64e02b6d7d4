import { plural } from '../core/text.ts';
import type { Assessment, Finding, SourceState, Unchecked } from '../trust/vulnerabilities/types.ts';
import { oneLine } from './output.ts';

/** Where it was looked up, and how old that is. */
export function sourceText(source: SourceState, now: Date = new Date()): string {
  if (source.kind === 'api') return `Looked up at ${source.url}.`;
  if (source.kind === 'none') return `Nothing was looked up: ${source.why}.`;
  const { newest, imported, records } = source.info;
  const age = `${ageText(newest, now)} old (newest record ${newest.slice(0, 10)}, imported ${imported.slice(0, 10)})`;
  return `Looked up in the local database, ${plural(records, 'record')}, ${age}.`;
}

export function ageText(since: string, now: Date): string {
  const hours = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 3_600_000));
  return hours < 48 ? plural(hours, 'hour') : plural(Math.floor(hours / 24), 'day');
}

/** `GHSA-… (high 7.2) lodash@4.17.20: fixed in 4.17.21` */
export function findingLine({ id, severity, score, package: name, version, fixed }: Finding): string {
  const word = severityText(severity);
  const how = score === undefined ? word : `${word} ${score.toFixed(1)}`;
  const until = fixed.length === 0 ? 'no version is free of it' : `fixed in ${fixed.join(', ')}`;
  return oneLine(`${id} (${how}) ${name}@${version}: ${until}`);
}

function severityText(severity: Finding['severity']): string {
  return severity === 'unknown' ? 'not rated, counts as critical' : severity;
}

/** In one line, for who decides: what would be locked has these. */
export function assessmentText({ result, findings, unchecked, checked }: Assessment): string {
  const open = findings.filter(({ ignored }) => ignored === undefined);
  const gaps = unchecked.filter(({ ignored }) => ignored === undefined);
  const ignored = findings.length - open.length;
  const parts = [
    ...(open.length > 0 ? [open.map(({ id, severity }) => `${id} (${severityText(severity)})`).join(', ')] : []),
    ...(gaps.length > 0 ? [`not checked: ${gaps.map(({ what, why }) => `${what} (${why})`).join(', ')}`] : []),
    ...(result === 'clean' ? [`none known in ${plural(checked, 'package')}`] : []),
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
  ];
  return parts.join('; ');
}

/** What is under a finding or a gap: who brings it in, and what the config says of it. */
export function reasonLines({ ignored, expired }: Pick<Finding | Unchecked, 'ignored' | 'expired'>): string[] {
  if (ignored !== undefined) return [oneLine(`ignored until ${ignored.expires}: ${ignored.reason}`)];
  return expired === undefined
    ? []
    : [oneLine(`its ignore ended with ${expired.expires}, so it counts again: ${expired.reason}`)];
}
