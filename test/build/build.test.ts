import { describe, expect, test } from 'vitest';
import { build } from '../../src/build/build.ts';
import { buildFiles, execute, type Files, verify } from './support.ts';

async function run(files: Files, entry = 'mod.ts'): Promise<unknown> {
  return (await execute(await buildFiles(files, entry))).default;
}

/** The error of collecting and building; what both find, `add` shows before the lock is written. */
async function failure(files: Files, entry = 'mod.ts'): Promise<unknown> {
  return await buildFiles(files, entry).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function manifest(fields: object): string {
  const metadata = { name: 'test', version: '1.0.0', description: '', author: '', license: 'MIT' };
  return JSON.stringify({ ...metadata, ...fields });
}

const CYCLE = {
  'mod.ts': "import { even } from './even.ts';\nexport default even(10);",
  'even.ts': "import { odd } from './odd.ts';\nexport const even = (n: number): boolean => n === 0 || odd(n - 1);",
  'odd.ts': "import { even } from './even.ts';\nexport const odd = (n: number): boolean => n !== 0 && even(n - 1);",
};

describe('build() makes one script of', () => {
  test.each<[string, Files, unknown, entry?: string]>([
    ['TypeScript', { 'mod.ts': 'enum E { A = 2 }\ntype T = number;\nexport default E.A satisfies T;' }, 2],
    [
      'JavaScript',
      { 'mod.js': "export * from './a.js';\nexport default 1;", 'a.js': 'export const a = 1;' },
      1,
      'mod.js',
    ],
    [
      'relative imports',
      { 'src/mod.ts': "import { a } from '../lib/a.ts';\nexport default a;", 'lib/a.ts': 'export const a = 1;' },
      1,
      'src/mod.ts',
    ],
    [
      './util.js meaning util.ts',
      { 'mod.ts': "import u from './util.js';\nexport default u;", 'util.ts': 'export default 1;' },
      1,
    ],
    [
      './util without an extension',
      { 'mod.ts': "import u from './util';\nexport default u;", 'util.tsx': 'export default 1;' },
      1,
    ],
    ['a folder', { 'mod.ts': "import u from './lib';\nexport default u;", 'lib/index.ts': 'export default 1;' }, 1],
    [
      'JSON',
      { 'mod.ts': "import j, { a } from './j.json';\nexport default [j, a];", 'j.json': '\uFEFF{"a":1}' },
      [{ a: 1 }, 1],
    ],
    [
      'JSON by attribute',
      { 'mod.ts': "import j from './j.data' with { type: 'json' };\nexport default j;", 'j.data': '[1]' },
      [1],
    ],
    [
      'text',
      { 'mod.ts': "import t from './t.md' with { type: 'text' };\nexport default t;", 't.md': '# é\r\n`${x}`' },
      '# é\r\n`${x}`',
    ],
    [
      'code as text',
      {
        'mod.ts': "import t from './a.ts' with { type: 'text' };\nimport { a } from './a.ts';\nexport default [t, a];",
        'a.ts': 'export const a = 1;',
      },
      ['export const a = 1;', 1],
    ],
    [
      'bytes',
      {
        'mod.ts': "import b from './b.bin' with { type: 'bytes' };\nexport default [...b];",
        'b.bin': Uint8Array.of(0, 255, 128),
      },
      [0, 255, 128],
    ],
    [
      'JSX with a pragma',
      {
        'mod.tsx':
          '/** @jsx h */ /** @jsxFrag F */\nconst F = 0; const h = (...a: unknown[]) => a;\nexport default <><b x="1">t</b></>;',
      },
      [0, null, ['b', { x: '1' }, 't']],
      'mod.tsx',
    ],
    [
      'JSX with an import source',
      {
        'mod.jsx': 'export default <b x="1">t</b>;',
        'import_map.json': '{"jsxImportSource":"jsx","imports":{"jsx/":"./my/"}}',
        'my/jsx-runtime.ts': 'export const jsx = (...a: unknown[]) => a;',
      },
      ['b', { x: '1', children: 't' }],
      'mod.jsx',
    ],
    [
      'JSX with an import source of its own',
      {
        'mod.tsx': '/** @jsxRuntime automatic @jsxImportSource jsx */\nexport default <b x="1">t</b>;',
        'import_map.json': '{"imports":{"jsx/":"./my/"}}',
        'my/jsx-runtime.ts': 'export const jsx = (...a: unknown[]) => a;',
      },
      ['b', { x: '1', children: 't' }],
      'mod.tsx',
    ],
    [
      'an import map of plugin.json',
      {
        'mod.ts': "import a from 'lib';\nexport default a;",
        'plugin.json': manifest({ import_map: { imports: { lib: './vendor/lib.ts' } } }),
        'vendor/lib.ts': 'export default 1;',
      },
      1,
    ],
    [
      'an import map beside deno.json',
      {
        'mod.ts': "import a from 'lib';\nexport default a;",
        'deno.json': '{"importMap":"./maps/m.json"}',
        'maps/m.json': '{"imports":{"lib":"./lib.ts"}}',
        'lib.ts': 'export default 1;',
      },
      1,
    ],
    [
      'an import map of deno.json',
      {
        'mod.ts': "import a from 'lib';\nexport default a;",
        'deno.json': '{ // map\n"imports":{"lib":"./lib.ts"}}',
        'lib.ts': 'export default 1;',
      },
      1,
    ],
    [
      'an import map of import_map.json',
      {
        'mod.ts': "import a from 'lib';\nexport default a;",
        'import_map.json': '{"imports":{"lib":"./lib.ts"}}',
        'lib.ts': 'export default 1;',
      },
      1,
    ],
    ['a cycle', CYCLE, true],
    [
      'top-level await',
      {
        'mod.ts': "import { a } from './a.ts';\nexport default a + await Promise.resolve(1);",
        'a.ts': 'export const a = await 1;',
      },
      2,
    ],
    [
      're-exports',
      {
        'mod.ts': "export { a as default } from './a.ts';\nexport * as all from './a.ts';",
        'a.ts': 'export const a = 1;',
      },
      1,
    ],
    [
      'a dynamic import',
      {
        'mod.ts':
          "const log: string[] = ['mod'];\nconst { a } = await import('./a.ts');\nexport default [...log, a, (await import(`./a.ts`)).a];",
        'a.ts': "export const a = 'a';",
      },
      ['mod', 'a', 'a'],
    ],
    [
      'a dynamic import that awaits',
      { 'mod.ts': "export default (await import('./a.ts')).a;", 'a.ts': 'export const a = await Promise.resolve(1);' },
      1,
    ],
    [
      'a dynamic import of JSON',
      { 'mod.ts': "export default (await import('./j.json', { with: { type: 'json' } })).default;", 'j.json': '1' },
      1,
    ],
    [
      'decorators',
      {
        'mod.ts':
          'function twice(f: () => number, _: unknown) { return () => f() * 2; }\nclass A { @twice m() { return 1; } }\nexport default new A().m();',
      },
      2,
    ],
    [
      'class fields',
      {
        'mod.ts':
          'class A { a = 1; #b = 2; static c = 3; get b() { return this.#b; } }\nexport default [new A().a, new A().b, A.c];',
      },
      [1, 2, 3],
    ],
    [
      'namespaces and parameter properties',
      {
        'mod.ts':
          'namespace N { export const a = 1; }\nclass A { constructor(readonly b: number) {} }\nexport default [N.a, new A(2).b];',
      },
      [1, 2],
    ],
    ['export =', { 'mod.ts': "import a = require('./a.ts');\nexport = { a };", 'a.ts': 'export = 1;' }, { a: 1 }],
    [
      'CommonJS',
      { 'mod.cjs': "const a = require('./a.cjs');\nmodule.exports = a.b + 1;", 'a.cjs': 'exports.b = 1;' },
      2,
      'mod.cjs',
    ],
    [
      'CommonJS compiled from a default export',
      { 'mod.cjs': "Object.defineProperty(exports, '__esModule', { value: true });\nexports.default = 1;" },
      1,
      'mod.cjs',
    ],
    [
      'type-only imports of what is not there',
      {
        'mod.ts': "import type { T } from './gone.ts';\nimport { type U } from 'nowhere';\nexport default 1 as T & U;",
      },
      1,
    ],
    [
      'unicode',
      {
        'mød €.ts': "import { ñ } from './日本.ts';\nexport default ñ + '\u{1f600}';",
        '日本.ts': "export const ñ = '\\u2028';",
      },
      '\u2028\u{1f600}',
      'mød €.ts',
    ],
    ['a byte order mark and CRLF', { 'mod.ts': '\uFEFF// a\r\nexport default `a\r\nb`;\r\n' }, 'a\nb'],
    ['a hashbang', { 'mod.ts': '#!/usr/bin/env node\nexport default 1;' }, 1],
    [
      'words that look like imports',
      {
        'mod.ts':
          "// import(x) import.meta.url export default\nclass A { import(x: string) { return x; } }\nexport default ['import(x)', `import.meta`, /import(x)/.source, new A().import('y')];",
      },
      ['import(x)', 'import.meta', 'import(x)', 'y'],
    ],
    [
      'import.meta.url',
      {
        'a b/mod.ts':
          "import { url } from '../ü%.ts';\nexport default [import.meta.url, url, import.meta === import.meta, new URL('./x', import.meta.url).href];",
        'ü%.ts': 'export const { url } = import.meta;',
      },
      ['plugin:///a%20b/mod.ts', 'plugin:///%C3%BC%25.ts', true, 'plugin:///a%20b/x'],
      'a b/mod.ts',
    ],
    [
      'process.env.NODE_ENV',
      { 'mod.ts': 'declare const process: any;\nexport default process.env.NODE_ENV;' },
      'production',
    ],
    [
      'names that esbuild had to change',
      {
        'mod.ts': "import { A as B } from './a.ts';\nclass A {}\nexport default [A.name, B.name];",
        'a.ts': 'export class A {}',
      },
      ['A', 'A'],
    ],
    ['strict mode', { 'mod.js': 'export default (function () { return this; })() === undefined;' }, true, 'mod.js'],
  ])('%s', async (_, files, expected, entry) => {
    expect(await execute(await buildFiles(files, entry), { URL })).toHaveProperty('default', expected);
  });

  test('every export of the entry, whatever its name', async () => {
    const exports = await execute(
      await buildFiles({
        'mod.ts': 'const a = 1;\nexport default a;\nexport { a as __proto__, a as "x y", a as then };',
      }),
      // A thenable export must not settle anything.
    );
    expect(Object.keys(exports).sort()).toEqual(['__proto__', 'default', 'then', 'x y']);
  });

  test('the SDK that the host provides, once for all its importers', async () => {
    const exports = await run({
      'mod.ts':
        "import { BasePlugin } from '@aitbc/plugins/sdk';\nimport { Base } from './a.ts';\nexport default [BasePlugin === Base, BasePlugin.name];",
      'a.ts': "export { BasePlugin as Base } from '@aitbc/plugins/sdk';",
    });
    expect(exports).toEqual([true, 'BasePlugin']);
  });

  test('the same graph twice, to the byte', async () => {
    const [one, two] = [await buildFiles(CYCLE), await buildFiles(CYCLE)];
    expect(one).toEqual(two);
  });
});

describe('build() refuses', () => {
  test.each<[string, Files, object, entry?: string]>([
    [
      'a syntax error with its place and line',
      { 'mod.ts': "import './a.ts';\nexport default 1;", 'a.ts': "const é = 'é'; const = 1;" },
      {
        code: 'ERR_BUILD',
        message: 'Cannot compile "test": a.ts:1:22: Expected identifier but found "="',
        details: { file: 'a.ts', line: 1, column: 22, source: "const é = 'é'; const = 1;" },
      },
    ],
    [
      'all errors in one',
      {
        'mod.ts': "import { x } from './a.ts';\nimport { y } from './a.ts';\nexport default x + y;",
        'a.ts': 'export const a = 1;',
      },
      {
        code: 'ERR_BUILD',
        message: expect.stringMatching(/mod\.ts:1:10: No matching export in "a\.ts" for import "x" \(and 1 more\)$/),
        details: expect.objectContaining({ 'error 2': expect.stringMatching(/^mod\.ts:2:10: /) }),
      },
    ],
    [
      'bad JSON',
      { 'mod.ts': "import './j.json';\nexport default 1;", 'j.json': '{"a":\n1,}x' },
      { code: 'ERR_BUILD', message: expect.stringContaining('j.json:2:') },
    ],
    [
      'a source that is not UTF-8',
      { 'mod.ts': "import './a.ts';\nexport default 1;", 'a.ts': Uint8Array.of(0xff, 0xfe, 0x61, 0) },
      { code: 'ERR_BUILD', message: 'Cannot compile "a.ts": it is not UTF-8 text' },
    ],
    [
      'what V8 refuses and esbuild lets through',
      { 'mod.ts': 'export default 1;\nclass A { x = await f(); }\ndeclare function f(): unknown;\nnew A();' },
      { code: 'ERR_BUILD', message: expect.stringMatching(/mod\.ts:2:\d+: /) },
    ],
    [
      'a file that is not there',
      { 'mod.ts': "import './a/b.ts';\nexport default 1;", 'a/b.ts': "\n  import './gone.ts';" },
      {
        code: 'ERR_SOURCE_NOT_FOUND',
        details: expect.objectContaining({ chain: 'mod.ts -> a/b.ts', line: 2, column: 10 }),
      },
    ],
    [
      'an entry without a default export',
      { 'mod.ts': 'export const a = 1;' },
      { code: 'ERR_METADATA', message: 'Cannot build "test": its entry has no default export' },
    ],
    ['an entry without exports', { 'mod.ts': '1;' }, { code: 'ERR_METADATA' }],
    [
      'an entry that is no code',
      { 'mod.md': '1' },
      { code: 'ERR_BUILD', message: expect.stringContaining('its entry "mod.md" is no JavaScript') },
      'mod.md',
    ],
    [
      'a broken import map',
      { 'mod.ts': 'export default 1;', 'plugin.json': '{"import_map":{"imports":{"a":"b"}}}' },
      {
        code: 'ERR_METADATA',
        message:
          'Cannot read "plugin.json": imports["a"] is neither a URL nor a path that begins with "./", "../" or "/"',
      },
    ],
    [
      'an import map that is not there',
      { 'mod.ts': 'export default 1;', 'deno.json': '{"importMap":"../map.json"}' },
      { code: 'ERR_METADATA' },
    ],
  ])('%s', async (_, files, expected, entry) => {
    expect(await failure(files, entry)).toEqual(expect.objectContaining(expected));
  });

  test.each<[string, Files, message: RegExp]>([
    [
      'node:net, with the chain of imports',
      {
        'mod.ts': "import './a.ts';",
        'a.ts': "export * from './lib/b.ts';",
        'lib/b.ts': "// x\nexport { connect } from 'node:net';",
      },
      /^Cannot import "node:net" in lib\/b\.ts:2:25: plugins do not have "node:net"$/,
    ],
    [
      'a package',
      { 'mod.ts': "import { z } from 'zod';\nexport default z;" },
      /^Cannot import "zod" in mod\.ts:1:19: no import map names it$/,
    ],
    [
      'require() of a package',
      { 'mod.ts': "const a = require('left-pad');\nexport default a;" },
      /Cannot import "left-pad"/,
    ],
    ['what leads above the root', { 'mod.ts': "import '../secret.ts';" }, /above the root/],
    ['file:', { 'mod.ts': "import 'file:///etc/passwd';" }, /cannot come from "file:"/],
    ['data:', { 'mod.ts': "import 'data:text/javascript,1';" }, /cannot come from "data:"/],
    ['npm:', { 'mod.ts': "import 'npm:zod';" }, /cannot have npm packages/],
    ['WebAssembly', { 'mod.ts': "import './a.wasm';", 'a.wasm': '\0asm' }, /modules cannot import WebAssembly/],
    ['a kind nobody knows', { 'mod.ts': "import './a.css';", 'a.css': 'a{}' }, /its kind is unknown/],
    [
      'an attribute nobody knows',
      { 'mod.ts': "import './a.ts' with { mode: 'x' };", 'a.ts': '' },
      /import attribute "mode" is not supported/,
    ],
    [
      'a type nobody knows',
      { 'mod.ts': "import './a.css' with { type: 'css' };", 'a.css': 'a{}' },
      /type: "css" is not supported/,
    ],
    ['code as JSON', { 'mod.ts': "import './a.ts' with { type: 'json' };", 'a.ts': '' }, /it is code, not JSON/],
    [
      'a computed import()',
      { 'mod.ts': 'export default 1;\n  export const f = (x: string) => import(x);' },
      /^Cannot import a computed specifier in mod\.ts:2:35: what a plugin runs/,
    ],
    [
      'a computed import() in a module further on',
      {
        'mod.ts': "export { f as default } from './a.ts';",
        'a.ts': 'export const f = (x: string) =>\n  import("./" + x);',
      },
      /in a\.ts:2:3: /,
    ],
    [
      'import() of a template',
      { 'mod.ts': 'export default (x: string) => import(`./a/${x}.ts`);', 'a/b.ts': '' },
      /^Cannot import a computed specifier in mod\.ts:1:31: /,
    ],
    [
      'import() of a template that is all variable',
      { 'mod.ts': 'export default (x: string) => import(`${x}`);' },
      /computed specifier in mod\.ts:1:31/,
    ],
  ])('%s', async (_, files, message) => {
    const error = await failure(files);
    expect(error).toEqual(
      expect.objectContaining({ code: 'ERR_IMPORT_DENIED', message: expect.stringMatching(message) as string }),
    );
  });

  test('with the chain of imports from the entry', async () => {
    const files = { 'mod.ts': "import './a.ts';", 'a.ts': "import './lib/b.ts';", 'lib/b.ts': "import 'node:net';" };
    expect(await failure(files)).toHaveProperty('details.chain', 'mod.ts -> a.ts -> lib/b.ts -> node:net');
    expect(await failure({ 'mod.ts': "import 'zod';" })).toHaveProperty('details.chain', 'mod.ts -> zod');
  });

  test('every denied import at once', async () => {
    const error = await failure({ 'mod.ts': "import 'zod';\nimport 'react';\nexport default 1;" });
    expect(error).toHaveProperty('details.error 2', 'mod.ts:2:8: "react": no import map names it');
  });

  test('a module that the lock lacks', async () => {
    const verified = await verify({ 'mod.ts': "import './a.ts';\nexport default 1;", 'a.ts': '' });
    const files = new Map([...verified.files].filter(([id]) => id !== 'a.ts'));
    await expect(build({ ...verified, files })).rejects.toMatchObject({
      code: 'ERR_LOCK_OUTDATED',
      hint: 'Run: aitbc plugin lock test',
    });
  });

  test('a component that is none', async () => {
    const verified = await verify({ 'mod.ts': 'export default 1;' });
    const component = { ...verified, lock: { ...verified.lock, kind: 'component' as const } };
    await expect(build(component)).rejects.toMatchObject({
      code: 'ERR_COMPONENT',
      message: expect.stringContaining('it is no WebAssembly') as string,
    });
  });
});

test('build() refuses a lock in which one URL has two contents', async () => {
  const verified = await verify({
    'mod.ts': "import a from './a.ts';\nimport b from './b.ts';\nexport default [a, b];",
    'a.ts': 'export default 1;',
    'b.ts': 'export default 2;',
  });
  const redirects = { 'a.ts': 'https://a.example/x.ts', 'b.ts': 'https://a.example/x.ts' };
  await expect(build({ ...verified, lock: { ...verified.lock, redirects } })).rejects.toMatchObject({
    code: 'ERR_INTEGRITY',
    details: { module: 'https://a.example/x.ts' },
  });
});
