import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { FetchConfig } from '../../src/config/types.ts';
import { createRegistries } from '../../src/registry/registries.ts';
import type { Registries } from '../../src/registry/types.ts';
import { openStore } from '../../src/store/store.ts';
import { createCertificates } from '../support/certificates.ts';
import { rejected } from '../support/errors.ts';
import { createRepository, serveGit } from '../support/git-server.ts';
import { deadPort, serve, type Handler } from '../support/http-server.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { indexEntry, indexOf } from '../support/registry.ts';
import { sourceContext } from '../support/source-context.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

const plugins = (...names: readonly string[]): string =>
  indexOf(names.map((name) => indexEntry(name, '1.0.0', { bytes: name, at: `${name}.tgz` })));
const serial = (count: number | undefined, name = 'greeter'): string =>
  indexOf([indexEntry(name, '1.0.0', { bytes: name, at: 'x.tgz' })], count === undefined ? {} : { serial: count });

interface Setup extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly logger: ReturnType<typeof recordingLogger>;
  /** As a new run has them. */
  open(
    registries: readonly unknown[],
    options?: { readonly offline?: boolean; readonly fetch?: Partial<FetchConfig> },
  ): Promise<Registries>;
}

async function setup(files: Readonly<Record<string, string>> = {}): Promise<Setup> {
  const folder = await temporaryFolder(files);
  const logger = recordingLogger();
  return {
    folder,
    logger,
    async open(registries, { offline = false, fetch = {} } = {}) {
      const config = await loadConfig({ object: { plugins: {}, registries }, cwd: folder.path, env: {} });
      const store = openStore({ cacheDir: join(folder.path, 'cache') });
      const source = () => sourceContext(folder.path, { offline, httpCache: store.http, config: fetch });
      return createRegistries({ config, cache: store.indexes, logger, source });
    },
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

const from = async (registries: Registries, name: string, lookup = {}): Promise<string> =>
  (await registries.releases(name, lookup)).index.registry.name;

describe('an index is read', () => {
  test.each([
    ['from a folder', './registry', './registry', './registry'],
    ['from a file', './registry/index.json', './registry/index.json', './registry'],
  ])('%s', async (_, url, normal, base) => {
    await using place = await setup({ 'registry/index.json': plugins('greeter') });
    const { index, releases } = await (await place.open([url])).releases('greeter');
    expect(index).toMatchObject({ registry: { name: 'registry', url: normal }, base, stale: undefined });
    expect(releases).toMatchObject([{ name: 'greeter', version: '1.0.0' }]);
  });

  test.each([
    ['index.json', '#main', ''],
    ['sub/plugins/index.json', '#main:sub/plugins', ':sub/plugins'],
    ['sub/plugins/list.json', '#:sub/plugins/list.json', ':sub/plugins'],
  ])('from %s of a repository, over http and from this machine', async (file, fragment, folder) => {
    await using place = await setup();
    const repository = await createRepository(place.folder.path, 'repo');
    const commit = await repository.commit({ [file]: plugins('greeter') });
    await using server = await serveGit(place.folder.path);
    for (const url of [`${server.url}/repo/.git`, `file://${repository.path}`]) {
      const registries = await place.open([{ name: 'acme', url: `git+${url}${fragment}` }]);
      const { index } = await registries.releases('greeter');
      expect(index.base).toBe(`git+${url}#${commit}${folder}`);
    }
  });

  test('from a web server, once in a run, asked anew with its etag in the next; a folder means its index.json', async () => {
    await using place = await setup();
    const statuses: number[] = [];
    await using server = await serve({
      '/plugins/index.json': (request, response) => {
        const known = request.headers['if-none-match'] === '"1"';
        statuses.push(known ? 304 : 200);
        response.writeHead(known ? 304 : 200, { etag: '"1"' }).end(known ? '' : plugins('greeter', 'wallet'));
      },
    });
    const registries = await place.open([{ name: 'acme', url: `${server.url}/plugins/` }]);
    expect(await Promise.all([from(registries, 'greeter'), from(registries, 'wallet')])).toEqual(['acme', 'acme']);
    const again = await place.open([{ name: 'acme', url: `${server.url}/plugins/index.json` }]);
    expect((await again.releases('greeter')).index.base).toBe(`${server.url}/plugins/index.json`);
    expect(statuses).toEqual([200, 304]);
  });

  test('over https, with the certificate authority and the token of the config, which goes to no other host', async () => {
    const tls = createCertificates();
    await using place = await setup({ 'ca.pem': tls.ca });
    await using elsewhere = await serve({ '/index.json': plugins('greeter') }, { tls, hostname: 'localhost' });
    await using server = await serve(
      (request, response) => {
        if (request.headers.authorization === 'Bearer s3cret') redirect(response, `${elsewhere.url}/index.json`);
        else response.writeHead(401).end();
      },
      { tls },
    );
    const url = [`${server.url}/index.json`];
    const fetch = { ca: join(place.folder.path, 'ca.pem'), tokens: new Map([[server.host, 's3cret']]) };
    const untrusted = await rejected((await place.open(url)).releases('greeter'));
    expect(untrusted.message).toContain('certificate');
    const bare = await rejected((await place.open(url, { fetch: { ca: fetch.ca } })).releases('greeter'));
    expect(bare.message).toContain('401');
    expect(await from(await place.open(url, { fetch }), 'greeter')).toBe('127.0.0.1');
    expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('from where a redirect leads, which is what its own addresses start from', async () => {
    await using place = await setup();
    await using server = await serve({
      '/index.json': (_, response) => void response.writeHead(302, { location: '/v2/plugins.json' }).end(),
      '/v2/plugins.json': plugins('greeter'),
    });
    const { index } = await (await place.open([`${server.url}/index.json`])).releases('greeter');
    expect(index).toMatchObject({
      base: `${server.url}/v2/plugins.json`,
      registry: { url: `${server.url}/index.json` },
    });
  });
});

describe('an index is refused', () => {
  test.each([
    ['npm:registry', /is no place/],
    ['http://registry.example.com/index.json', /plain http: is allowed to loopback alone/],
    ['https://host/registry.git', /names a git repository/],
    ['somewhere', /is no place/],
  ])('at %s, which is no place for one', async (url, state) => {
    await using place = await setup();
    const error = await rejected((await place.open([{ name: 'acme', url }])).releases('greeter'));
    expect(error.code).toBe('ERR_CONFIG_INVALID');
    expect(error.message).toMatch(state);
  });

  test('with TUF where nothing reads it, rather than read without', async () => {
    await using place = await setup({ 'registry/index.json': plugins('greeter') });
    const registries = await place.open([{ url: './registry', tuf: { root: './root.json' } }]);
    expect((await rejected(registries.releases('greeter'))).message).toContain('TUF');
  });

  const hostile: readonly (readonly [string, Handler, string, RegExp])[] = [
    ['that never ends', (_, response) => endless(response), 'ERR_SOURCE_TOO_LARGE', /larger than/],
    ['that is a web page', (_, response) => void response.end('<html>login</html>'), 'ERR_SOURCE_FETCH', /page/],
    ['that is cut off', (_, response) => cutOff(response), 'ERR_SOURCE_FETCH', /./],
    ['that leads in a circle', (_, response) => redirect(response, '/index.json'), 'ERR_SOURCE_FETCH', /circle/],
    ['that leads to a file', (_, response) => redirect(response, 'file:///etc/passwd'), 'ERR_SOURCE_FETCH', /file:/],
    ['that needs a token', (_, response) => void response.writeHead(401).end(), 'ERR_SOURCE_FETCH', /401/],
    ['that is not there', (_, response) => void response.writeHead(404).end(), 'ERR_SOURCE_NOT_FOUND', /404|no such/],
    ['that is none', (_, response) => void response.end('[]'), 'ERR_REGISTRY', /must be object/],
  ];
  test.each(hostile)('%s', async (_, handler, code, state) => {
    await using place = await setup();
    await using server = await serve(handler);
    const error = await rejected((await place.open([`${server.url}/index.json`])).releases('greeter'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(state);
  });

  test('that is a link out of its folder', async () => {
    await using place = await setup({ 'secret.json': plugins('greeter'), 'registry/.keep': '' });
    const { symlink } = await import('node:fs/promises');
    await symlink(join(place.folder.path, 'secret.json'), join(place.folder.path, 'registry/index.json'));
    const error = await rejected((await place.open(['./registry'])).releases('greeter'));
    expect(error.message).toContain('leads out of');
  });
});

describe('the last good copy', () => {
  const warned = /^warn: a registry cannot be read now: its last good copy is used .*"age":"less than a minute"/;

  test('stands in for a server that is down, one that gives nonsense, and --offline, and says so', async () => {
    await using place = await setup();
    await using server = await serve({ '/index.json': plugins('greeter') });
    const url = [`${server.url}/index.json`];
    await from(await place.open(url), 'greeter');

    server.routes['/index.json'] = 'nonsense';
    const { index } = await (await place.open(url)).releases('greeter');
    expect(index.stale).toMatchObject({ code: 'ERR_REGISTRY' });
    server.routes['/index.json'] = (_, response) => void response.writeHead(404).end();
    expect((await (await place.open(url)).releases('greeter')).index.stale?.code).toBe('ERR_SOURCE_NOT_FOUND');
    const asked = server.requests.length;
    const { index: kept } = await (await place.open(url, { offline: true })).releases('greeter');
    expect(kept).toMatchObject({ base: url[0], stale: { code: 'ERR_OFFLINE' } });
    expect(server.requests).toHaveLength(asked);
    await server.close();
    expect((await (await place.open(url)).releases('greeter')).index.stale?.code).toBe('ERR_SOURCE_FETCH');
    expect(place.logger.lines).toHaveLength(4);
    for (const line of place.logger.lines) expect(line).toMatch(warned);
  });

  test('is a good one, though many bad answers came after it', async () => {
    await using place = await setup();
    await using server = await serve({ '/index.json': plugins('greeter') });
    const url = [`${server.url}/index.json`];
    await from(await place.open(url), 'greeter');
    for (const bad of ['', '{}', '{"plugins":[{}]}', '<html>', plugins('a', 'A')]) {
      server.routes['/index.json'] = bad;
      expect(await from(await place.open(url), 'greeter')).toBe('127.0.0.1');
    }
    server.routes['/index.json'] = plugins('wallet');
    expect(await from(await place.open(url), 'wallet')).toBe('127.0.0.1');
    expect((await rejected((await place.open(url, { offline: true })).releases('greeter'))).code).toBe(
      'ERR_SOURCE_NOT_FOUND',
    );
  });

  test('of one registry is not that of another', async () => {
    await using place = await setup();
    await using server = await serve({ '/a.json': plugins('greeter') });
    await from(await place.open([{ name: 'x', url: `${server.url}/a.json` }]), 'greeter');
    const other = await place.open([{ name: 'x', url: `${server.url}/b.json` }], { offline: true });
    const error = await rejected(other.releases('greeter'));
    expect(error).toMatchObject({ code: 'ERR_OFFLINE', hint: expect.stringContaining('with a network') as string });
  });

  test('whose bytes were changed on the disk counts for nothing', async () => {
    await using place = await setup();
    await using server = await serve({ '/index.json': plugins('greeter') });
    const url = [`${server.url}/index.json`];
    await from(await place.open(url), 'greeter');
    const { readdir, writeFile } = await import('node:fs/promises');
    const blobs = await readdir(join(place.folder.path, 'cache/v1/blobs'), { recursive: true, withFileTypes: true });
    for (const blob of blobs.filter((each) => each.isFile())) {
      await writeFile(join(blob.parentPath, blob.name), plugins('evil'));
    }
    expect((await rejected((await place.open(url, { offline: true })).releases('evil'))).code).toBe('ERR_OFFLINE');
  });

  test('is no older than what is served: a serial that goes back, or away, is refused', async () => {
    await using place = await setup();
    await using server = await serve({ '/index.json': serial(7, 'new') });
    const url = [`${server.url}/index.json`];
    await from(await place.open(url), 'new');
    for (const old of [6, undefined]) {
      server.routes['/index.json'] = serial(old, 'old');
      const { index } = await (await place.open(url)).releases('new');
      expect(index.stale).toMatchObject({ code: 'ERR_REGISTRY', message: expect.stringContaining('7') as string });
    }
    server.routes['/index.json'] = serial(8, 'newer');
    expect(await from(await place.open(url), 'newer')).toBe('127.0.0.1');
    expect(place.logger.lines).toHaveLength(2);
  });
});

describe('a name comes from one registry', () => {
  const two = {
    'one/index.json': plugins('greeter', 'Wallet'),
    'two/index.json': plugins('greeter', 'wallet', 'only'),
  };

  test('the first that has it; a later one only for what no earlier one has, or by its own name', async () => {
    await using place = await setup(two);
    const registries = await place.open(['./one', './two']);
    expect(await from(registries, 'greeter')).toBe('one');
    expect(await from(registries, 'only')).toBe('two');
    expect(await from(registries, 'greeter', { registry: 'two' })).toBe('two');
    expect(await from(await place.open(['./two', './one']), 'greeter')).toBe('two');
  });

  test('never a later one for a name that an earlier one writes otherwise', async () => {
    await using place = await setup(two);
    const error = await rejected((await place.open(['./one', './two'])).releases('wallet'));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(error.message).toContain('one writes it "Wallet"');
  });

  test('never a later one because an earlier one cannot be read', async () => {
    await using place = await setup(two);
    const url = `http://127.0.0.1:${await deadPort()}/index.json`;
    const registries = await place.open([{ name: 'down', url }, './two']);
    const error = await rejected(registries.releases('greeter'));
    expect(error.code).toBe('ERR_SOURCE_FETCH');
    expect(error.hint).toContain('down may have "greeter", so no later registry is asked');
    expect(await from(registries, 'greeter', { registry: 'two' })).toBe('two');
  });

  test('the one that the lock binds it to, wherever that stands and whoever else has it', async () => {
    await using place = await setup({ ...two, 'two/index.json': plugins('greeter') });
    expect(await from(await place.open(['./one', './two']), 'greeter', { bound: './two' })).toBe('two');
    const gone = await rejected((await place.open(['./one'])).releases('greeter', { bound: './two' }));
    expect(gone).toMatchObject({ code: 'ERR_POLICY', details: { locked: './two', asked: './one' } });
    expect(gone.hint).toContain('aitbc plugin update greeter --rebind');
    const other = await place.open(['./one', './two']);
    const named = await rejected(other.releases('greeter', { bound: './two', registry: 'one' }));
    expect(named.code).toBe('ERR_POLICY');
    const lost = await rejected(other.releases('Wallet', { bound: './two' }));
    expect(lost).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(lost.message).toContain('the registry it is locked from has it no more');
  });

  test('or from none, with what was probably meant', async () => {
    await using place = await setup(two);
    const missing = await rejected((await place.open(['./one', './two'])).releases('greter'));
    expect(missing.message).toBe('Cannot find "greter": no registry has it, did you mean "greeter"?');
    const none = await rejected((await place.open([])).releases('greeter'));
    expect(none.message).toBe('Cannot find "greeter": the config has no registries');
    const unknown = await rejected((await place.open(['./one'])).releases('greeter', { registry: 'oen' }));
    expect(unknown).toMatchObject({ code: 'ERR_USAGE', hint: 'it has one' });
    expect(unknown.message).toContain('did you mean "one"?');
  });
});

test('all() tells of each registry what it has or what is wrong', async () => {
  await using place = await setup({ 'one/index.json': plugins('greeter'), 'two/index.json': '[]' });
  const answers = await (await place.open(['./one', './two'])).all();
  expect(answers.map(({ registry, index, error }) => [registry.name, index?.plugins.size, error?.code])).toEqual([
    ['one', 1, undefined],
    ['two', undefined, 'ERR_REGISTRY'],
  ]);
  expect(await (await place.open(['./one', './two'])).all('one')).toHaveLength(1);
});

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(1024 * 1024, 0x20);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

function cutOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"plugins":');
  setImmediate(() => response.destroy());
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end();
}
