import type { Severity } from '../../config/types.ts';
import { plural } from '../../core/text.ts';
import { findingsFrom, openGaps } from '../../trust/vulnerabilities/policy.ts';
import type { Assessment, Finding, Unchecked } from '../../trust/vulnerabilities/types.ts';
import { oneLine, type Output } from '../output.ts';
import { errorData, errorLines } from '../report-error.ts';
import type { Session } from '../session.ts';
import { findingLine, reasonLines, sourceText } from '../vulnerabilities.ts';

/** What could not be checked fails where nobody reads the output. */
const UNCHECKED = 3;

/**
 * `aitbc plugin audit [plugins…]`: looks up what is in the programs of what is locked. Exits with 1 for what is found from `level`
 * on, with 3 for what could not be checked in CI or with --frozen, with the error's own for a plugin that is refused.
 */
export async function audit(session: Session, names: readonly string[], level: Severity | undefined): Promise<number> {
  const { output, progress, run } = session;
  const config = await session.config();
  const loader = await session.loader(config);
  const report = await loader.audit({ ...(names.length === 0 ? {} : { names }), signal: session.signal });
  progress.clear();
  const from = level ?? config.trust?.vulnerabilities?.block ?? 'low';
  const { assessments, source } = report;
  const refused = [...report.refused.values()];
  const counted = assessments.flatMap((assessment) => findingsFrom(assessment, from));
  const gaps = assessments.flatMap((assessment) => openGaps(assessment));
  const strict = run.ci || run.frozen;
  const isUnchecked = gaps.length > 0 || refused.length > 0;
  const found = assessments.some(({ result }) => result === 'vulnerable');
  const result = found ? 'vulnerable' : isUnchecked ? 'unchecked' : 'clean';
  const status = counted.length > 0 ? 1 : (refused[0]?.exitCode ?? (gaps.length > 0 && strict ? UNCHECKED : 0));
  output.data({
    result,
    complete: !isUnchecked,
    level: from,
    source,
    plugins: assessments,
    refused: refused.map(errorData),
  });

  for (const assessment of assessments) for (const line of assessmentLines(assessment, output)) output.line(line);
  for (const error of refused) for (const line of errorLines(error, output)) output.error(line);
  output.line(oneLine(sourceText(source), 1_000));
  output.line(summaryOf(assessments, { counted, gaps, from, refused: refused.length }));
  if (isUnchecked) output.line(strict ? 'Not all could be checked: that fails here.' : 'Not all could be checked.');
  return status;
}

function assessmentLines(
  { plugin, version, findings, unchecked, checked, result }: Assessment,
  output: Output,
): string[] {
  const style = ({ vulnerable: 'red', unchecked: 'yellow', clean: 'green' } as const)[result];
  const lines = [
    `${output.style(style, result)}  ${oneLine(`${plugin} ${version}`)}  (${plural(checked, 'package')} looked up)`,
  ];
  const below = (texts: readonly string[]): void => texts.forEach((text) => lines.push(`      ${text}`));
  for (const finding of findings) {
    lines.push(`  ${output.style(finding.ignored === undefined ? 'red' : 'gray', findingLine(finding))}`);
    below(detailsOf(finding));
  }
  for (const gap of unchecked) {
    lines.push(
      `  ${output.style(gap.ignored === undefined ? 'yellow' : 'gray', 'not checked')}  ${oneLine(gap.what, 600)}`,
    );
    below([oneLine(gap.why, 600), ...reasonLines(gap)]);
  }
  return lines;
}

function detailsOf(finding: Finding): string[] {
  const { aliases, summary, chain, plugin } = finding;
  return [
    ...(summary === '' ? [] : [oneLine(summary)]),
    ...(aliases.length === 0 ? [] : [oneLine(`also ${aliases.join(', ')}`)]),
    oneLine(`by ${[plugin, ...chain].join(' > ')}`, 1_000),
    ...reasonLines(finding),
  ];
}

function summaryOf(
  assessments: readonly Assessment[],
  {
    counted,
    gaps,
    from,
    refused,
  }: { counted: readonly Finding[]; gaps: readonly Unchecked[]; from: Severity; refused: number },
): string {
  const ignored = assessments
    .flatMap(({ findings }) => findings)
    .filter((finding) => finding.ignored !== undefined).length;
  const parts = [
    `${counted.length === 0 ? 'none' : counted.length} from ${from} on`,
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
    ...(gaps.length > 0 ? [`${gaps.length} not checked`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
  ];
  return `${plural(assessments.length, 'plugin')}: ${parts.join(', ')}.`;
}
