import { describe, expect, test } from 'vitest';
import { npmRegistry } from '../../support/npm-registry.ts';
import { rejected } from '../../support/errors.ts';
import { artifactOf, lock, pinAndRun, project, runLocked } from './support.ts';

const ESM = { type: 'module', exports: './index.js' };

describe('an npm: import', () => {
  test('is resolved, locked with every package and module, and runs from the lock; as npm publish sends it', async () => {
    await using registry = await npmRegistry();
    await registry.publish({ name: 'deep', version: '2.3.4', ...ESM }, { 'index.js': 'export const deep = "deep";' });
    await registry.publish(
      { name: '@acme/kit', version: '1.1.0', ...ESM, dependencies: { deep: '^2.0.0', unused: '*' } },
      {
        'index.js': 'import { deep } from "deep"; import { a } from "./lib/a.js"; export default a + deep;',
        'lib/a.js': 'export const a = "a-";',
        'lib/other.js': 'x',
      },
    );
    const { entry, value } = await pinAndRun('import kit from "npm:@acme/kit@^1"; export default kit;', registry);
    expect(value).toBe('a-deep');
    expect(entry.packages).toEqual({
      '.': { dependencies: { 'npm:@acme/kit@^1': '@acme/kit@1.1.0' } },
      '@acme/kit@1.1.0': { integrity: expect.stringMatching(/^sha512-/), dependencies: { deep: 'deep@2.3.4' } },
      'deep@2.3.4': { integrity: expect.stringMatching(/^sha512-/) },
    });
    expect(Object.keys(entry.modules)).toEqual([
      'mod.js',
      'npm:@acme/kit@1.1.0/index.js',
      'npm:@acme/kit@1.1.0/lib/a.js',
      'npm:@acme/kit@1.1.0/package.json',
      'npm:deep@2.3.4/index.js',
      'npm:deep@2.3.4/package.json',
    ]);
    expect(JSON.stringify(entry)).not.toContain(registry.host);
  });

  test('is what the import map maps a bare name, a subpath and a prefix to', async () => {
    await using registry = await npmRegistry();
    await registry.add(
      { name: 'kit', version: '1.0.0', type: 'module', exports: { '.': './index.js', './sub/*': './lib/*.js' } },
      { 'index.js': 'export default 1;', 'lib/x.js': 'export default 20;' },
    );
    const { value, entry } = await pinAndRun(
      'import one from "kit"; import x from "kit/sub/x"; import y from "x"; export default one + x + y;',
      registry,
      {
        'p/import_map.json': '{"imports":{"kit":"npm:kit@^1","kit/":"npm:kit@^1/","x":"npm:kit@1/sub/x"}}',
      },
    );
    expect(value).toBe(41);
    expect(entry.packages?.['.']?.dependencies).toEqual({ 'npm:kit@^1': 'kit@1.0.0', 'npm:kit@1': 'kit@1.0.0' });
  });

  test.each([
    ['', '2.0.0'],
    ['@^1', '1.5.0'],
    ['@1.0.0', '1.0.0'],
    ['@beta', '3.0.0-beta.1'],
    ['@>=1 <1.5', '1.0.0'],
    ['@*', '2.0.0'],
  ])('with "%s" is %s', async (range, version) => {
    await using registry = await npmRegistry();
    for (const each of ['3.0.0-beta.1', '1.0.0', '1.5.0', '2.1.0', '2.0.0']) {
      await registry.add(
        { name: 'kit', version: each, ...ESM },
        { 'index.js': `export default ${JSON.stringify(each)};` },
      );
    }
    registry.packuments.get('kit')!['dist-tags'] = { latest: '2.0.0', beta: '3.0.0-beta.1' };
    expect((await pinAndRun(`export { default } from "npm:kit${range}";`, registry)).value).toBe(version);
  });

  test('prefers a version that is not deprecated', async () => {
    await using registry = await npmRegistry();
    await registry.add({ name: 'kit', version: '1.0.0', ...ESM }, { 'index.js': 'export default "good";' });
    await registry.add(
      { name: 'kit', version: '1.1.0', ...ESM, deprecated: 'broken' },
      { 'index.js': 'export default "bad";' },
    );
    expect((await pinAndRun('export { default } from "npm:kit@^1";', registry)).value).toBe('good');
  });
});

