import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/core/digest.ts';
import { collectGraph, type Graph } from '../../../src/source/graph/collect.ts';
import type { Origin } from '../../../src/source/types.ts';
import { openOrigin } from '../../../src/source/open.ts';
import type { FetchConfig } from '../../../src/config/types.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { temporaryFolder } from '../../support/temp.ts';
import { build } from '../../../src/build/build.ts';
import { execute, originOf, verifiedOf, type Files } from '../../build/support.ts';
import { serve, type TestServer } from '../../support/http-server.ts';

async function ids(files: Files, entry = 'mod.ts'): Promise<string[]> {
  return [...(await collectGraph(originOf(files), entry)).files.keys()];
}

describe('collectGraph() finds', () => {
  test.each<[string, Files, string[]]>([
    [
      'modules of every kind of import, and nothing else',
      {
        'mod.ts':
          "import './a.ts';\nexport * from './b.ts';\nawait import('./c.ts');\nexport default require('./d.cjs');",
        'a.ts': "import t from './t.txt';\nexport default t;",
        'b.ts': "export { j } from './j.ts';",
        'c.ts': '',
        'd.cjs': '',
        'j.ts': "import j from './j.json' with { type: 'json' };\nexport { j };",
        'j.json': '1',
        't.txt': 't',
        'unused.ts': '',
        'README.md': '',
      },
      ['a.ts', 'b.ts', 'c.ts', 'd.cjs', 'j.json', 'j.ts', 'mod.ts', 't.txt'],
    ],
    [
      'no types',
      { 'mod.ts': "import type { A } from './a.ts';\nimport { B } from './b.ts';\nexport default 1 as A | B;" },
      ['mod.ts'],
    ],
    [
      'the manifests, and the file of the import map',
      {
        'mod.ts': "import 'x';",
        'plugin.json': '{}',
        'config_schema.json': '{}',
        'deno.json': '{"importMap":"map.json"}',
        'map.json': '{"imports":{"x":"./x.ts"}}',
        'x.ts': '',
      },
      ['config_schema.json', 'map.json', 'mod.ts', 'plugin.json', 'x.ts'],
    ],
    ['no deno.json that maps nothing', { 'mod.ts': '', 'deno.json': '{"tasks":{}}' }, ['mod.ts']],
  ])('%s', async (_, files, expected) => {
    expect(await ids(files)).toEqual(expected);
  });

  test('digest and loader of each file', async () => {
    const { files } = await collectGraph(
      originOf({ 'mod.tsx': "import './a.mts';\nimport './b.md' with { type: 'text' };", 'a.mts': '', 'b.md': 'b' }),
      'mod.tsx',
    );
    expect(files.get('a.mts')).toMatchObject({ loader: 'ts', digest: digestOf('') });
    expect(files.get('b.md')).toMatchObject({ loader: 'binary', digest: digestOf('b') });
    expect(files.get('mod.tsx')).toMatchObject({ loader: 'tsx' });
  });

  test('each file with one read, and the candidates of a stem in order', async () => {
    const origin = originOf({ 'mod.ts': "import './u';\nimport './v.ts';", 'v.ts': "import './u.js';", 'u.ts': '' });
    await collectGraph(origin, 'mod.ts');
    expect(new Set(origin.asked).size).toBe(origin.asked.length);
    expect(origin.asked.filter((id) => id.startsWith('u'))).toEqual(expect.arrayContaining(['u', 'u.ts', 'u.js']));
    expect(origin.asked).not.toContain('u.tsx');
  });
});

describe('collectGraph() refuses', () => {
  test.each<[string, Files, object, code: string]>([
    [
      'more modules than allowed',
      { 'mod.ts': "import './a.ts';", 'a.ts': '' },
      { maxModules: 1 },
      'ERR_SOURCE_TOO_LARGE',
    ],
    [
      'a module with more bytes than allowed',
      { 'mod.ts': "import './a.ts';", 'a.ts': ' '.repeat(100) },
      { maxModuleBytes: 50 },
      'ERR_SOURCE_TOO_LARGE',
    ],
    [
      'more bytes than allowed together',
      { 'mod.ts': "import './a.ts';", 'a.ts': ' '.repeat(40) },
      { maxBytes: 50 },
      'ERR_SOURCE_TOO_LARGE',
    ],
    ['a missing entry', {}, {}, 'ERR_SOURCE_NOT_FOUND'],
    ['a computed import()', { 'mod.ts': 'export const f = (x: string) => import(x);' }, {}, 'ERR_IMPORT_DENIED'],
    ['a denied import', { 'mod.ts': "import 'node:net';" }, {}, 'ERR_IMPORT_DENIED'],
    ['what does not compile', { 'mod.ts': 'const;' }, {}, 'ERR_BUILD'],
    ['a manifest that is no JSON', { 'mod.ts': '', 'plugin.json': '{' }, {}, 'ERR_METADATA'],
  ])('%s', async (_, files, options, code) => {
    await expect(collectGraph(originOf(files), 'mod.ts', options)).rejects.toMatchObject({ code });
  });

  test('names the module, the limit and the chain of imports', async () => {
    const files = { 'mod.ts': "import './a.ts';", 'a.ts': "import './b.ts';", 'b.ts': ' '.repeat(100) };
    await expect(collectGraph(originOf(files), 'mod.ts', { maxModuleBytes: 50 })).rejects.toMatchObject({
      message: 'Cannot read "b.ts": it has 100 bytes, and a module may have 50',
      details: { chain: 'mod.ts -> a.ts' },
    });
  });
});

