/** Records as OSV publishes them, written by its schema: https://ossf.github.io/osv-schema/ */
export type Osv = Record<string, unknown> & { readonly id: string };

const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString();

/** GHSA-35jh-r3h4-6jhm as it is: a range with a fix. */
export const LODASH: Osv = {
  schema_version: '1.6.0',
  id: 'GHSA-35jh-r3h4-6jhm',
  modified: YESTERDAY,
  published: '2021-05-06T16:05:51Z',
  aliases: ['CVE-2021-23337'],
  summary: 'Command Injection in lodash',
  details: '`lodash` versions prior to 4.17.21 are vulnerable to Command Injection via the template function.',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'lodash', purl: 'pkg:npm/lodash' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '4.17.21' }] }],
    },
  ],
  references: [{ type: 'ADVISORY', url: 'https://nvd.nist.gov/vuln/detail/CVE-2021-23337' }],
  database_specific: { cwe_ids: ['CWE-77', 'CWE-94'], github_reviewed: true, severity: 'HIGH' },
};

export const MINIMIST: Osv = {
  schema_version: '1.6.0',
  id: 'GHSA-xvch-5gv4-984h',
  modified: YESTERDAY,
  aliases: ['CVE-2021-44906'],
  summary: 'Prototype Pollution in minimist',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'minimist', purl: 'pkg:npm/minimist' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '1.0.0' }, { fixed: '1.2.6' }] }],
    },
    {
      package: { ecosystem: 'npm', name: 'minimist', purl: 'pkg:npm/minimist' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '0.2.4' }] }],
    },
  ],
  database_specific: { severity: 'CRITICAL' },
};

/** Says nothing of anything that tests use: a database of it alone knows npm. */
export const OTHER: Osv = record('GHSA-aaaa-bbbb-cccc', 'some-other-package', [{ introduced: '0' }]);

export function record(id: string, name: string, events: readonly object[], more: object = {}): Osv {
  return {
    schema_version: '1.6.0',
    id,
    modified: YESTERDAY,
    summary: `Something in ${name}`,
    affected: [{ package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events }] }],
    database_specific: { severity: 'MODERATE' },
    ...more,
  };
}

/** One record a line. */
export function ndjson(records: readonly Osv[]): string {
  return records.map((item) => `${JSON.stringify(item)}\n`).join('');
}
