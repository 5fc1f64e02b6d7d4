import { describe, expect, test } from 'vitest';
import { MAX_INDEX_BYTES, parseIndex } from '../../src/registry/index-format.ts';
import { caught } from '../support/errors.ts';
import { indexEntry, indexOf, type IndexEntry } from '../support/registry.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string) => parseIndex(bytes(text), 'acme');
const entry = (more: IndexEntry = {}, name = 'greeter', version = '1.0.0'): IndexEntry =>
  indexEntry(name, version, { bytes: 'x', at: 'greeter.tgz' }, more);
const other = `sha256:${'0'.repeat(64)}`;

describe('parseIndex()', () => {
  test("loads the specification's format as it is", () => {
    const index = parse(
      JSON.stringify({
        plugins: [
          {
            name: 'agent-cli',
            version: '1.2.0',
            description: 'Agent management',
            author: 'AITBC Team',
            license: 'MIT',
            repository: 'https://github.com/aitbc/agent-cli',
            download_url: 'https://github.com/aitbc/agent-cli/releases/agent-cli-1.2.0.tgz',
            checksum: other,
            tags: ['cli', 'agent'],
            compatibility: { min_aitbc_version: '0.1.0', max_aitbc_version: '2.0.0' },
          },
        ],
      }),
    );
    expect(index.plugins.get('agent-cli')).toEqual([
      {
        name: 'agent-cli',
        version: '1.2.0',
        description: 'Agent management',
        author: 'AITBC Team',
        license: 'MIT',
        repository: 'https://github.com/aitbc/agent-cli',
        downloadUrl: 'https://github.com/aitbc/agent-cli/releases/agent-cli-1.2.0.tgz',
        checksum: other,
        tags: ['cli', 'agent'],
        compatibility: { min_aitbc_version: '0.1.0', max_aitbc_version: '2.0.0' },
      },
    ]);
  });

  test('takes over what we add to it, and nothing that it does not know', () => {
    const more = {
      dependencies: ['wallet@^1'],
      permissions: { net: [{ value: 'api.example.com', reason: 'rates' }] },
      interfaces: ['cli'],
      platforms: ['linux-x64'],
      kind: 'component',
      integrity: other,
      published: '2026-11-01T10:00:00Z',
      signer: `key:${other}`,
      publisher: 'acme',
      size: 7,
      yanked: 'it leaks',
    };
    const { plugins, serial, generated } = parse(
      indexOf([{ ...entry(more), trusted: true, constructor: 'x' }], {
        serial: 4,
        generated: '2026-11-02T00:00:00.5Z',
        admin: true,
      }),
    );
    const [release] = plugins.get('greeter') ?? [];
    const { platforms, ...same } = more;
    expect(release).toMatchObject({ ...same, compatibility: { supported_platforms: platforms } });
    expect(Object.keys(release ?? {})).not.toContain('trusted');
    expect({ serial, generated }).toEqual({ serial: 4, generated: '2026-11-02T00:00:00.5Z' });
  });

  test('sorts versions newest first, and takes one that stands twice in the same words once', () => {
    const versions = ['1.0.0', '1.10.0', '1.9.0', '2.0.0-rc.1', '1.0.0'];
    const { plugins } = parse(indexOf(versions.map((version) => entry({}, 'greeter', version))));
    expect(plugins.get('greeter')?.map(({ version }) => version)).toEqual(['2.0.0-rc.1', '1.10.0', '1.9.0', '1.0.0']);
  });

  test('knows a yanked version by true and by a reason', () => {
    const yanked = (value: unknown) => parse(indexOf([entry({ yanked: value })])).plugins.get('greeter')?.[0]?.yanked;
    expect([yanked(true), yanked('why'), yanked(false)]).toEqual(['', 'why', undefined]);
  });

  test('takes names of Object.prototype for names', () => {
    const { plugins } = parse(indexOf([entry({}, 'constructor'), entry({}, 'toString')]));
    expect([...plugins.keys()]).toEqual(['constructor', 'toString']);
    expect(plugins.get('valueOf')).toBeUndefined();
  });
});

