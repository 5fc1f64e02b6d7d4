import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { readFile, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProxy, type TestProxy } from '../support/proxy.ts';
import { temporaryFolder } from '../support/temp.ts';
import { goodModule, hostileCli, type CliCase, type Stage } from './cli-harness.ts';

let proxy: TestProxy;
beforeAll(async () => {
  proxy = await startProxy();
});
afterAll(() => proxy[Symbol.asyncDispose]());

// An import that is not used is left out of TypeScript.
const USE = 'globalThis.x = x;';
const ADD = ['plugin', 'add', './p', '--yes'] as const;
const MANIFEST = { name: 'p', version: '1.0.0', description: 'x', author: 'x', license: 'MIT', entry: 'mod.ts' };

/** A plugin in the folder `p`: these statements before a plugin that is well. */
const plugin = (top: string, files: Readonly<Record<string, string>> = {}) => {
  const below = Object.entries(files).map(([name, text]) => [`p/${name}`, text] as const);
  return async (stage: Stage): Promise<readonly string[]> => {
    await stage.write({ 'p/mod.ts': `${top}\n${goodModule('p')}`, ...Object.fromEntries(below) });
    return ADD;
  };
};

const withMap = (map: object, top: string, files: Readonly<Record<string, string>> = {}) =>
  plugin(top, { 'plugin.json': JSON.stringify({ ...MANIFEST, import_map: map }), ...files });

/** The plugin at a URL of the server, whose import is answered as `routes` say. */
const served =
  (top: string, routes: (stage: Stage) => Stage['server']['routes']) =>
  (stage: Stage): string[] => {
    Object.assign(stage.server.routes, { '/p.ts': `${top}\n${goodModule('p')}`, ...routes(stage) });
    return ['plugin', 'add', `${stage.server.url}/p.ts`, '--yes'];
  };

const redirect =
  (location: (stage: Stage) => string) =>
  (stage: Stage): Stage['server']['routes'][string] =>
  (_request, response) =>
    void response.writeHead(302, { location: location(stage) }).end();

const bounce = (location: (stage: Stage) => string) =>
  served(`import './dep.ts';`, (stage) => ({ '/dep.ts': redirect(location)(stage) }));

/** The plugin at a public host, as far as the host can tell: behind a proxy, where every name leads to loopback. */
const publicly =
  (top: (stage: Stage) => string) =>
  async (stage: Stage): Promise<string[]> => {
    Object.assign(stage.server.routes, { '/p.ts': `${top(stage)}\n${goodModule('p')}` });
    const { port } = stage.server;
    await stage.configure(`fetch: { allow_insecure: ["plugins.example:${port}"], retries: 0 }\n`);
    return ['plugin', 'add', `http://plugins.example:${port}/p.ts`, '--yes'];
  };
const BEHIND = {
  get HTTP_PROXY() {
    return proxy.url;
  },
};

/** Names of the test's own, and an internet where what is public leads to this machine (names.mjs). */
const internet = (
  names: Readonly<Record<string, readonly (readonly string[])[]>>,
): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=${new URL('names.mjs', import.meta.url).href}`,
  AITBC_TEST_NAMES: JSON.stringify(names),
});
const PUBLIC = ['93.184.216.34'];

/** The plugin at a public host that has what `routes` say; on another address of this machine a server that nobody may ask. */
const rebinding =
  (top: (port: number) => string) =>
  async (stage: Stage): Promise<string[]> => {
    const { port, routes } = stage.server;
    const asked: string[] = [];
    const other = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('canary-of-the-inner-server');
    });
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.2', resolve));
    stage.defer(async () => {
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
      if (asked.length > 0) throw new Error(`the inner server was asked: ${asked.join(', ')}`);
    });
    routes['/p.ts'] = (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/typescript', connection: 'close' })
        .end(`${top(port)}\n${goodModule('p')}`);
    await stage.configure(
      `fetch: { allow_insecure: ["plugins.example:${port}", "other.example:${port}"], retries: 0 }\n`,
    );
    return ['plugin', 'add', `http://plugins.example:${port}/p.ts`, '--yes'];
  };

