import { describe, expect, it } from 'vitest';
import { readRecord } from '../../../src/trust/vulnerabilities/record.ts';
import { LODASH, MINIMIST, record } from '../../support/osv.ts';

describe('readRecord()', () => {
  it('gives one advisory for each affected package, and none of a withdrawn record', () => {
    expect(readRecord(MINIMIST).advisories).toHaveLength(2);
    expect(readRecord({ ...LODASH, withdrawn: '2026-01-01T00:00:00Z' })).toMatchObject({
      withdrawn: true,
      advisories: [],
    });
    expect(readRecord({ ...LODASH, affected: undefined }).advisories).toEqual([]);
  });

  it('keeps what a terminal would act on out of summaries', () => {
    const [advisory] = readRecord({ ...LODASH, summary: '\u001b[2Jall fine\u202e' }).advisories;
    expect(advisory?.summary).toBe('\\u{1b}[2Jall fine\\u{202e}');
  });

  const cvss = (...scores: string[]): object => ({ severity: scores.map((score) => ({ type: 'CVSS_V3', score })) });
  it.each([
    ['CVSS 3.1', cvss('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'), { severity: 'critical', score: 9.8 }],
    ['CVSS 3.0', cvss('CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H'), { severity: 'high', score: 7.5 }],
    [
      'CVSS 4.0',
      cvss('CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N'),
      { severity: 'medium', score: 4.8 },
    ],
    ['CVSS 2', cvss('AV:N/AC:H/Au:N/C:P/I:N/A:N'), { severity: 'low', score: 2.6 }],
    [
      'the worst of two',
      cvss('CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'),
      { severity: 'critical', score: 9.8 },
    ],
    ['the word where there is no vector', { database_specific: { severity: 'MODERATE' } }, { severity: 'medium' }],
    [
      'the word where the vector is not whole',
      { ...cvss('CVSS:3.1/AV:N'), database_specific: { severity: 'LOW' } },
      { severity: 'low' },
    ],
    ['nothing', { database_specific: {} }, { severity: 'unknown' }],
    ['a word of no meaning', { database_specific: { severity: 'NONE' } }, { severity: 'unknown' }],
    ['hostile vectors', { ...cvss('CVSS:3.1/'.repeat(10_000)), database_specific: null }, { severity: 'unknown' }],
    ['malware', { id: 'MAL-2026-1', database_specific: {} }, { severity: 'critical' }],
  ])('rates by %s', (_, more, expected) => {
    const [advisory] = readRecord(record('GHSA-1', 'a', [{ introduced: '0' }], more)).advisories;
    expect(advisory?.rating).toEqual(expected);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['no id', { ...LODASH, id: undefined }],
    ['an id that is a path', { ...LODASH, id: '../../etc/passwd' }],
    ['an id without end', { ...LODASH, id: 'A'.repeat(1_000) }],
    ['no time', { ...LODASH, modified: 'yesterday' }],
    ['a withdrawal that is no time', { ...LODASH, withdrawn: true }],
    ['affected that is no list', { ...LODASH, affected: {} }],
    ['a package without a name', { ...LODASH, affected: [{ package: { ecosystem: 'npm' } }] }],
    ['aliases that are no texts', { ...LODASH, aliases: [{}] }],
    ['more packages than anybody has', { ...LODASH, affected: Array.from({ length: 30_000 }, () => ({})) }],
  ])('throws for %s', (_, value) => {
    expect(() => readRecord(value)).toThrow();
  });
});