describe('parseIndex() refuses the whole of', () => {
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    ['what is no JSON', () => '{"plugins":[', /line 1, column 13: the text ends too early/],
    ['a web page', () => '<!doctype html>', /not JSON/],
    ['a list', () => '[]', /its index must be object/],
    ['an index without plugins', () => '{}', /lacks "plugins"/],
    ['a key twice', () => '{"plugins":[],"plugins":[]}', /stands twice/],
    ['__proto__', () => '{"plugins":[{"__proto__":{"name":"x"}}]}', /"__proto__" is not allowed/],
    ['deep nesting', () => `{"plugins":[],"x":${'['.repeat(10_000)}`, /nested deeper than 16/],
    ['100,000 entries', () => `{"plugins":[${'{},'.repeat(99_999)}{}]}`, /plugins must NOT have more than 50000 items/],
    ['an entry that is no object', () => indexOf([7 as never]), /plugins\[0\] must be object/],
    ['an entry without a checksum', () => indexOf([entry({ checksum: undefined })]), /plugins\[0\] lacks "checksum"/],
    ['an md5', () => indexOf([entry(), entry({ checksum: 'md5:abc' })]), /plugins\[1\]\.checksum must match/],
    ['a checksum in capitals', () => indexOf([entry({ checksum: other.toUpperCase() })]), /checksum must match/],
    ['a name with a slash', () => indexOf([entry({}, '../x')]), /plugins\[0\]\.name must match/],
    ['a name with an escape', () => indexOf([entry({}, 'a\u001b[2J')]), /plugins\[0\]\.name must match/],
    ['a name of 65 letters', () => indexOf([entry({}, 'a'.repeat(65))]), /name must NOT have more than 64/],
    [
      'a range as version',
      () => indexOf([entry({}, 'greeter', '^1.0.0')]),
      /plugins\[0\]\.version is no version: "\^1/,
    ],
    ['a version with a v', () => indexOf([entry({}, 'greeter', 'v1.0.0')]), /is no version/],
    ['a number as version', () => indexOf([entry({ version: 1 })]), /version must be string/],
    ['a download with a blank', () => indexOf([entry({ download_url: 'a b.tgz' })]), /download_url must match/],
    ['a download with a backslash', () => indexOf([entry({ download_url: '..\\x.tgz' })]), /download_url must match/],
    [
      'a wrong bound',
      () => indexOf([entry({ compatibility: { min_aitbc_version: '1' } })]),
      /min_aitbc_version is no version/,
    ],
    ['a bound that is a list', () => indexOf([entry({ compatibility: [] })]), /compatibility must be object/],
    ['tags that are a text', () => indexOf([entry({ tags: 'x' })]), /tags must be array/],
    ['65 tags', () => indexOf([entry({ tags: Array.from({ length: 65 }, () => 'x') })]), /tags must NOT have more/],
    ['a wrong dependency', () => indexOf([entry({ dependencies: ['a@b@c'] })]), /neither name nor name@range/],
    ['a dependency on itself', () => indexOf([entry({ dependencies: ['greeter'] })]), /names the plugin itself/],
    ['unknown permissions', () => indexOf([entry({ permissions: { root: ['x'] } })]), /permissions must NOT have/],
    ['a time that is none', () => indexOf([entry({ published: '2026-13-41T00:00:00Z' })]), /published is no time/],
    [
      'a time of another zone',
      () => indexOf([entry({ published: '2026-01-01T00:00:00+02:00' })]),
      /published must match/,
    ],
    ['a negative size', () => indexOf([entry({ size: -1 })]), /size must be >= 0/],
    ['a serial that is a text', () => indexOf([], { serial: '7' }), /serial must be integer/],
    [
      'two contents of one version',
      () => indexOf([entry(), entry({ checksum: other })]),
      /greeter@1\.0\.0 has two contents/,
    ],
    [
      'two contents of one version that differ in build metadata',
      () => indexOf([entry({}, 'greeter', '1.0.0+a'), entry({ checksum: other }, 'greeter', '1.0.0+b')]),
      /greeter@1\.0\.0\+b has two contents/,
    ],
    [
      'two entries of one version',
      () => indexOf([entry(), entry({ yanked: true })]),
      /greeter@1\.0\.0 has two entries/,
    ],
    [
      'names that differ in case',
      () => indexOf([entry(), entry({}, 'Greeter')]),
      /"greeter" and "Greeter" differ in case/,
    ],
  ];
  test.each(cases)('%s', (_, text, state) => {
    const error = caught(() => parse(text()));
    expect(error.code).toBe('ERR_REGISTRY');
    expect(error.message).toMatch(/^Cannot use the registry "acme": /);
    expect(error.message).toMatch(state);
    expect(error.message).not.toContain('\u001b');
  });

  test('what is not UTF-8, and what is larger than 32 MiB', () => {
    expect(caught(() => parseIndex(Uint8Array.of(0x7b, 0xff), 'acme')).message).toContain('not UTF-8');
    expect(caught(() => parseIndex(new Uint8Array(MAX_INDEX_BYTES + 1), 'acme')).message).toContain('larger than');
  });
});
