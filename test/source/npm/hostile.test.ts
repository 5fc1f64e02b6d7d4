import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { recordingLogger } from '../../support/recording-logger.ts';
import { npmRegistry, type NpmRegistry } from '../../support/npm-registry.ts';
import { rejected } from '../../support/errors.ts';
import { deadPort, serve } from '../../support/http-server.ts';
import { tarball } from '../../support/tarball.ts';
import { artifactOf, lock, project, runLocked } from './support.ts';

const PLUGIN = { 'p/mod.js': 'export { default } from "npm:kit@^1";' };
const sha512 = (bytes: Uint8Array): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

async function withKit(): Promise<NpmRegistry> {
  const registry = await npmRegistry();
  await registry.add({ name: 'kit', version: '1.0.0' }, { 'index.js': 'module.exports = "kit";' });
  return registry;
}

function dist(registry: NpmRegistry): Record<string, unknown> {
  return registry.packuments.get('kit')!.versions['1.0.0']!['dist'] as Record<string, unknown>;
}

describe('a package is refused', () => {
  test.each<[string, string, (registry: NpmRegistry) => void | Promise<void>]>([
    [
      'with a tarball that was changed',
      'ERR_INTEGRITY',
      (registry) => void registry.tarballs.get('/kit/-/kit-1.0.0.tgz')!.writeUInt8(7, 40),
    ],
    [
      'with sha1 alone',
      'ERR_INTEGRITY',
      (registry) => void (dist(registry)['integrity'] = `sha1-${createHash('sha1').update('').digest('base64')}`),
    ],
    [
      'with md5 that matches beside a sha512 that does not',
      'ERR_INTEGRITY',
      (registry) => {
        const bytes = registry.tarballs.get('/kit/-/kit-1.0.0.tgz')!;
        dist(registry)['integrity'] =
          `md5-${createHash('md5').update(bytes).digest('base64')} ${sha512(Buffer.from('other'))}`;
      },
    ],
    [
      'with two sha512, one of which matches',
      'ERR_INTEGRITY',
      (registry) =>
        void (dist(registry)['integrity'] = `${String(dist(registry)['integrity'])} ${sha512(Buffer.from('other'))}`),
    ],
    ['without integrity', 'ERR_INTEGRITY', (registry) => void delete dist(registry)['integrity']],
    [
      'with the tarball of another version',
      'ERR_INTEGRITY',
      async (registry) => {
        const bytes = await tarball({
          'package/package.json': '{"name":"kit","version":"0.9.0"}',
          'package/index.js': '',
        });
        registry.tarballs.set('/kit/-/kit-1.0.0.tgz', bytes);
        dist(registry)['integrity'] = sha512(bytes);
      },
    ],
    [
      'with a tarball that holds a link',
      'ERR_ARCHIVE_UNSAFE',
      async (registry) => {
        const bytes = await tarball([
          { header: { name: 'package/package.json' }, content: '{"name":"kit","version":"1.0.0"}' },
          { header: { name: 'package/index.js', type: 'symlink', linkname: '/etc/passwd' } },
        ]);
        registry.tarballs.set('/kit/-/kit-1.0.0.tgz', bytes);
        dist(registry)['integrity'] = sha512(bytes);
      },
    ],
    [
      'with a tarball on another scheme',
      'ERR_SOURCE_FETCH',
      (registry) => void (dist(registry)['tarball'] = 'file:///etc/passwd'),
    ],
    [
      'with a tarball over plain http from elsewhere',
      'ERR_SOURCE_FETCH',
      (registry) => void (dist(registry)['tarball'] = 'http://example.com/kit.tgz'),
    ],
    ['with a tarball that is gone', 'ERR_SOURCE_NOT_FOUND', (registry) => registry.tarballs.clear()],
    [
      'that is about another one',
      'ERR_SOURCE_FETCH',
      (registry) => void (registry.packuments.get('kit')!.name = 'other'),
    ],
    [
      'whose version is another one inside',
      'ERR_SOURCE_FETCH',
      (registry) => void (registry.packuments.get('kit')!.versions['1.0.0']!['version'] = '1.0.1'),
    ],
    [
      'without versions',
      'ERR_SOURCE_FETCH',
      (registry) =>
        void ((registry.packuments.get('kit') as unknown as Record<string, unknown>)['versions'] = ['1.0.0']),
    ],
    [
      'with a tag that leads nowhere and no version in range',
      'ERR_SOURCE_NOT_FOUND',
      (registry) => {
        const packument = registry.packuments.get('kit')!;
        packument['dist-tags'] = JSON.parse('{"latest":"__proto__","^1":"constructor"}') as Record<string, string>;
        packument.versions = JSON.parse(
          '{"__proto__":{"dist":{}},"../../1.0.0":{}, "1.0.0 ":{}, "1.0.0":7}',
        ) as typeof packument.versions;
      },
    ],
    ['that no registry has', 'ERR_SOURCE_NOT_FOUND', (registry) => registry.packuments.clear()],
  ])('%s', async (_, code, spoil) => {
    await using registry = await withKit();
    await spoil(registry);
    await using folder = await project(registry, PLUGIN);
    expect((await rejected(artifactOf('./p', folder.context))).code).toBe(code);
  });

  test('by a registry that is down, and by an answer that is no JSON', async () => {
    await using folder = await project({ url: `http://127.0.0.1:${await deadPort()}/` }, PLUGIN);
    expect((await rejected(artifactOf('./p', folder.context))).code).toBe('ERR_SOURCE_FETCH');
    await using web = await serve((_request, response) => void response.end('{"name":"kit",'));
    await using other = await project({ url: `${web.url}/` }, PLUGIN);
    const error = await rejected(artifactOf('./p', other.context));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_FETCH' });
    expect(error.hint).toContain('.npmrc');
  });
});

