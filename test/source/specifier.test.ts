import { describe, expect, test } from 'vitest';
import { isPluginError } from '../../src/core/errors.ts';
import { parseSpecifier, sameSource } from '../../src/source/specifier.ts';
import { caught } from '../support/errors.ts';

const context = { root: '/work/app', home: '/home/ann', allowInsecure: ['mirror.lan', 'other.lan:8080'] };
const parse = (text: string) => parseSpecifier(text, context);
const COMMIT = 'a'.repeat(40);
const DIGEST = `sha256:${'b'.repeat(64)}`;

describe('parseSpecifier() reads', () => {
  const forms: readonly (readonly [text: string, expected: Record<string, unknown>])[] = [
    ['./plugins/greeter', { kind: 'path', path: '/work/app/plugins/greeter', normal: './plugins/greeter' }],
    ['./plugins//greeter/', { kind: 'path', path: '/work/app/plugins/greeter', normal: './plugins/greeter' }],
    ['  ./mod.ts ', { kind: 'path', path: '/work/app/mod.ts', text: './mod.ts' }],
    ['.', { kind: 'path', path: '/work/app', normal: '.' }],
    ['../shared/mod.ts', { kind: 'path', path: '/work/shared/mod.ts', normal: '../shared/mod.ts' }],
    ['/opt/aitbc/mod.ts', { kind: 'path', path: '/opt/aitbc/mod.ts', normal: '/opt/aitbc/mod.ts' }],
    ['/work/app/mod.ts', { kind: 'path', normal: './mod.ts' }],
    ['~/x', { kind: 'path', path: '/home/ann/x', normal: '~/x' }],
    ['~', { kind: 'path', path: '/home/ann', normal: '~/' }],
    ['file:///opt/a%20b/mod.ts', { kind: 'path', path: '/opt/a b/mod.ts', normal: '/opt/a b/mod.ts' }],
    ['https://Example.com:443/a/../mod.ts?v=1', { kind: 'url', url: 'https://example.com/mod.ts?v=1' }],
    ['http://127.0.0.1:80/mod.ts', { kind: 'url', url: 'http://127.0.0.1/mod.ts' }],
    ['http://[::1]:8080/mod.ts', { kind: 'url', url: 'http://[::1]:8080/mod.ts' }],
    ['http://localhost:1/plugin.tgz', { kind: 'url', url: 'http://localhost:1/plugin.tgz' }],
    ['http://mirror.lan:81/mod.ts', { kind: 'url' }],
    ['http://other.lan:8080/mod.ts', { kind: 'url' }],
    [
      'git+https://host/repo.git',
      { kind: 'git', transport: 'https', url: 'https://host/repo.git', ref: undefined, folder: '' },
    ],
    ['git+https://host/repo.git#v1.2', { ref: 'v1.2', folder: '', normal: 'git+https://host/repo.git#v1.2' }],
    [
      'git+https://host/repo.git#feature/x:a/b/',
      { ref: 'feature/x', folder: 'a/b', normal: 'git+https://host/repo.git#feature/x:a/b' },
    ],
    ['git+https://host/repo.git#:./a', { ref: undefined, folder: 'a', normal: 'git+https://host/repo.git#:a' }],
    [`git+https://host/repo.git#${COMMIT.toUpperCase()}`, { ref: COMMIT }],
    ['git+http://localhost:8/repo', { transport: 'http', url: 'http://localhost:8/repo' }],
    [
      'git+ssh://git@host:2222/o/repo.git#main',
      { transport: 'ssh', url: 'ssh://git@host:2222/o/repo.git', ref: 'main' },
    ],
    ['git+file:///srv/repo.git#main:x', { transport: 'file', url: 'file:///srv/repo.git', ref: 'main', folder: 'x' }],
    [
      'github:owner/repo#main:plugin',
      { transport: 'https', url: 'https://github.com/owner/repo.git', ref: 'main', folder: 'plugin' },
    ],
    [
      'oci://GHCR.io/acme/greeter:1.0',
      {
        kind: 'oci',
        host: 'ghcr.io',
        repository: 'acme/greeter',
        reference: '1.0',
        url: 'https://ghcr.io',
        normal: 'oci://ghcr.io/acme/greeter:1.0',
      },
    ],
    ['oci://docker.io/acme/greeter', { reference: 'latest', normal: 'oci://docker.io/acme/greeter:latest' }],
    [`oci://ghcr.io/a/b:1@${DIGEST}`, { reference: DIGEST, normal: `oci://ghcr.io/a/b@${DIGEST}` }],
    ['oci://localhost:5000/x:1', { host: 'localhost:5000', url: 'http://localhost:5000' }],
    ['oci://[::1]:5000/x:1', { host: '[::1]:5000', url: 'http://[::1]:5000' }],
    ['oci://other.lan:8080/x', { url: 'http://other.lan:8080' }],
    ['oci://other.lan/x', { url: 'https://other.lan' }],
    ['github:owner/repo', { normal: 'git+https://github.com/owner/repo.git' }],
  ];
  test.each(forms)('%s', (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });

  test.each(forms)('%s with a stable normal form', (text) => {
    const once = parse(text);
    const again = parse(once.normal);
    expect(again.normal).toBe(once.normal);
    expect(sameSource(once, again)).toBe(true);
  });
});