test('collectGraph() asks for nothing more once it has refused', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `m${index}.ts`);
  const files = Object.fromEntries(
    names.map((name, index) => [name, index === 0 ? ' '.repeat(100) : "import './more.ts';"]),
  );
  const origin = originOf({ ...files, 'mod.ts': names.map((name) => `import './${name}';`).join('\n'), 'more.ts': '' });
  await expect(collectGraph(origin, 'mod.ts', { maxModuleBytes: 50_000, maxModules: 20 })).rejects.toMatchObject({
    code: 'ERR_SOURCE_TOO_LARGE',
    message: expect.stringContaining('the plugin has more than 20 modules') as string,
  });
  expect(origin.asked.length).toBeLessThan(100);
});

test('collectGraph() stops when it is aborted', async () => {
  const controller = new AbortController();
  const origin = originOf({ 'mod.ts': "import './a.ts';", 'a.ts': "import './b.ts';", 'b.ts': '' });
  const read: typeof origin.read = async (id) => {
    if (id === 'a.ts') controller.abort();
    return await origin.read(id);
  };
  await expect(collectGraph({ ...origin, read }, 'mod.ts', { signal: controller.signal })).rejects.toMatchObject({
    code: 'ERR_ABORTED',
  });
  expect(origin.asked).not.toContain('b.ts');
});

const FETCH: FetchConfig = {
  allowInsecure: [],
  ca: undefined,
  tokens: new Map(),
  maxModuleBytes: 2 ** 20,
  maxArchiveBytes: 2 ** 20,
  maxModules: 100,
  timeout: 20_000,
  idleTimeout: 20_000,
  retries: 0,
};

/** Collects from a real origin: a folder of these files, or the URL of an entry. `imports` is filled with who asks for what. */
async function collect(source: Files | string, imports: [string, string | undefined][] = []): Promise<Graph> {
  await using folder = await temporaryFolder(typeof source === 'string' ? {} : source);
  const specifier = typeof source === 'string' ? source : './';
  const context = { config: FETCH, root: folder.path, offline: false, logger: silentLogger };
  const origin = await openOrigin(specifier, context);
  try {
    const read: Origin['read'] = (id, options) => {
      imports.push([id, options?.importer]);
      return origin.read(id, options);
    };
    return await collectGraph({ ...origin, read }, origin.entry);
  } finally {
    await origin.close();
  }
}

async function withServer<T>(
  routes: Parameters<typeof serve>[0],
  work: (server: TestServer) => Promise<T>,
): Promise<T> {
  await using server = await serve(routes);
  return await work(server);
}

function redirect(to: string): (request: unknown, response: ServerResponse) => void {
  return (_, response) => void response.writeHead(302, { location: to }).end();
}

