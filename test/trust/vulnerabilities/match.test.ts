import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/trust/vulnerabilities/match.ts';
import { readRecord, type Advisory } from '../../../src/trust/vulnerabilities/record.ts';
import { LODASH, record } from '../../support/osv.ts';

function advisory(affected: object): Advisory {
  const [first] = readRecord({
    ...record('GHSA-1', 'a', []),
    affected: [{ package: { ecosystem: 'npm', name: 'a' }, ...affected }],
  }).advisories;
  if (first === undefined) throw new Error('no advisory');
  return first;
}
const range = (...events: object[]): object => ({ ranges: [{ type: 'SEMVER', events }] });

describe('judge()', () => {
  const between = range({ introduced: '1.0.0' }, { fixed: '1.2.0' }, { introduced: '2.0.0' }, { fixed: '2.3.1' });
  it.each([
    ['before the first', between, '0.9.9', false],
    ['where it was introduced', between, '1.0.0', true],
    ['before the fix', between, '1.1.9', true],
    ['at the fix', between, '1.2.0', false],
    ['between two', between, '1.9.0', false],
    ['in the second', between, '2.3.0', true],
    ['after all', between, '3.0.0', false],
    ['a prerelease of the fix', between, '1.2.0-rc.1', true],
    ['a prerelease of the first', between, '1.0.0-beta', false],
    ['the first prerelease there is', range({ introduced: '0' }, { fixed: '1.0.0' }), '0.0.0-0', true],
    ['events in any order', range({ fixed: '1.2.0' }, { introduced: '0' }), '1.1.0', true],
    ['ten after nine', range({ introduced: '0' }, { fixed: '1.10.0' }), '1.9.0', true],
    ['without an end', range({ introduced: '1.0.0' }), '99.0.0', true],
    ['at the last that is affected', range({ introduced: '0' }, { last_affected: '1.5.0' }), '1.5.0', true],
    ['after it', range({ introduced: '0' }, { last_affected: '1.5.0' }), '1.5.1', false],
    ['before a limit', range({ introduced: '1.0.0' }, { limit: '2.0.0' }), '1.9.9', true],
    ['at a limit', range({ introduced: '1.0.0' }, { limit: '2.0.0' }), '2.0.0', false],
    ['no limit', range({ introduced: '1.0.0' }, { limit: '*' }), '9.0.0', true],
    ['a version by its name', { versions: ['1.0.0-odd', '7.7.7'] }, '7.7.7', true],
    ['another than these', { versions: ['7.7.7'] }, '7.7.8', false],
    [
      'a version by its name, outside of the range',
      { ...range({ introduced: '9.0.0' }), versions: ['1.0.0'] },
      '1.0.0',
      true,
    ],
    [
      'one of two ranges',
      {
        ranges: [
          { type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '0.5.0' }] },
          { type: 'ECOSYSTEM', events: [{ introduced: '1.0.0' }] },
        ],
      },
      '1.1.0',
      true,
    ],
    [
      'ranges of commits say nothing',
      { versions: ['1.0.0'], ranges: [{ type: 'GIT', repo: 'https://x', events: [{ introduced: '0' }] }] },
      '2.0.0',
      false,
    ],
  ])('%s', (_, affected, version, expected) => {
    expect(judge(advisory(affected), version).affected).toBe(expected);
  });

  it('names the first version that is free of it', () => {
    expect(judge(advisory(between), '2.1.0')).toEqual({ affected: true, fixed: ['2.3.1'] });
    expect(judge(advisory(between), '1.1.0')).toEqual({ affected: true, fixed: ['1.2.0'] });
    expect(judge(advisory(range({ introduced: '0' })), '1.1.0')).toEqual({ affected: true, fixed: [] });
    const [lodash] = readRecord(LODASH).advisories;
    expect(judge(lodash as Advisory, '4.17.20')).toEqual({ affected: true, fixed: ['4.17.21'] });
  });

  it.each([
    ['an event of no known kind', range({ introduced: '0' }, { mended: '1.0.0' })],
    ['two events in one', range({ introduced: '0', fixed: '1.0.0' })],
    ['a version that is none', range({ introduced: '0' }, { fixed: 'soon' })],
    ['a range that begins nowhere', range({ fixed: '1.0.0' })],
    ['a range of an unknown type', { ranges: [{ type: 'DATES', events: [{ introduced: '0' }] }] }],
    ['no versions at all', {}],
    ['commits alone', { ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] }],
    ['events that are no list', { ranges: [{ type: 'SEMVER', events: 'all' }] }],
  ])('cannot say it, and does not say no, with %s', (_, affected) => {
    expect(judge(advisory(affected), '0.5.0')).toMatchObject({ affected: 'unknown' });
  });

  it('says yes for a version that is named beside a range that cannot be read', () => {
    const odd = advisory({ versions: ['1.0.0'], ranges: [{ type: 'DATES' }] });
    expect(judge(odd, '1.0.0')).toMatchObject({ affected: true });
    expect(judge(odd, '1.0.1')).toMatchObject({ affected: 'unknown' });
  });
});