describe('a package', () => {
  /** What `npm:kit` is where its package.json and files are these. */
  async function valueOf(
    json: Readonly<Record<string, unknown>>,
    files: Readonly<Record<string, string>>,
    more: readonly [{ name: string; version: string } & Record<string, unknown>, Record<string, string>][] = [],
  ): Promise<unknown> {
    await using registry = await npmRegistry();
    await registry.add({ name: 'kit', version: '1.0.0', ...json }, files);
    for (const [other, contents] of more) await registry.add(other, contents);
    return (await pinAndRun('import * as kit from "npm:kit"; export default kit.default;', registry)).value;
  }
  const values = (...names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, `export default ${JSON.stringify(name)};`]));

  test.each<[string, Readonly<Record<string, unknown>>, Record<string, string>, string]>([
    [
      'exports: worker before node',
      { exports: { node: './n.js', worker: './w.js', default: './d.js' } },
      values('n.js', 'w.js', 'd.js'),
      'w.js',
    ],
    [
      'exports: browser, nested',
      { exports: { '.': { node: './n.js', browser: { import: './b.js' }, default: './d.js' } } },
      values('n.js', 'b.js', 'd.js'),
      'b.js',
    ],
    [
      'exports: the order of package.json',
      { exports: { default: './d.js', worker: './w.js' } },
      values('w.js', 'd.js'),
      'd.js',
    ],
    ['exports: an array', { exports: [{ node: './n.js' }, './d.js'] }, values('n.js', 'd.js'), 'd.js'],
    ['browser as text before main', { main: 'm.js', browser: 'b.js' }, values('m.js', 'b.js'), 'b.js'],
    ['module before main', { main: 'm.js', module: './esm' }, values('m.js', 'esm.js'), 'esm.js'],
    ['main that is a folder', { main: 'lib' }, values('lib/index.js'), 'lib/index.js'],
    ['no main', {}, values('index.js'), 'index.js'],
    ['a browser map of its main', { main: './m.js', browser: { './m.js': './b.js' } }, values('m.js', 'b.js'), 'b.js'],
    [
      'a browser map of a file',
      { browser: { './n.js': './b.js' } },
      { ...values('n.js', 'b.js'), 'index.js': 'export { default } from "./n";' },
      'b.js',
    ],
    [
      'a browser map of a name',
      { browser: { net: './b.js' } },
      { ...values('b.js'), 'index.js': 'export { default } from "net";' },
      'b.js',
    ],
    [
      'imports',
      { imports: { '#x/*': { worker: './w/*.js', default: './n.js' } } },
      { ...values('w/a.js'), 'index.js': 'export { default } from "#x/a";' },
      'w/a.js',
    ],
    [
      'its own name',
      { exports: { '.': './index.js', './a': './a.js' } },
      { ...values('a.js'), 'index.js': 'export { default } from "kit/a";' },
      'a.js',
    ],
    [
      'a folder with a package.json',
      {},
      {
        ...values('lib/real.js'),
        'lib/package.json': '{"main":"real"}',
        'index.js': 'export { default } from "./lib";',
      },
      'lib/real.js',
    ],
    ['JSON', {}, { 'data.json': '{"a":"j"}', 'index.js': 'import d from "./data.json"; export default d.a;' }, 'j'],
    [
      'CommonJS',
      {},
      {
        'index.js': 'const p = require("path"); module.exports = p.join("a", require("./b").b);',
        'b.js': 'exports.b = "b";',
      },
      'a/b',
    ],
    [
      'a require of what is not there, caught',
      {},
      { 'index.js': 'let x; try { require("nope"); } catch (e) { x = e.code; } module.exports = x;' },
      'MODULE_NOT_FOUND',
    ],
  ])('is taken by %s', async (_, json, files, expected) => {
    expect(await valueOf(json, files)).toBe(expected);
  });

  test('has no content where its browser map says false', async () => {
    expect(
      await valueOf(
        { browser: { fs: false, './n.js': false } },
        { 'n.js': 'throw 1', 'index.js': 'module.exports = [require("fs"), require("./n.js")];' },
      ),
    ).toEqual([{}, {}]);
  });

  test('gets the package that an alias names, and each range its own version', async () => {
    const value = await valueOf(
      { dependencies: { alias: 'npm:real@^1', real: '^2' } },
      { 'index.js': 'module.exports = [require("alias"), require("real")];' },
      [
        [{ name: 'real', version: '1.0.0' }, { 'index.js': 'module.exports = "one";' }],
        [{ name: 'real', version: '2.0.0' }, { 'index.js': 'module.exports = "two";' }],
      ],
    );
    expect(value).toEqual(['one', 'two']);
  });

  test('does without an optional dependency that no registry has', async () => {
    expect(
      await valueOf(
        { optionalDependencies: { fast: '^1' } },
        { 'index.js': 'let v = "slow"; try { v = require("fast"); } catch {} module.exports = v;' },
      ),
    ).toBe('slow');
  });

  test.each<[string, Readonly<Record<string, unknown>>, string, string]>([
    ['node: modules that plugins lack', {}, 'require("net")', 'node:net'],
    ['what its package.json does not name', {}, 'import "other"', 'does not name it'],
    ['a path out of it', {}, 'import "../../mod.js"', 'leads out'],
    ['an absolute path', {}, 'import "/etc/passwd"', 'cannot import'],
    ['a URL', {}, 'import "https://example.com/a.js"', 'cannot import'],
    [
      'a subpath that exports lacks',
      { dependencies: { kit: '*' }, exports: { '.': './index.js' } },
      'import "kit/private.js"',
      'exports',
    ],
    ['a target outside of it', { imports: { '#x': './../../x.js' } }, 'import "#x"', 'out of the package'],
    ['a dependency on git', { dependencies: { other: 'git+https://example.com/a.git' } }, 'import "other"', 'registry'],
    ['a dependency on a folder', { dependencies: { other: 'file:../other' } }, 'import "other"', 'registry'],
  ])('is refused %s, with the chain', async (_, json, code, message) => {
    await using registry = await npmRegistry();
    await registry.add({ name: 'kit', version: '1.0.0', ...json }, { 'index.js': code, 'private.js': '' });
    const error = await rejected(pinAndRun('import "npm:kit@1"; export default 1;', registry));
    expect(error).toMatchObject({ code: 'ERR_IMPORT_DENIED' });
    expect(error.message).toContain(message);
    expect(error.details['chain']).toContain('mod.js -> npm:kit@1.0.0/index.js');
  });
});

