import { describe, expect, test } from 'vitest';
import { parseIndex } from '../../src/registry/index-format.ts';
import { search } from '../../src/registry/search.ts';
import type { RegistryAnswer } from '../../src/registry/types.ts';
import { indexEntry, indexOf, type IndexEntry } from '../support/registry.ts';

const host = { version: '1.0.0', platform: 'linux', arch: 'x64' };

function answer(name: string, entries: readonly (readonly [string, string, IndexEntry?])[]): RegistryAnswer {
  const listed = entries.map(([plugin, version, more]) =>
    indexEntry(plugin, version, { bytes: '', at: 'x.tgz' }, { description: '', ...more }),
  );
  const registry = { name, url: `./${name}` };
  const index = parseIndex(new TextEncoder().encode(indexOf(listed)), name);
  return {
    registry,
    index: { ...index, registry, base: registry.url, fetched: new Date(), stale: undefined },
    error: undefined,
  };
}

const names = (answers: readonly RegistryAnswer[], text: string, tag?: string): string[] =>
  search(answers, { text, tag, host }).map(
    ({ release, registry }) => `${registry.name}/${release.name}@${release.version}`,
  );

describe('search()', () => {
  const answers = [
    answer('one', [
      ['talks-about', '1.0.0', { description: 'Something like a Greeter' }],
      ['my-greeter', '1.0.0'],
      ['greeter-pro', '1.0.0', { tags: ['Polite'] }],
      ['greeter', '1.0.0', { publisher: 'acme' }],
      ['wallet', '1.0.0', { author: 'Grace' }],
    ]),
  ];

  test('finds names first, then what the text says; case does not count', () => {
    expect(names(answers, 'GREETER')).toEqual([
      'one/greeter@1.0.0',
      'one/greeter-pro@1.0.0',
      'one/my-greeter@1.0.0',
      'one/talks-about@1.0.0',
    ]);
  });

  test('wants every word, wherever it is: author, publisher, tag', () => {
    expect(names(answers, 'greeter acme')).toEqual(['one/greeter@1.0.0']);
    expect(names(answers, 'grace')).toEqual(['one/wallet@1.0.0']);
    expect(names(answers, 'pro polite')).toEqual(['one/greeter-pro@1.0.0']);
    expect(names(answers, 'greeter wallet')).toEqual([]);
  });

  test('a tag is the whole of one', () => {
    expect(names(answers, '', 'polite')).toEqual(['one/greeter-pro@1.0.0']);
    expect(names(answers, '', 'poli')).toEqual([]);
  });

  test('shows the newest that fits this host, else the newest and why not; leaves out what was yanked', () => {
    const found = search(
      [
        answer('one', [
          ['a', '1.0.0'],
          ['a', '2.0.0', { platforms: ['win32'] }],
          ['b', '1.0.0', { platforms: ['win32'] }],
          ['b', '1.1.0', { platforms: ['win32'], yanked: true }],
          ['c', '1.0.0', { yanked: 'gone' }],
        ]),
      ],
      { text: '', host },
    );
    expect(found.map(({ release, unfit }) => [release.name, release.version, unfit])).toEqual([
      ['a', '1.0.0', undefined],
      ['b', '1.0.0', 'it supports win32, this is linux-x64'],
    ]);
  });

  test('says which plugin a plain name would not mean, whatever its case and whether the earlier one matches', () => {
    const found = search(
      [answer('one', [['greeter', '1.0.0']]), answer('two', [['Greeter', '9.0.0', { tags: ['x'] }]])],
      {
        text: '',
        tag: 'x',
        host,
      },
    );
    expect(found).toMatchObject([{ registry: { name: 'two' }, shadowedBy: 'one' }]);
  });
});