describe('collectGraph() of foreign modules', () => {
  test('keeps them by the URL asked for, resolves theirs against where they came from, and makes one of one', async () => {
    await withServer(
      {
        '/lib': redirect('/lib@2/mod.ts'),
        '/lib@2/mod.ts': "import { n } from './n.ts';\nexport const lib = { n, url: import.meta.url };",
        '/lib@2/n.ts': 'export const n: number = 1;',
      },
      async ({ url }) => {
        const files = {
          'mod.ts': `import { lib } from '${url}/lib';\nimport { lib as same } from '${url}/lib@2/mod.ts';\nexport default [lib, lib === same];`,
        };
        const graph = await collect(files);
        expect([...graph.files.keys()]).toEqual([`${url}/lib`, `${url}/lib@2/mod.ts`, `${url}/lib@2/n.ts`, 'mod.ts']);
        expect(graph.redirects).toEqual({ [`${url}/lib`]: `${url}/lib@2/mod.ts` });
        const program = await build(await verifiedOf(graph, 'mod.ts'));
        expect((await execute(program)).default).toEqual([{ n: 1, url: `${url}/lib@2/mod.ts` }, true]);
        const { sources } = JSON.parse(program.sourceMap) as { sources: string[] };
        expect(sources).toEqual(expect.arrayContaining([`${url}/lib@2/mod.ts`, `${url}/lib@2/n.ts`, 'mod.ts']));
      },
    );
  });

  test('takes the loader from where a module came from, whatever the URL asked for is called', async () => {
    await withServer(
      { '/lib.js': redirect('/v2/lib.ts'), '/v2/lib.ts': 'export default 1 as number;' },
      async ({ url }) => {
        const graph = await collect({
          'mod.ts': `export { default } from '${url}/lib.js';\nimport '${url}/v2/lib.ts';`,
        });
        expect((await execute(await build(await verifiedOf(graph, 'mod.ts')))).default).toBe(1);
      },
    );
  });

  test('takes the loader from the media type where the URL has no extension', async () => {
    await withServer(
      {
        '/v1/lib': (_, response) =>
          void response.setHeader('content-type', 'text/typescript; charset=utf-8').end('export default 1 as number;'),
        '/v1/data': (_, response) => void response.setHeader('content-type', 'application/json').end('{"a":1}'),
      },
      async ({ url }) => {
        const files = {
          'mod.ts': `import a from '${url}/v1/lib';\nimport d from '${url}/v1/data' with { type: 'json' };\nexport default [a, d];`,
        };
        const graph = await collect(files);
        expect((await execute(await build(await verifiedOf(graph, 'mod.ts')))).default).toEqual([1, { a: 1 }]);
      },
    );
  });

  test('maps bare imports of foreign modules, and tells the origin who imports', async () => {
    await withServer(
      { '/a.js': "export { b as default } from 'b';", '/b.js': 'export const b = 1;' },
      async ({ url }) => {
        const files = {
          'mod.ts': "export { default } from 'a';",
          'import_map.json': JSON.stringify({ imports: { a: `${url}/a.js`, b: `${url}/b.js` } }),
        };
        const imports: [string, string | undefined][] = [];
        const graph = await collect(files, imports);
        expect((await execute(await build(await verifiedOf(graph, 'mod.ts')))).default).toBe(1);
        expect(imports).toEqual(
          expect.arrayContaining([
            [`${url}/a.js`, 'mod.ts'],
            [`${url}/b.js`, `${url}/a.js`],
          ]),
        );
      },
    );
  });

  test('follows a plugin at a URL above its own root, at build time too', async () => {
    const routes = {
      '/shared/x.ts': 'export default import.meta.url;',
      '/plugins/mod.ts': "import { a } from './lib/a.js';\nexport { default } from '../shared/x.ts';\nexport { a };",
      '/plugins/lib/a.ts': 'export const a = import.meta.url;',
    };
    await withServer(routes, async ({ url }) => {
      const graph = await collect(`${url}/plugins/mod.ts`);
      expect([...graph.files.keys()]).toEqual([`${url}/shared/x.ts`, 'lib/a.ts', 'mod.ts']);
      const program = await build(await verifiedOf(graph, 'mod.ts', `${url}/plugins/mod.ts`));
      expect(await execute(program)).toMatchObject({ default: `${url}/shared/x.ts`, a: 'plugin:///lib/a.ts' });
    });
  });

  test.each<[string, number, string]>([
    ['403', 403, 'application/xml'],
    ['the page of a web application', 200, 'text/html'],
  ])('takes %s for a manifest or a candidate that is not there', async (_, status, type) => {
    const files: Record<string, string> = {
      '/p/mod.ts': "export { default } from './util';",
      '/p/util.ts': 'export default 1;',
    };
    const server = (request: IncomingMessage, response: ServerResponse): void => {
      const file = files[request.url ?? ''];
      if (file === undefined) response.writeHead(status, { 'content-type': type }).end('<!doctype html><html></html>');
      else response.writeHead(200, { 'content-type': 'application/typescript' }).end(file);
    };
    await withServer(server, async ({ url }) => {
      expect([...(await collect(`${url}/p/mod.ts`)).files.keys()]).toEqual(['mod.ts', 'util.ts']);
      files['/p/mod.ts'] = "import './gone.ts';";
      await expect(collect(`${url}/p/mod.ts`)).rejects.toMatchObject({
        code: 'ERR_SOURCE_FETCH',
        details: { file: 'mod.ts', line: 1 },
      });
    });
  });

  test('shows the chain to a foreign module that is denied something', async () => {
    await withServer({ '/a.js': "import './b.js';", '/b.js': "import 'node:net';" }, async ({ url }) => {
      await expect(collect({ 'mod.ts': `import '${url}/a.js';` })).rejects.toMatchObject({
        code: 'ERR_IMPORT_DENIED',
        message: `Cannot import "node:net" in ${url}/b.js:1:8: plugins do not have "node:net"`,
        details: { chain: `mod.ts -> ${url}/a.js -> ${url}/b.js -> node:net`, file: `${url}/b.js`, line: 1, column: 8 },
      });
    });
  });

  test('refuses one URL with two contents', async () => {
    let answers = 0;
    await withServer(
      {
        '/a': redirect('/c.js'),
        '/b': redirect('/c.js'),
        '/c.js': (_, response) =>
          void response.setHeader('content-type', 'text/javascript').end(`export default ${(answers += 1)};`),
      },
      async ({ url }) => {
        const files = { 'mod.ts': `import a from '${url}/a';\nimport b from '${url}/b';\nexport default [a, b];` };
        await expect(collect(files)).rejects.toMatchObject({
          code: 'ERR_INTEGRITY',
          message: `Cannot read "${url}/c.js": it was answered with two different contents`,
        });
      },
    );
  });
});