describe('a peer dependency', () => {
  const view = { name: 'view', version: '1.0.0', ...ESM, peerDependencies: { core: '^1' } };
  const code = { 'index.js': 'import { core } from "core"; export const view = core;' };
  const core = { 'index.js': 'export const core = {};' };

  test.each([
    ['before', 'import { core } from "npm:core@^1"; import { view } from "npm:view"; export default core === view;'],
    ['after', 'import { view } from "npm:view"; import { same } from "./late.js"; export default same === view;'],
  ])('is what the plugin imports %s it, once', async (_, plugin) => {
    await using registry = await npmRegistry();
    await registry.add(view, code);
    await registry.add({ name: 'core', version: '1.2.0', ...ESM }, core);
    const late = {
      'p/late.js': 'export * from "./later.js";',
      'p/later.js': 'import { core } from "npm:core@^1.0"; export const same = core;',
    };
    const { value, entry } = await pinAndRun(plugin, registry, late);
    expect(value).toBe(true);
    expect(entry.packages?.['view@1.0.0']?.dependencies).toEqual({ core: 'core@1.2.0' });
  });

  test('is what the importing package depends on', async () => {
    await using registry = await npmRegistry();
    await registry.add(view, code);
    await registry.add({ name: 'core', version: '1.2.0', ...ESM }, core);
    await registry.add(
      { name: 'app', version: '1.0.0', ...ESM, dependencies: { view: '1', core: '1' } },
      { 'index.js': 'import { view } from "view"; import { core } from "core"; export default core === view;' },
    );
    expect((await pinAndRun('export { default } from "npm:app";', registry)).value).toBe(true);
  });

  test('that nothing provides is refused, with what to write', async () => {
    await using registry = await npmRegistry();
    await registry.add(view, code);
    const error = await rejected(pinAndRun('import { view } from "npm:view"; export default view;', registry));
    expect(error).toMatchObject({ code: 'ERR_INCOMPATIBLE', details: { peer: 'core@^1' } });
    expect(error.hint).toContain('"core": "npm:core@^1"');
    await registry.add({ name: 'core', version: '1.2.0', ...ESM }, core);
    const map = { 'p/import_map.json': '{"imports":{"core":"npm:core@^1"}}' };
    expect((await pinAndRun('import { view } from "npm:view"; export default typeof view;', registry, map)).value).toBe(
      'object',
    );
  });

  test('of another version is refused', async () => {
    await using registry = await npmRegistry();
    await registry.add(view, code);
    await registry.add({ name: 'core', version: '2.0.0', ...ESM }, core);
    const error = await rejected(
      pinAndRun(
        'import { core } from "npm:core"; import { view } from "npm:view"; export default [core, view];',
        registry,
      ),
    );
    expect(error.code).toBe('ERR_INCOMPATIBLE');
    expect(error.message).toContain('core@^1, and gets core@2.0.0');
  });

  test('that two importers provide differently is refused', async () => {
    await using registry = await npmRegistry();
    await registry.add({ ...view, peerDependencies: { core: '*' } }, code);
    for (const version of ['1.0.0', '2.0.0']) {
      await registry.add({ name: 'core', version, ...ESM }, core);
      const app = `app${version.slice(0, 1)}`;
      await registry.add(
        { name: app, version: '1.0.0', ...ESM, dependencies: { view: '1', core: version } },
        { 'index.js': 'import { view } from "view"; export default view;' },
      );
    }
    const error = await rejected(
      pinAndRun('import a from "npm:app1"; import b from "npm:app2"; export default [a, b];', registry),
    );
    expect(error.code).toBe('ERR_INCOMPATIBLE');
    expect(error.hint).toContain('core@1.0.0, core@2.0.0');
  });

  test('that is optional may be absent', async () => {
    await using registry = await npmRegistry();
    await registry.add(
      { ...view, peerDependenciesMeta: { core: { optional: true } } },
      { 'index.js': 'export const view = await import("core").catch(() => "none");' },
    );
    expect((await pinAndRun('import { view } from "npm:view"; export default view;', registry)).value).toBe('none');
  });
});