describe('a locked run', () => {
  test('asks for the tarballs that the lock names, and nothing else', async () => {
    await using registry = await withKit();
    await using folder = await project(registry, PLUGIN);
    const entry = await lock('./p', folder.context);
    await registry.add({ name: 'kit', version: '1.1.0' }, { 'index.js': 'module.exports = "newer";' });
    const before = registry.requests.length;
    expect((await runLocked(entry, folder.context))['default']).toBe('kit');
    expect(registry.requests.slice(before).map(({ path }) => path)).toEqual(['/kit/-/kit-1.0.0.tgz']);
  });

  test('refuses other bytes under the locked version, also with the integrity of the registry for them', async () => {
    await using registry = await withKit();
    await using folder = await project(registry, PLUGIN);
    const entry = await lock('./p', folder.context);
    await registry.add({ name: 'kit', version: '1.0.0' }, { 'index.js': 'module.exports = "swapped";' });
    expect(await rejected(runLocked(entry, folder.context))).toMatchObject({ code: 'ERR_INTEGRITY' });
  });

  test('refuses a lock whose sums of packages were edited, and one that leads elsewhere', async () => {
    await using registry = await withKit();
    await using folder = await project(registry, PLUGIN);
    const entry = await lock('./p', folder.context);
    const packages = { ...entry.packages, 'kit@1.0.0': { integrity: sha512(Buffer.from('x')) } };
    expect(await rejected(runLocked({ ...entry, packages }, folder.context))).toMatchObject({
      code: 'ERR_INTEGRITY',
      details: { field: 'integrity' },
    });
  });

  test('says that a version was unpublished', async () => {
    await using registry = await withKit();
    await using folder = await project(registry, PLUGIN);
    const entry = await lock('./p', folder.context);
    registry.tarballs.clear();
    const error = await rejected(runLocked(entry, folder.context));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(error.message).toContain('no longer has it');
  });

  test('fetches from the mirror that .npmrc names now', async () => {
    await using registry = await withKit();
    await using folder = await project(registry, PLUGIN);
    const entry = await lock('./p', folder.context);
    await using mirror = await npmRegistry('/npm/mirror/');
    await mirror.add({ name: 'kit', version: '1.0.0' }, { 'index.js': 'module.exports = "kit";' });
    mirror.tarballs.set('/npm/mirror/kit/-/kit-1.0.0.tgz', registry.tarballs.get('/kit/-/kit-1.0.0.tgz')!);
    await registry.close();
    await folder.write({ '.npmrc': `registry=${mirror.url}\n` });
    expect((await runLocked(entry, folder.context))['default']).toBe('kit');
  });

  test('offline asks nothing', async () => {
    await using registry = await withKit();
    await using folder = await project(registry, PLUGIN);
    const entry = await lock('./p', folder.context);
    const before = registry.requests.length;
    const context = { ...folder.context, offline: true };
    expect((await rejected(runLocked(entry, context))).code).toBe('ERR_OFFLINE');
    expect((await rejected(artifactOf('./p', context))).code).toBe('ERR_OFFLINE');
    expect(registry.requests).toHaveLength(before);
  });
});