const rebindings: CliCase[] = [
  {
    name: 'by a name that stays public',
    plant: (stage) => {
      stage.server.routes['/x.ts'] = 'export const n = 1;';
      return rebinding((port) => `import 'http://other.example:${port}/x.ts';`)(stage);
    },
    env: internet({ 'plugins.example': [PUBLIC], 'other.example': [PUBLIC] }),
    writes: true,
  },
  {
    name: 'by a name that leads inside',
    plant: rebinding((port) => `import 'http://other.example:${port}/x.ts';`),
    env: internet({ 'plugins.example': [PUBLIC], 'other.example': [['127.0.0.2']] }),
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'by a name that leads inside at the second look',
    plant: (stage) => {
      stage.server.routes['/x.ts'] = (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'application/typescript', connection: 'close' })
          .end(`import './y.ts';`);
      return rebinding((port) => `import 'http://other.example:${port}/x.ts';`)(stage);
    },
    env: internet({ 'plugins.example': [PUBLIC], 'other.example': [PUBLIC, ['127.0.0.2']] }),
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'by its own name, which leads inside at the second look',
    plant: rebinding(() => `import './y.ts';`),
    env: internet({ 'plugins.example': [PUBLIC, ['127.0.0.2']] }),
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'by a name with a public address and one inside',
    plant: rebinding((port) => `import 'http://other.example:${port}/x.ts';`),
    env: internet({ 'plugins.example': [PUBLIC], 'other.example': [[...PUBLIC, '127.0.0.2']] }),
    fails: 'ERR_IMPORT_DENIED',
  },
];

/** A server that answers by hand, and goes on as long as it is read. */
const endless =
  (head: string, piece: string): Stage['server']['routes'][string] =>
  ({ socket }) => {
    socket.on('error', () => socket.destroy());
    socket.write(head);
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece.repeat(500))) continue;
    };
    socket.on('drain', more);
    more();
  };