describe('a plugin that is an npm package', () => {
  const json = {
    name: '@acme/greeter',
    version: '1.2.0',
    type: 'module',
    exports: { '.': './dist/index.js', './other': './dist/other.js' },
    dependencies: { deep: '^1' },
  };
  const files = {
    'dist/index.js':
      'import deep from "deep"; import { a } from "./a.js"; import b from "#b"; export default a + deep + b;',
    'dist/a.js': 'export const a = "a";',
    'dist/b.js': 'export default "b";',
    'dist/other.js': 'export default "other";',
  };

  test('is locked to its version, with its dependencies, and found again', async () => {
    await using registry = await npmRegistry();
    await registry.publish({ ...json, imports: { '#b': './dist/b.js' } }, files);
    await registry.add({ name: 'deep', version: '1.0.0', ...ESM }, { 'index.js': 'export default "deep";' });
    await using folder = await project(registry);
    const entry = await lock('npm:@acme/greeter@^1', folder.context);
    expect(entry).toMatchObject({
      source: 'npm:@acme/greeter@^1',
      resolved: 'npm:@acme/greeter@1.2.0',
      entry: 'dist/index.js',
    });
    expect(entry.packages?.['.']).toMatchObject({
      integrity: expect.stringMatching(/^sha512-/),
      dependencies: { deep: 'deep@1.0.0' },
    });
    expect(Object.keys(entry.modules)).toContain('package.json');
    await registry.add({ ...json, version: '1.3.0' }, { ...files, 'dist/index.js': 'export default "new";' });
    expect((await runLocked(entry, folder.context))['default']).toBe('adeepb');
    const other = await lock('npm:@acme/greeter@1.2.0/other', folder.context);
    expect(other.entry).toBe('dist/other.js');
    expect((await runLocked(other, folder.context))['default']).toBe('other');
  });

  test('has the entry that plugin.json names', async () => {
    await using registry = await npmRegistry();
    await registry.add(
      { name: 'greeter', version: '1.0.0', main: 'lib.js' },
      { 'plugin.json': '{"entry":"plugin.ts"}', 'plugin.ts': 'export default 1 as number', 'lib.js': '' },
    );
    await using folder = await project(registry);
    expect((await artifactOf('npm:greeter', folder.context)).entry).toBe('plugin.ts');
    expect(await rejected(artifactOf('npm:greeter@1/nope', folder.context))).toMatchObject({
      code: 'ERR_SOURCE_NOT_FOUND',
    });
  });
});