describe('parseSpecifier() refuses', () => {
  const refusals: readonly (readonly [text: string, state: RegExp, hint: RegExp])[] = [
    ['', /empty/, /docs/],
    ['   ', /empty/, /docs/],
    ['./a\u0000b', /control character/, /docs/],
    ['C:\\plugins\\greeter', /Windows path/, /\.\//],
    ['.\\plugins\\greeter', /Windows path/, /\.\/plugins\/greeter/],
    ['./plugins\\greeter', /Windows path/, /\.\/plugins\/greeter/],
    ['plugins\\greeter', /Windows path/, /\.\/plugins\/greeter/],
    ['plugins/greeter', /begins with/, /\.\/plugins\/greeter/],
    ['mod.ts', /begins with/, /\.\/mod\.ts/],
    ['htps://example.com/mod.ts', /htps/, /https:\/\/example\.com\/mod\.ts/],
    ['httpss://example.com/mod.ts', /httpss/, /https:\/\/example\.com\/mod\.ts/],
    ['ftp://example.com/mod.ts', /ftp/, /./],
    ['data:text/javascript,1', /data:/, /docs/],
    ['javascript:1', /javascript:/, /docs/],
    ['git@github.com:owner/repo.git', /short form/, /git\+ssh:\/\/git@github\.com\/owner\/repo\.git/],
    ['ssh://git@host/repo.git', /git repositories/, /git\+ssh:\/\/git@host\/repo\.git/],
    ['git://host/repo.git', /encryption/, /git\+https:\/\/host\/repo\.git/],
    ['https://host/repo.git', /git repository/, /git\+https:\/\/host\/repo\.git/],
    ['https://host/folder/', /folder/, /mod\.ts/],
    ['https://host/mod.ts#x', /fragment/, /https:\/\/host\/mod\.ts$/],
    ['http://example.com/mod.ts', /loopback/, /allow_insecure/],
    ['http://other.lan/mod.ts', /loopback/, /allow_insecure/],
    ['http://127.0.0.1.evil.example/mod.ts', /loopback/, /https/],
    ['https://', /not a URL/, /https/],
    ['git+https://host/repo.git#--upload-pack=x', /not a name/, /#<ref>/],
    ['git+https://host/repo.git#a..b', /not a name/, /#<ref>/],
    ['git+https://host/repo.git#x:../y', /leads out/, /docs/],
    ['git+ssh://-oProxyCommand=x/repo', /host/, /git\+ssh/],
    ['git+ssh://git:pw@host/repo', /password/, /key/],
    ['git+ext::sh -c x', /https, ssh and file/, /git\+https/],
    ['git+file://host/repo', /file: URL/, /git\+file:\/\/\//],
    ['file://host/mod.ts', /file: URL/, /file:\/\/\//],
    ['github:owner', /owner\/repository/, /github:owner\/repository/],
    ['npm:@zod', /no name of a package/, /npm:<name>@<range>/],
    ['npm:zod@file:x', /neither a range/, /npm:<name>@<range>/],
    ['npm:zod@4/../x', /subpath/, /npm:<name>@<range>/],
    ['npm:../x', /no name of a package/, /npm:<name>@<range>/],
    ['oci:ghcr.io/a/b:1', /not oci:\/\/ and a host/, /write oci:\/\/ghcr\.io\/a\/b:1$/],
    ['oci://ghcr.io', /no repository/, /oci:\/\/<host>\/<repository>/],
    ['oci://ghcr.io/', /not the name of a repository/, /oci:\/\/<host>/],
    ['oci://acme/greeter:1', /not the host of a registry/, /oci:\/\/docker\.io\/acme\/greeter:1/],
    ['oci://ghcr.io/Acme/Greeter:1', /not the name of a repository/, /lower case: acme\/greeter/],
    ['oci://ghcr.io/a/../b', /not the name of a repository/, /oci:\/\/<host>/],
    ['oci://ghcr.io/a/b:1/2', /not a tag/, /<tag>/],
    ['oci://ghcr.io/a/b:-x', /not a tag/, /<tag>/],
    ['oci://ghcr.io/a/b@sha256:abc', /64 hex digits/, /sha256:<digest>/],
    ['oci://ghcr.io/a/b@sha512:abc', /64 hex digits/, /sha256:<digest>/],
    ['oci://ghcr.io/a/b?x', /no query/, /<tag>/],
    ['oci://ghcr.io/a/b#main', /no query and no fragment/, /<tag>/],
    ['oci://gh_cr.io/a/b', /not a host/, /<host>/],
    ['oci://ghcr.io:99999/a/b', /not a host/, /<host>/],
    ['oic://ghcr.io/a/b', /no scheme is called oic/, /oci:\/\/ghcr\.io\/a\/b/],
    ['docker://ghcr.io/a/b:1', /another scheme/, /oci:\/\/ghcr\.io\/a\/b:1/],
    ['ghcr.io/a/b:1', /container tools/, /oci:\/\/ghcr\.io\/a\/b:1/],
    ['localhost:5000/b:1', /container tools/, /oci:\/\/localhost:5000\/b:1/],
    ['greeter@', /no range/, /greeter@\^1/],
    ['greeter@latest', /no range of versions/, /greeter for the newest/],
    ['greeter@^1@2', /no range of versions/, /greeter@\^1/],
    ['registry:greeter', /names no plugin/, /registry:<registry>\/<name>@<range>/],
    ['registry:acme/a/b', /names no plugin/, /registry:<registry>\/<name>@<range>/],
    ['registry:-x/greeter', /names no plugin/, /registry:<registry>\/<name>@<range>/],
    [`${'g'.repeat(65)}@1`, /names no plugin/, /name@range/],
    ['@scope/name', /begin with npm:/, /npm:@scope\/name/],
  ];
  test.each(refusals)('%j', (text, state, hint) => {
    const error = caught(() => parse(text));
    expect(error.code).toBe('ERR_SPECIFIER');
    expect(error.message).toMatch(state);
    expect(error.hint).toMatch(hint);
  });

  test.each([
    'https://ann:s3cret@host/mod.ts',
    'https://s3cret@host/mod.ts',
    'git+https://x:s3cret@host/r.git',
    'https://a:s3cret@@h/x',
    'oci://ann:s3cret@ghcr.io/a/b:1',
  ])('credentials without showing them: %s', (text) => {
    const error = caught(() => parse(text));
    expect(error.code).toBe('ERR_SPECIFIER');
    expect(`${error.message} ${error.hint}`).not.toContain('s3cret');
    expect(error.hint).toContain('AITBC_TOKENS');
  });
});

test('sameSource() tells the same thing in two spellings from two things', () => {
  const same = (a: string, b: string): boolean => sameSource(parse(a), parse(b));
  expect(same('./x', '/work/app/x')).toBe(true);
  expect(same('../y', '/work/y')).toBe(true);
  expect(same('~/x', '/home/ann/x')).toBe(true);
  expect(same('github:o/r', 'git+https://github.com/o/r.git')).toBe(true);
  expect(same('https://h/a.ts', 'https://H:443/b/../a.ts')).toBe(true);
  expect(same('./x', './y')).toBe(false);
  expect(same('github:o/r#a', 'github:o/r#b')).toBe(false);
  expect(same('https://h/a.ts', 'https://h/a.ts?1')).toBe(false);
});

test('parseSpecifier() gives one normal form, or ERR_SPECIFIER, for whatever it is given', () => {
  // A fixed seed: the same 20,000 texts in every run.
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed % below;
  };
  const heads = [
    './',
    '../',
    '/',
    '~/',
    '',
    'file:///',
    'https://h.example/',
    'http://127.0.0.1/',
    'git+https://h.example/',
    'git+ssh://git@H/',
    'git+ssh://h:22/',
    'git+file:///',
    'github:o/',
    'npm:',
    'x:',
  ];
  const parts = [
    'a',
    'B',
    '.',
    '..',
    '/',
    '#',
    ':',
    '%20',
    '%2e',
    '%2F',
    '%',
    ' ',
    'é',
    '@',
    '?',
    '\\',
    '~',
    '-',
    '.git',
    '.ts',
    '\u202e',
    '%00',
    'w',
    'refs/',
    '&',
  ];
  const wrong: string[] = [];
  let parsed = 0;
  for (let round = 0; round < 20_000; round++) {
    const tail = Array.from({ length: random(8) }, () => parts[random(parts.length)]!);
    const text = heads[random(heads.length)]! + tail.join('');
    const spec = attempt(text, wrong);
    if (spec === undefined) continue;
    parsed++;
    const again = attempt(spec.normal, wrong);
    if (again?.normal !== spec.normal || !sameSource(spec, again)) wrong.push(`${text} -> ${spec.normal}`);
  }
  expect(wrong).toEqual([]);
  expect(parsed).toBeGreaterThan(5_000);
});

function attempt(text: string, wrong: string[]): ReturnType<typeof parse> | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (!isPluginError(error, 'ERR_SPECIFIER')) wrong.push(`${text}: ${String(error)}`);
    return undefined;
  }
}
