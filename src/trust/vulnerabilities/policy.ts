import type { Severity, VulnerabilityConfig } from '../../config/types.ts';
import { PluginError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { isAtLeast } from './severity-order.ts';
import type { Assessment, Finding, Unchecked } from './types.ts';

/** What was found at this level or above it, and is not ignored. */
export function findingsFrom({ findings }: Assessment, level: Severity): Finding[] {
  return findings.filter(({ ignored, severity }) => ignored === undefined && isAtLeast(severity, level));
}

export function openGaps({ unchecked }: Assessment): Unchecked[] {
  return unchecked.filter(({ ignored }) => ignored === undefined);
}

/** ERR_VULNERABLE from `block` on, ERR_UNCHECKED where `unchecked: refuse` stands: before a plugin is locked. */
export function assertNotVulnerable(assessment: Assessment, config: VulnerabilityConfig, now: Date = new Date()): void {
  const { plugin } = assessment;
  const found = config.block === undefined ? [] : findingsFrom(assessment, config.block);
  const [first] = found;
  if (first !== undefined) {
    const more = found.length > 1 ? `, and ${found.length - 1} more` : '';
    throw new PluginError(
      'ERR_VULNERABLE',
      `Cannot lock "${plugin}": ${first.package}@${first.version} in it has ${first.id} (${first.severity})${more}`,
      {
        plugin,
        details: {
          ...Object.fromEntries(found.slice(0, 20).map((finding) => [finding.id, findingText(finding)])),
          block: config.block ?? 'none',
        },
        hint: `${remedy(first)} If you accept it for a time, put this into the config:
trust:
  vulnerabilities:
    ignore:
      - { id: ${first.id}, plugin: ${plugin}, reason: "<why>", expires: "${inDays(now, 30)}" }`,
      },
    );
  }
  const [gap, ...others] = config.unchecked === 'refuse' ? openGaps(assessment) : [];
  if (gap === undefined) return;
  throw new PluginError(
    'ERR_UNCHECKED',
    `Cannot lock "${plugin}": whether it is vulnerable could not be checked: ${printable(gap.why, { max: 400 })}`,
    {
      plugin,
      details: { 'not checked': gap.what, ...(others.length > 0 ? { more: others.length } : {}) },
      hint: `See \`aitbc plugin audit\`. trust.vulnerabilities.unchecked asks for this${gap.id === undefined ? '.' : '; an entry of ignore accepts it for a time.'}`,
    },
  );
}

/** `lodash@4.17.20 (high), fixed in 4.17.21; expired 2026-01-01` */
function findingText({ package: name, version, severity, fixed, expired, chain }: Finding): string {
  const parts = [`${name}@${version}, ${severity}`];
  if (fixed.length > 0) parts.push(`fixed in ${fixed.join(', ')}`);
  if (chain.length > 1) parts.push(`by ${chain[0] ?? ''}`);
  if (expired !== undefined) parts.push(`ignored until ${expired.expires}`);
  return parts.join('; ');
}

function remedy({ package: name, fixed, chain }: Finding): string {
  if (fixed.length === 0) return `No version of ${name} is known to be free of it.`;
  const by = chain.length > 1 ? ', or a version of what imports it that does,' : '';
  return `Use ${name} ${fixed.join(' or ')}${by} or later.`;
}

function inDays(now: Date, days: number): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}
