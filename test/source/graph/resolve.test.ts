import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { NO_IMPORT_MAP, readImportMap } from '../../../src/source/graph/import-map.ts';
import { resolveImport } from '../../../src/source/graph/resolve.ts';

function resolve(specifier: string, importer = 'mod.ts', map?: JsonObject, base?: string): unknown {
  const importMap = readImportMap(map);
  if (typeof importMap === 'string') throw new Error(importMap);
  const resolution = resolveImport(specifier, importer, { importMap, base });
  if (resolution.kind === 'module')
    return resolution.candidates.length === 1 ? resolution.candidates[0] : resolution.candidates;
  if (resolution.kind === 'node') return `node:${resolution.name}`;
  return resolution.kind === 'sdk' ? 'sdk' : resolution;
}

describe('resolveImport() of an own module gives', () => {
  test.each<[specifier: string, importer: string, expected: unknown]>([
    ['./util.ts', 'mod.ts', 'util.ts'],
    ['./lib/util.ts', 'mod.ts', 'lib/util.ts'],
    ['../util.ts', 'lib/a.ts', 'util.ts'],
    ['./../lib/./b.ts', 'lib/a.ts', 'lib/b.ts'],
    ['.//util.ts', 'mod.ts', 'util.ts'],
    ['./ü €.ts', 'mod.ts', 'ü €.ts'],
    ['./100%.ts', 'mod.ts', '100%.ts'],
    ['./a%2e%2e/x.ts', 'mod.ts', 'a%2e%2e/x.ts'],
    ['./util.js', 'mod.ts', ['util.js', 'util.ts', 'util.tsx']],
    ['./util.mjs', 'mod.ts', ['util.mjs', 'util.mts']],
    ['./data.json', 'mod.ts', 'data.json'],
    ['@aitbc/plugins/sdk', 'mod.ts', 'sdk'],
    ['https://example.com/a.ts#part', 'mod.ts', 'https://example.com/a.ts'],
    ['HTTPS://EXAMPLE.com:443/a/../b.ts', 'mod.ts', 'https://example.com/b.ts'],
    ['http://localhost:8080/a.ts', 'mod.ts', 'http://localhost:8080/a.ts'],
    ['node:path', 'mod.ts', 'node:path'],
    ['node:fs/promises', 'mod.ts', 'node:fs/promises'],
    ['events', 'mod.ts', 'node:events'],
  ])('%s in %s', (specifier, importer, expected) => {
    expect(resolve(specifier, importer)).toEqual(expected);
  });

  test('a stem or a folder as candidates, the name as written first', () => {
    expect(resolve('./util')).toEqual([
      'util',
      'util.ts',
      'util.tsx',
      'util.mts',
      'util.js',
      'util.jsx',
      'util.mjs',
      'util.json',
      'util/index.ts',
      'util/index.tsx',
      'util/index.js',
      'util/index.jsx',
    ]);
    expect(resolve('..', 'lib/a.ts')).toEqual(['index.ts', 'index.tsx', 'index.js', 'index.jsx']);
  });
});

describe('resolveImport() of a foreign module gives', () => {
  test.each([
    ['./b.ts', 'https://example.com/lib/a.ts', 'https://example.com/lib/b.ts'],
    ['../../../b', 'https://example.com/lib/a.ts', 'https://example.com/b'],
    ['/v1/b.js?x=1', 'https://example.com/lib/a.ts', 'https://example.com/v1/b.js?x=1'],
    ['//cdn.example/b.js', 'https://example.com/lib/a.ts', 'https://cdn.example/b.js'],
    ['@aitbc/plugins/sdk', 'https://example.com/lib/a.ts', 'sdk'],
  ])('%s in %s', (specifier, importer, expected) => {
    expect(resolve(specifier, importer)).toEqual(expected);
  });
});

describe('resolveImport() refuses', () => {
  test.each<[specifier: string, why: RegExp, importer?: string]>([
    ['../x.ts', /above the root/],
    ['./../../x.ts', /above the root/, 'lib/a.ts'],
    ['/etc/passwd', /begins with "\/"/],
    ['.\\util.ts', /with "\/"/],
    ['./a.ts?v=1', /no query/],
    ['./https:/example.com/a.ts', /like a URL/],
    ['./a\u0000.ts', /control character/],
    ['./a\ud800.ts', /control character/],
    [`./${'a'.repeat(2_000)}.ts`, /too long/],
    ['./%2e%2E/x.ts', /not a plain path/],
    ['./a/.%2e/x.ts', /not a plain path/],
    ['file:///etc/passwd', /cannot come from "file:"/],
    ['file:///etc/passwd', /cannot come from "file:"/, 'https://example.com/a.ts'],
    ['data:text/javascript,1', /cannot come from "data:"/],
    ['blob:https://example.com/1', /cannot come from "blob:"/],
    ['javascript:1', /cannot come from/],
    ['https://user:pass@example.com/a.ts', /user name or password/],
    ['npm:', /no name of a package/],
    ['npm:zod@git+https://example.com/x', /neither a range|no name|subpath/],
    ['npm:zod@4/a/../../b', /subpath/],
    ['jsr:@std/path', /"jsr:" packages are not supported/],
    ['node:net', /do not have "node:net"/],
    ['http', /do not have "node:http"/],
    ['child_process', /do not have "node:child_process"/],
    ['node:constructor', /do not have/],
    ['@aitbc/plugins', /the SDK alone/],
    ['plugin://host/a.ts', /has a host/],
    ['plugin:///%2e%2e%2fa.ts', /not a plain path/],
    ['plugin:///%ff.ts', /not UTF-8/],
  ])('%s', (specifier, why, importer = 'mod.ts') => {
    expect(resolve(specifier, importer)).toEqual(
      expect.objectContaining({ kind: 'denied', why: expect.stringMatching(why) as string }),
    );
  });
});