const heads: CliCase[] = (
  [
    ['headers without an end', 'HTTP/1.1 200 OK\r\n', 'x-more: 0123456789\r\n'],
    ['one header without an end', 'HTTP/1.1 200 OK\r\nx-more: ', '0123456789'],
    ['a status line without an end', 'HTTP/1.1 200 ', '0123456789'],
    ['early hints without an end', '', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'],
    ['a continue without an end', '', 'HTTP/1.1 100 Continue\r\n\r\n'],
    [
      'trailers without an end',
      'HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\ntransfer-encoding: chunked\r\n\r\n1\r\n;\r\n0\r\n',
      'x-more: 0123456789\r\n',
    ],
    [
      'extensions of a chunk without an end',
      'HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\ntransfer-encoding: chunked\r\n\r\n1;x=',
      '0123456789',
    ],
  ] as const
).map(([name, head, piece]) => ({
  name,
  plant: async (stage) => {
    await stage.configure('fetch: { retries: 0, timeout: 4s, max_module: 1MiB }\n');
    return served(`import './dep.ts';`, () => ({ '/dep.ts': endless(head, piece) }))(stage);
  },
  fails: 'ERR_SOURCE_FETCH',
}));

const modulesIn = async (stage: Stage): Promise<string[]> => {
  const lock = JSON.parse(await readFile(join(stage.path, 'plugins.lock.json'), 'utf8')) as {
    plugins: Record<string, { modules: object }>;
  };
  return Object.keys(lock.plugins['p']?.modules ?? {});
};

const escapes: CliCase[] = [
  { name: 'a path above the root', plant: plugin(`import '../secret.txt';`), fails: 'ERR_IMPORT_DENIED' },
  {
    name: 'a path above the root, as text',
    plant: plugin(`import x from './a/../../secret.txt' with { type: 'text' };\n${USE}`),
    fails: 'ERR_IMPORT_DENIED',
  },
  { name: 'an escaped path above the root', plant: plugin(`import '..%2fsecret.txt';`), fails: 'ERR_IMPORT_DENIED' },
  { name: 'backslashes', plant: plugin(`import '..\\\\secret.txt';`), fails: 'ERR_IMPORT_DENIED' },
  { name: 'an absolute path', plant: plugin(`import '/etc/passwd';`), fails: 'ERR_IMPORT_DENIED' },
  { name: 'a NUL in a path', plant: plugin(`import './x.ts\\0.js';`), fails: 'ERR_IMPORT_DENIED' },
  {
    name: 'file:',
    plant: plugin(`import x from 'file:///etc/passwd' with { type: 'text' };\n${USE}`),
    fails: 'ERR_IMPORT_DENIED',
  },
  { name: 'data:', plant: plugin(`import 'data:text/javascript,export default 1';`), fails: 'ERR_IMPORT_DENIED' },
  { name: 'blob:', plant: plugin(`import 'blob:nodedata:1';`), fails: 'ERR_IMPORT_DENIED' },
  { name: 'plain http: to another host', plant: plugin(`import 'http://192.0.2.1/x.ts';`), fails: 'ERR_IMPORT_DENIED' },
  {
    name: 'a URL with a password',
    plant: plugin(`import 'https://a:b@example.com/x.ts';`),
    fails: 'ERR_IMPORT_DENIED',
  },
  ...[
    'node:child_process',
    'child_process',
    'node:vm',
    'node:worker_threads',
    'node:net',
    'node:module',
    'node:inspector',
    'node:sqlite',
    'node:wasi',
    'node:ffi',
    'isolated-vm',
    '@aitbc/plugins',
    'ftp://example.invalid/x.js',
    './../../../../../../../../etc/passwd',
    './%2e%2e/%2e%2e/secret.txt',
  ].map((specifier): CliCase => ({
    name: specifier,
    plant: plugin(`import x from '${specifier}';\n${USE}`),
    fails: 'ERR_IMPORT_DENIED',
  })),
  {
    name: 'a part of Node by require()',
    plant: plugin(`require('fs').mkdirSync('/x'); require('vm');`),
    fails: 'ERR_IMPORT_DENIED',
  },
  { name: 'a computed import', plant: plugin(`await import(['node:', 'vm'].join(''));`), fails: 'ERR_IMPORT_DENIED' },
  {
    name: 'a specifier of escape sequences',
    plant: plugin(`import '\\u001b]0;owned\\u0007\\u009b2J\\u202e./x.ts';`),
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'a specifier of a megabyte',
    plant: plugin(`import './${'x'.repeat(1_000_000)}.ts';`),
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'a link that leaves the plugin',
    plant: async (stage) => {
      await plugin(`import x from './x.txt' with { type: 'text' };\n${USE}`)(stage);
      await symlink('../secret.txt', join(stage.path, 'p/x.txt'));
      return ADD;
    },
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'a folder that is a link which leaves the plugin',
    plant: async (stage) => {
      await plugin(`import x from './up/secret.txt' with { type: 'text' };\n${USE}`)(stage);
      await symlink('..', join(stage.path, 'p/up'));
      return ADD;
    },
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'a manifest that is a link which leaves the plugin',
    plant: async (stage) => {
      await plugin('')(stage);
      await symlink('../secret.txt', join(stage.path, 'p/plugin.json'));
      return ADD;
    },
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'a FIFO',
    plant: async (stage) => {
      await plugin(`import './x.ts';`)(stage);
      execFileSync('mkfifo', [join(stage.path, 'p/x.ts')]);
      return ADD;
    },
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'a module of a terabyte',
    plant: async (stage) => {
      await plugin(`import x from './x.bin' with { type: 'bytes' };\n${USE}`, { 'x.bin': '' })(stage);
      await truncate(join(stage.path, 'p/x.bin'), 2 ** 40);
      return ADD;
    },
    fails: 'ERR_SOURCE_TOO_LARGE',
  },
  {
    name: 'a tsconfig.json that extends a file of the operator',
    plant: plugin('', {
      'tsconfig.json': '{ "extends": "../secret.txt", "compilerOptions": { "paths": { "*": ["/etc/*"] } } }',
    }),
    writes: true,
  },
  {
    name: 'a source map that names a file of the operator',
    plant: plugin('', { 'dep.ts': '//# sourceMappingURL=../secret.txt' }),
    writes: true,
  },
  {
    name: 'a source map of escape sequences, in a stack',
    plant: async (stage) => {
      const map = {
        version: 3,
        names: [],
        sources: ['\u001b[2J/\u202e../../secret.txt\u009b1m'],
        mappings: 'AAAA;AAAA;AAAA;AAAA;AAAA',
      };
      const inline = Buffer.from(JSON.stringify(map)).toString('base64');
      const text = goodModule('p').replace(`return 'pong'`, `throw new Error('x')`);
      await stage.write({ 'p/mod.ts': `${text}\n//# sourceMappingURL=data:application/json;base64,${inline}` });
      await stage.aitbc(ADD);
      return ['plugin', 'call', 'p', 'ping'];
    },
    fails: 'ERR_PLUGIN_THREW',
  },
  {
    name: 'an expression that is too deep for a parser',
    plant: plugin(`globalThis.x = ${'['.repeat(3_000_000)}${']'.repeat(3_000_000)};`),
    fails: 'ERR_BUILD',
  },
];

const maps: CliCase[] = [
  {
    name: 'the SDK mapped to a file of its own',
    plant: withMap({ imports: { '@aitbc/plugins/sdk': './evil.ts' } }, '', { 'evil.ts': 'export class BasePlugin {}' }),
    writes: true,
    also: async (_result, stage) =>
      (await modulesIn(stage)).includes('evil.ts') ? ['the SDK was replaced by a file of the plugin'] : [],
  },
  {
    name: 'node: mapped to a file of the operator',
    plant: withMap({ imports: { 'node:path': 'file:///etc/passwd' } }, `import 'node:path';`),
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'a name mapped above the root',
    // A URL has nothing above its root: what is meant is a file of the plugin, and there is none.
    plant: withMap({ imports: { up: '../secret.txt' } }, `import 'up';`),
    fails: 'ERR_SOURCE_NOT_FOUND',
  },
  {
    name: 'a name mapped to what Node has',
    plant: withMap({ imports: { util2: 'node:child_process' } }, `import 'util2';`),
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'a prefix that walks up behind it',
    plant: withMap({ imports: { 'lib/': './lib/' } }, `import 'lib/../../secret.txt';`),
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'a key that would be a prototype',
    plant: plugin('', {
      'plugin.json': `${JSON.stringify(MANIFEST).slice(0, -1)}, "import_map": { "__proto__": { "imports": {} } } }`,
    }),
    fails: 'ERR_METADATA',
  },
  { name: 'a map of the wrong types', plant: withMap({ imports: [1], scopes: 7 }, ''), fails: 'ERR_METADATA' },
];

const graphs: CliCase[] = [
  {
    name: 'one URL with two contents',
    plant: (stage) => {
      let turn = 0;
      const { url, routes } = stage.server;
      Object.assign(routes, {
        '/p.ts': `import '${url}/one.ts'; import '${url}/two.ts';\n${goodModule('p')}`,
        '/one.ts': redirect(() => '/same.ts')(stage),
        '/two.ts': redirect(() => '/same.ts')(stage),
        '/same.ts': (_request, response) =>
          void response.writeHead(200, { 'content-type': 'text/javascript' }).end(`export const n = ${(turn += 1)};`),
      } satisfies Stage['server']['routes']);
      return ['plugin', 'add', `${url}/p.ts`, '--yes'];
    },
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'a module that is another one for the second plugin',
    plant: async (stage) => {
      const { routes, url } = stage.server;
      Object.assign(routes, {
        '/p.ts': `import '${url}/shared.ts';\n${goodModule('p')}`,
        '/q.ts': `import '${url}/shared.ts';\n${goodModule('q')}`,
        '/shared.ts': 'export const n = 1;',
      });
      await stage.aitbc(['plugin', 'add', `${url}/p.ts`, '--yes']);
      routes['/shared.ts'] = 'export const n = 2;';
      return ['plugin', 'add', `${url}/q.ts`, '--yes'];
    },
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'a module that is another one when it is fetched again',
    plant: async (stage) => {
      const { routes, url } = stage.server;
      const text = goodModule('p');
      routes['/p.ts'] = text;
      await stage.aitbc(['plugin', 'add', `${url}/p.ts`, '--yes']);
      await stage.forget(text);
      routes['/p.ts'] = `fetch('http://evil.example/');\n${text}`;
      return ['plugin', 'fetch'];
    },
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'a module of a folder that is another one when it is run',
    plant: async (stage) => {
      await plugin(`import { n } from './dep.ts'; globalThis.n = n;`, { 'dep.ts': `export const n = 'fine';` })(stage);
      await stage.aitbc(ADD);
      await stage.write({ 'p/dep.ts': `export const n = 'evil';` });
      return ['plugin', 'call', 'p', 'ping'];
    },
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'a module that is another one for each browser',
    plant: served('', () => ({
      '/p.ts': (request, response) =>
        void response
          .writeHead(200, { 'content-type': 'text/javascript' })
          .end(goodModule('p').replace('pong', String(request.headers['user-agent']))),
    })),
    writes: true,
    also: async (_result, stage) => {
      const asked = stage.server.requests.length;
      const { status } = await stage.aitbc(['plugin', 'call', 'p', 'ping']);
      const again = stage.server.requests.length - asked;
      return [...(status === 0 ? [] : ['it does not run']), ...(again === 0 ? [] : ['it was fetched again'])];
    },
  },
  {
    name: 'modules that import each other and themselves',
    plant: plugin(`import './a.ts';`, {
      'a.ts': `import './b.ts'; import './a.ts';`,
      'b.ts': `import './a.ts'; import './mod.ts';`,
    }),
    writes: true,
  },
  {
    name: 'ten thousand modules',
    plant: async (stage) => {
      await stage.configure('fetch: { max_modules: 1000 }\n');
      const names = Array.from({ length: 10_000 }, (_, index) => `m${index}.ts`);
      Object.assign(stage.server.routes, {
        '/p.ts': `${names.map((name) => `import './${name}';`).join('\n')}\n${goodModule('p')}`,
        ...Object.fromEntries(names.map((name) => [`/${name}`, 'export {};'])),
      });
      return ['plugin', 'add', `${stage.server.url}/p.ts`, '--yes'];
    },
    fails: 'ERR_SOURCE_TOO_LARGE',
  },
  {
    name: 'modules that never end, each importing the next',
    plant: async (stage) => {
      await stage.configure('fetch: { max_modules: 200 }\n');
      const { routes } = stage.server;
      Object.assign(routes, { '/p.ts': `import '${stage.server.url}/n.ts?0';\n${goodModule('p')}` });
      routes['/n.ts'] = (request, response) => {
        const next = Number(request.url?.split('?')[1]) + 1;
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(`import '/n.ts?${next}';`);
      };
      return ['plugin', 'add', `${stage.server.url}/p.ts`, '--yes'];
    },
    fails: 'ERR_SOURCE_TOO_LARGE',
  },
];

const servers: CliCase[] = [
  { name: 'to a file', plant: bounce(() => 'file:///etc/passwd'), fails: 'ERR_SOURCE_FETCH' },
  { name: 'to data:', plant: bounce(() => 'data:text/javascript,1'), fails: 'ERR_SOURCE_FETCH' },
  { name: 'with a password', plant: bounce(({ inner }) => `http://a:b@${inner.host}/x.ts`), fails: 'ERR_SOURCE_FETCH' },
  { name: 'to plain http: elsewhere', plant: bounce(() => 'http://192.0.2.1/x.ts'), fails: 'ERR_SOURCE_FETCH' },
  { name: 'in a circle', plant: bounce(({ server }) => `${server.url}/dep.ts`), fails: 'ERR_SOURCE_FETCH' },
  { name: 'to escape sequences', plant: bounce(() => 'x:\u009b2J\u0085:\u00ff'), fails: 'ERR_SOURCE_FETCH' },
  {
    name: 'of a public host to this machine',
    plant: (stage) => {
      stage.server.routes['/dep.ts'] = redirect(({ inner }) => `${inner.url}/x.ts`)(stage);
      return publicly(() => `import './dep.ts';`)(stage);
    },
    env: BEHIND,
    fails: 'ERR_SOURCE_FETCH',
  },
];

const publicCases: CliCase[] = [
  {
    name: 'of this machine',
    plant: publicly(({ inner }) => `import '${inner.url}/x.ts';`),
    env: BEHIND,
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'of this machine, as a number',
    plant: publicly(({ inner }) => `import 'http://2130706433:${inner.port}/x.ts';`),
    env: BEHIND,
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'of this machine, as IPv6 that holds IPv4',
    plant: publicly(({ inner }) => `import 'http://[::ffff:127.0.0.1]:${inner.port}/x.ts';`),
    env: BEHIND,
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'of localhost with a dot at its end',
    plant: publicly(({ inner }) => `import 'http://localhost.:${inner.port}/x.ts';`),
    env: BEHIND,
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'of a private network',
    plant: publicly(() => `import 'https://10.0.0.1/x.ts';`),
    env: BEHIND,
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'of the metadata of a cloud',
    plant: publicly(() => `import 'https://169.254.169.254/latest/meta-data';`),
    env: BEHIND,
    fails: 'ERR_IMPORT_DENIED',
  },
];

hostileCli('aitbc plugin add of a plugin that imports', escapes);
hostileCli('aitbc plugin add of a plugin whose import map has', maps);
hostileCli('aitbc with a plugin whose graph has', graphs);
hostileCli('aitbc plugin add of a plugin whose import is redirected', servers);
hostileCli('aitbc plugin add of a plugin of a public host that imports a module', publicCases);
hostileCli('aitbc plugin add of a plugin of a public host that imports a module', rebindings);
hostileCli('aitbc plugin add of a plugin whose import is answered with', heads);

/** What a mere `import()` of the same modules gets: the operator's files, other programs, the host's own modules. */
test.each([
  ['a file outside', `import x from '../secret.json' with { type: 'json' };`, 'canary-of-the-operator'],
  [
    'an absolute path',
    `import { createRequire } from 'node:module'; const x = createRequire(import.meta.url)('/etc/hostname.json');`,
    'canary-of-the-machine',
  ],
  ['data:', `import x from 'data:text/javascript,export default "canary-of-data"';`, 'canary-of-data'],
  [
    'a part of Node',
    `import { execFileSync } from 'node:child_process'; const x = String(execFileSync('echo', ['canary-of-a-program']));`,
    'canary-of-a-program',
  ],
  ['a computed import', `const x = Object.keys(await import(['node:', 'vm'].join('')));`, 'runInNewContext'],
  ['a link that leaves the plugin', `import x from './link.json' with { type: 'json' };`, 'canary-of-the-operator'],
])('control: what %s gives where nothing stops it', async (_name, top, loot) => {
  await using folder = await temporaryFolder({
    'secret.json': '"canary-of-the-operator"',
    'machine.json': '"canary-of-the-machine"',
    'p/mod.mjs': '',
  });
  await symlink('../secret.json', join(folder.path, 'p/link.json'));
  const module = top.replace('/etc/hostname.json', join(folder.path, 'machine.json'));
  await folder.write({ 'p/mod.mjs': `${module}\nconsole.log(x);` });
  const said = execFileSync(process.execPath, [join(folder.path, 'p/mod.mjs')], { encoding: 'utf8' });
  expect(said).toContain(loot);
});
