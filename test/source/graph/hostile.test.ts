import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { collectGraph } from '../../../src/source/graph/collect.ts';
import { run } from '../../support/run.ts';
import { buildFiles, execute, originOf } from '../../build/support.ts';

const folder = await mkdtemp(join(tmpdir(), 'aitbc-graph-'));
afterAll(() => rm(folder, { recursive: true }));

describe('a hostile source', () => {
  test.each([
    ['nested so deeply that esbuild crashes', `export default ${'!'.repeat(2_000_000)}1;`, {}, /crashed on it/],
    [
      'that esbuild folds without end',
      `export default ${'"a"+'.repeat(400_000)}"b";`,
      { idle: 1_000 },
      /did not finish within 1 s/,
    ],
    [
      'that grows in memory as it is folded',
      `enum A{a0="${'x'.repeat(1_000)}",${Array.from({ length: 40 }, (_, i) => `a${i + 1}=a${i}+a${i}`).join()}}export default A.a40;`,
      { memory: 512 * 2 ** 20 },
      /more than 512 MiB|crashed on it/,
    ],
  ])('%s ends in ERR_BUILD', async (_, source, limits, message) => {
    await expect(collectGraph(originOf({ 'mod.ts': source }), 'mod.ts', { limits })).rejects.toMatchObject({
      code: 'ERR_BUILD',
      message: expect.stringMatching(message) as string,
    });
    // Nothing of it is left for the next.
    expect((await execute(await buildFiles({ 'mod.ts': 'export default 1;' }))).default).toBe(1);
  });

  test('neither waits for nor ends an esbuild of the application', async () => {
    const { promise: loaded, resolve: load } = Promise.withResolvers<void>();
    const application = esbuild.build({
      stdin: { contents: "import 'later';" },
      bundle: true,
      write: false,
      plugins: [
        {
          name: 'slow',
          setup(build) {
            build.onResolve({ filter: /^later$/ }, () => ({ path: 'later', namespace: 'slow' }));
            build.onLoad({ filter: /.*/, namespace: 'slow' }, async () => {
              await loaded;
              return { contents: 'console.log("application")' };
            });
          },
        },
      ],
    });
    const crash = { 'mod.ts': `export default ${'!'.repeat(2_000_000)}1;` };
    await expect(collectGraph(originOf(crash), 'mod.ts')).rejects.toMatchObject({ code: 'ERR_BUILD' });
    load();
    expect((await application).outputFiles[0]?.text).toContain('application');
    await esbuild.stop();
  });

  test('makes esbuild read no source map from disk', async () => {
    const secret = join(folder, 'secret.map');
    await writeFile(
      secret,
      JSON.stringify({ version: 3, sources: ['secret.ts'], sourcesContent: ['SECRET'], names: [], mappings: 'AAAA' }),
    );
    for (const comment of [
      `//# sourceMappingURL=file://${secret}`,
      `/*# sourceMappingURL=${secret} */`,
      `//@ sourceMappingURL=file://${secret}\n`,
    ]) {
      const { sourceMap } = await buildFiles({ 'mod.ts': `export default 1;\n${comment}` });
      expect(JSON.parse(sourceMap)).toMatchObject({ sources: ['mod.ts'] });
      expect(sourceMap).not.toContain('SECRET');
    }
  });

  test.each([
    ['import("./" + x)', 'export default (x: string) => import("./" + x);'],
    ['import() above the root', 'export default (x: string) => import(`../../../../../../${x}/passwd`);'],
    ['import() of a constant enum', "const enum E { p = './' }\nexport default (x: string) => import(E.p + x);"],
    ['require() of a pattern', 'export default (x: string) => require("./" + x);'],
    ['require() with an escape', 'export default (x: string) => requ\\u0069re(`./${x}`);'],
    ['require?.()', 'export default (x: string) => require?.("./" + x);'],
  ])('makes esbuild list no folder by %s', async (_, source) => {
    await expect(collectGraph(originOf({ 'mod.ts': source }), 'mod.ts')).rejects.toMatchObject({
      code: 'ERR_IMPORT_DENIED',
      message: expect.stringMatching(/^Cannot import a computed specifier in mod\.ts:/) as string,
    });
  });

  test('finds no require() of the host at run time', async () => {
    const program = await buildFiles({
      'mod.cjs': 'const name = "fs"; module.exports = () => require(name);',
      'mod.ts': "export { default } from './mod.cjs';",
    });
    const get = (await execute(program)).default as () => unknown;
    expect(get).toThrow('Dynamic require of "fs" is not supported');
  });

  test.each([
    ['a comment that closes the function', 'export default 1; /* }) */ // })'],
    ['what would be HTML comments without spaces', 'let x = 1, y = 2;\nexport default x<! --y;\nx-- >y;'],
    ['line separators in strings', 'export default "\u2028}";'],
    ['a template with a brace', 'export default `})${"`})"}`;'],
  ])('stays inside its function with %s', async (_, source) => {
    await expect(execute(await buildFiles({ 'mod.js': source }, 'mod.js'))).resolves.toHaveProperty('default');
  });

  test.each([
    ['HTML comments', 'let x = 1;\nexport default x;\n<!-- });'],
    ['return', 'return;\nexport default 1;'],
    ['await in a parameter', 'export default async (a = await 1) => a;'],
    ['new.target', 'export default new.target;'],
    ['with', 'with (Math) abs(1);\nexport default 1;'],
    ['an octal escape', 'export default "\\01";'],
    ['a second default export', 'export default 1;\nexport default 2;'],
    ['import defer', "import defer * as a from './a.js';\nexport default a;"],
  ])('does not compile with %s', async (_, source) => {
    await expect(buildFiles({ 'mod.js': source, 'a.js': 'export const b = 1;' }, 'mod.js')).rejects.toMatchObject({
      code: 'ERR_BUILD',
    });
  });

  test('cannot choose its name in the bundle', async () => {
    const exports = await execute(
      await buildFiles({
        'mod.ts': 'const $meta_00000 = "mine";\nexport default [import.meta.url, $meta_00000, typeof $meta_00001];',
      }),
    );
    expect(exports.default).toEqual(['plugin:///mod.ts', 'mine', expect.any(String)]);
  });
});

describe('withEsbuild()', () => {
  test('ends its process with the work, whatever came of it, and keeps no host alive', async () => {
    const module = new URL('../../../src/source/graph/esbuild.ts', import.meta.url).href;
    const script = `
      import { readdirSync, readFileSync } from 'node:fs';
      import { withEsbuild } from ${JSON.stringify(module)};
      const children = () => readdirSync('/proc/self/task')
        .map((task) => readFileSync('/proc/self/task/' + task + '/children', 'utf8').trim()).filter(Boolean).length;
      const seen = [children()];
      await withEsbuild(async (own) => { await own.transform('1'); seen.push(children()); });
      seen.push(children());
      await withEsbuild(async (own) => { await own.transform('1'); seen.push(children()); throw new Error('mine'); })
        .catch((error) => seen.push(error.message));
      seen.push(children());
      await withEsbuild(() => new Promise(() => {}), { idle: 100 }).catch((error) => seen.push(error.code));
      console.log(JSON.stringify(seen));
    `;
    const { stdout, stderr, status } = await run(process.execPath, ['--input-type=module', '-e', script]);
    expect([stderr, status]).toEqual(['', 0]);
    expect(JSON.parse(stdout)).toEqual([0, 1, 0, 1, 'mine', 0, 'ERR_BUILD']);
  });
});