describe('.npmrc', () => {
  test('gives scopes their registry, and each host and path its token alone', async () => {
    await using first = await withKit();
    await using second = await npmRegistry('/team/a/');
    await second.add({ name: '@acme/kit', version: '1.0.0' }, { 'index.js': 'module.exports = 2;' });
    first.token = 'first-token';
    second.token = 'second-token';
    vi.stubEnv('TEST_NPM_TOKEN', 'second-token');
    await using folder = await project(first, {
      'p/mod.js': 'import one from "npm:kit@1"; import two from "npm:@acme/kit"; export default one + two;',
    });
    await folder.write({
      '.npmrc': [
        `registry = "${first.url}"`,
        `@acme:registry=${second.url.slice(0, -1)}`,
        '; a comment',
        `//${first.host}/:_authToken=first-token`,
        `//${second.host}/team/:_authToken=wrong`,
        `//${second.host}/team/a/:_authToken=\${TEST_NPM_TOKEN}`,
        `//${second.host}/other/:_authToken=never`,
        '//unset.example/:_authToken=${TEST_NPM_NOT_SET}',
      ].join('\n'),
    });
    const entry = await lock('./p', folder.context);
    expect((await runLocked(entry, folder.context))['default']).toBe('kit2');
    expect(new Set(first.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer first-token']),
    );
    expect(new Set(second.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer second-token']),
    );
    vi.unstubAllEnvs();
  });

  test('of the user counts after that of the project', async () => {
    await using registry = await withKit();
    await using home = await project({ url: 'http://127.0.0.1:1/' });
    vi.stubEnv('HOME', home.path);
    await using folder = await project(registry, PLUGIN);
    await home.write({ '.npmrc': `registry=http://127.0.0.1:1/\n//${registry.host}/:_authToken=users\n` });
    await artifactOf('./p', folder.context);
    expect(registry.requests[0]?.headers.authorization).toBe('Bearer users');
    vi.unstubAllEnvs();
  });

  test('that names a registry that cannot be one is refused', async () => {
    for (const url of [
      'http://registry.example/',
      'ftp://registry.example/',
      'https://user:secret@registry.example/',
    ]) {
      await using folder = await project({ url }, PLUGIN);
      const error = await rejected(artifactOf('./p', folder.context));
      expect(error.code).toBe('ERR_CONFIG_INVALID');
      expect(error.message + error.hint).not.toContain('secret');
    }
  });
});

test('a token does not follow a tarball to another host, and is in no log', async () => {
  await using registry = await withKit();
  registry.token = 'very-secret';
  const bytes = registry.tarballs.get('/kit/-/kit-1.0.0.tgz')!;
  await using cdn = await serve((_request, response) => void response.end(bytes));
  await using front = await serve((request, response) => {
    const packument = registry.packuments.get('kit')!;
    if (request.headers.authorization !== 'Bearer very-secret') response.writeHead(401).end();
    else if (request.url === '/kit') response.end(JSON.stringify(packument).replaceAll(registry.url, `${front.url}/`));
    else response.writeHead(302, { location: `${cdn.url}/blob` }).end();
  });
  await using folder = await project({ url: `${front.url}/` }, PLUGIN);
  await folder.write({ '.npmrc': `registry=${front.url}/\n//${front.host}/:_authToken=very-secret\n` });
  const logger = recordingLogger();
  const artifact = await artifactOf('./p', { ...folder.context, logger });
  expect(artifact.packages?.['kit@1.0.0']).toEqual({ integrity: sha512(bytes) });
  expect(cdn.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  expect(JSON.stringify([logger, artifact.packages])).not.toContain('very-secret');
});

test('a tarball that the registry keeps elsewhere is locked with its place', async () => {
  await using registry = await withKit();
  const bytes = registry.tarballs.get('/kit/-/kit-1.0.0.tgz')!;
  await using cdn = await serve({ '/kit.tgz': bytes });
  dist(registry)['tarball'] = `${cdn.url}/kit.tgz`;
  await using folder = await project(registry, PLUGIN);
  const entry = await lock('./p', folder.context);
  expect(entry.packages?.['kit@1.0.0']).toMatchObject({ tarball: `${cdn.url}/kit.tgz` });
  expect((await runLocked(entry, folder.context))['default']).toBe('kit');
});