test.each(['zod', '__proto__', '', '#x'])(
  'resolveImport() leaves the bare name "%s" to a package.json',
  (specifier) => {
    expect(resolve(specifier, 'mod.ts')).toMatchObject({
      kind: 'bare',
      otherwise: { kind: 'denied', why: 'no import map names it' },
    });
  },
);

test.each([
  ['npm:zod', { name: 'zod', range: 'latest', subpath: '.' }],
  ['npm:@a/b@^1 || >=3 <4/lib/x.js', { name: '@a/b', range: '^1 || >=3 <4', subpath: './lib/x.js' }],
  ['npm:zod/v4', { name: 'zod', range: 'latest', subpath: './v4' }],
])('resolveImport() makes a request of "%s"', (specifier, request) => {
  expect(resolve(specifier, 'mod.ts')).toEqual({ kind: 'package', request });
});

test('resolveImport() of a plugin at a URL makes what leads above its root a foreign module', () => {
  expect(resolve('../shared/x.ts', 'mod.ts', undefined, 'https://example.com/plugins/greeter/')).toBe(
    'https://example.com/plugins/shared/x.ts',
  );
  expect(resolve('./x.ts', 'mod.ts', undefined, 'https://example.com/plugins/greeter/')).toBe('x.ts');
});

describe('resolveImport() with an import map', () => {
  const map: JsonObject = {
    imports: {
      zod: 'https://esm.example/zod@4/index.js',
      'std/': 'https://std.example/v1/',
      'std/fs/': 'https://fs.example/',
      '~/': './src/',
      './swap.ts': './other.ts',
      blocked: null,
      'node:crypto': './crypto.ts',
      'https://old.example/': 'https://new.example/',
      '@scope/a b': './@dir/a b.ts',
      later: 'npm:later@1',
    },
    scopes: {
      'https://esm.example/': { zod: 'https://esm.example/other.js' },
      './vendor/': { zod: './vendor/zod.ts' },
      './vendor/deep/': { zod: './vendor/deep/zod.ts' },
    },
  };
  test.each<[specifier: string, importer: string, expected: unknown]>([
    ['zod', 'mod.ts', 'https://esm.example/zod@4/index.js'],
    ['zod', 'vendor/x.ts', 'vendor/zod.ts'],
    ['zod', 'vendor/deep/x.ts', 'vendor/deep/zod.ts'],
    ['zod', 'https://esm.example/x.js', 'https://esm.example/other.js'],
    ['std/path.ts', 'mod.ts', 'https://std.example/v1/path.ts'],
    ['std/fs/a.ts', 'mod.ts', 'https://fs.example/a.ts'],
    ['~/util.ts', 'lib/a.ts', 'src/util.ts'],
    ['./swap.ts', 'mod.ts', 'other.ts'],
    ['../swap.ts', 'lib/a.ts', 'other.ts'],
    ['node:crypto', 'mod.ts', 'crypto.ts'],
    ['https://old.example/a.js', 'mod.ts', 'https://new.example/a.js'],
    ['@scope/a b', 'mod.ts', '@dir/a b.ts'],
    ['./b.ts', 'mod.ts', 'b.ts'],
    ['later', 'mod.ts', { kind: 'package', request: { name: 'later', range: '1', subpath: '.' } }],
    ['later', 'https://a.example/x.js', { kind: 'package', request: { name: 'later', range: '1', subpath: '.' } }],
  ])('%s in %s', (specifier, importer, expected) => {
    expect(resolve(specifier, importer, map)).toEqual(expected);
  });

  test.each([
    ['blocked', /blocks it/],
    ['std/../../../x', /blocks it/],
  ])('refuses %s', (specifier, why) => {
    expect(resolve(specifier, 'mod.ts', map)).toEqual(
      expect.objectContaining({ why: expect.stringMatching(why) as string }),
    );
  });

  test('cannot replace the SDK', () => {
    expect(resolve('@aitbc/plugins/sdk', 'mod.ts', { imports: { '@aitbc/plugins/sdk': './evil.ts' } })).toBe('sdk');
  });
});

describe('readImportMap() says what is wrong with', () => {
  test.each<[string, JsonObject, RegExp]>([
    ['imports that are a list', { imports: [] }, /"imports" is not an object/],
    ['scopes that are a text', { scopes: 'x' }, /"scopes" is not an object/],
    ['an address that is a number', { imports: { a: 1 } }, /neither a text nor null/],
    ['a bare address', { imports: { a: 'b' } }, /neither a URL nor a path/],
    ['a prefix without its slash', { imports: { 'a/': './b' } }, /must end with "\/"/],
    ['an empty key', { imports: { '': './b' } }, /key is empty/],
    ['a scope that is a text', { scopes: { './a/': 'x' } }, /is not an object/],
    [
      'too many entries',
      { imports: Object.fromEntries(Array.from({ length: 2_001 }, (_, i) => [`a${i}`, './b'])) },
      /more than 2000/,
    ],
    ['a JSX source that is no text', { jsxImportSource: 1 }, /not a text/],
  ])('%s', (_, map, expected) => {
    expect(readImportMap(map)).toMatch(expected);
  });

  test('nothing when there is none', () => {
    expect(readImportMap(undefined)).toBe(NO_IMPORT_MAP);
  });
});
