import { describe, expect, test } from 'vitest';
import type { HostFacts } from '../../src/contract/compatibility.ts';
import { parseIndex } from '../../src/registry/index-format.ts';
import { pickRelease } from '../../src/registry/resolve-name.ts';
import type { NamedReleases } from '../../src/registry/types.ts';
import { caught } from '../support/errors.ts';
import { indexEntry, indexOf, type IndexEntry } from '../support/registry.ts';

const host: HostFacts = { version: '1.5.0', platform: 'linux', arch: 'x64' };

type Versions = readonly (readonly [version: string, more?: IndexEntry])[];

function releases(...versions: Versions): NamedReleases {
  const entries = versions.map(([version, more]) => indexEntry('greeter', version, { bytes: '', at: 'x.tgz' }, more));
  const index = parseIndex(new TextEncoder().encode(indexOf(entries)), 'acme');
  const registry = { name: 'acme', url: './acme' };
  const read = { ...index, registry, base: './acme', fetched: new Date(), stale: undefined };
  return { name: 'greeter', index: read, releases: index.plugins.get('greeter') ?? [] };
}
const hosts = (min: string, max: string): IndexEntry => ({
  compatibility: { min_aitbc_version: min, max_aitbc_version: max },
});

describe('pickRelease()', () => {
  const cases: readonly (readonly [string, Versions, string, string])[] = [
    ['the newest in the range', [['1.0.0'], ['1.2.0'], ['2.0.0']], '^1', '1.2.0'],
    ['the newest of all', [['1.0.0'], ['2.0.0'], ['10.0.0']], '*', '10.0.0'],
    ['an exact version', [['1.0.0'], ['1.2.0']], '1.0.0', '1.0.0'],
    ['no prerelease that is not named', [['1.0.0'], ['2.0.0-rc.1']], '*', '1.0.0'],
    ['a prerelease that is named', [['1.0.0'], ['2.0.0-rc.1']], '2.0.0-rc.1', '2.0.0-rc.1'],
    ['none that was yanked', [['1.0.0'], ['1.1.0', { yanked: true }]], '^1', '1.0.0'],
    ['none that is too new for the host', [['1.0.0'], ['1.1.0', hosts('2.0.0', '3.0.0')]], '*', '1.0.0'],
    ['none that is too old for the host', [['1.0.0'], ['1.1.0', hosts('1.0.0', '1.4.9')]], '*', '1.0.0'],
    ['bounds that the host is at', [['1.0.0', hosts('1.5.0', '1.5.0')]], '*', '1.0.0'],
    ['none for another platform', [['1.0.0'], ['1.1.0', { platforms: ['win32', 'linux-arm64'] }]], '*', '1.0.0'],
    ['one for this processor', [['1.0.0'], ['1.1.0', { platforms: ['linux-x64'] }]], '*', '1.1.0'],
  ];
  test.each(cases)('chooses %s', (_, versions, range, expected) => {
    expect(pickRelease(releases(...versions), { range, host }).version).toBe(expected);
  });

  test('keeps a version that is locked and was yanked since, while it is in the range', () => {
    const named = releases(['1.0.0', { yanked: 'it leaks' }]);
    expect(pickRelease(named, { range: '^1', host, locked: '1.0.0' }).version).toBe('1.0.0');
    expect(caught(() => pickRelease(named, { range: '^2', host, locked: '1.0.0' })).code).toBe('ERR_SOURCE_NOT_FOUND');
  });

  test('says which versions there are', () => {
    const error = caught(() => pickRelease(releases(['1.0.0'], ['1.1.0']), { range: '^2', host }));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', hint: 'it has 1.1.0, 1.0.0; correct the range' });
  });

  test('says of each version why it does not fit', () => {
    const named = releases(
      ['1.0.0', hosts('9.0.0', '9.9.9')],
      ['1.1.0', { platforms: ['darwin'] }],
      ['1.2.0', { yanked: 'it\u001b[2Jleaks' }],
    );
    const error = caught(() => pickRelease(named, { range: '^1', host }));
    expect(error.code).toBe('ERR_INCOMPATIBLE');
    expect(error.hint?.split('\n')).toEqual([
      '1.2.0: it was yanked: it\\u{1b}[2Jleaks',
      '1.1.0: it supports darwin, this is linux-x64',
      '1.0.0: it needs version 9.0.0 of the host or newer, this is 1.5.0',
    ]);
  });

  test('says that all are yanked', () => {
    const error = caught(() => pickRelease(releases(['1.0.0', { yanked: true }]), { range: '*', host }));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', hint: '1.0.0: it was yanked' });
  });
});
