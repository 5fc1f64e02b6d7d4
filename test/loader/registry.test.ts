import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { rejected } from '../support/errors.ts';
import { createRepository, serveGit } from '../support/git-server.ts';
import { serve } from '../support/http-server.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { below, indexEntry, indexOf, pluginFiles, registryFiles, type TestRelease } from '../support/registry.ts';
import { tarball } from '../support/tarball.ts';
import { workspace, type Workspace } from './support.ts';

const config = 'registries:\n  - ./registry\nplugins: {}\n';
const greeter = (version: string, more: Partial<TestRelease> = {}): TestRelease => ({
  name: 'greeter',
  version,
  ...more,
});

/** What a machine without the cache starts from this lock. */
async function startsElsewhere(space: Workspace, files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const read = (name: string): Promise<string> => readFile(join(space.folder.path, name), 'utf8');
  await using other = await workspace(await read('plugins.yaml'), {
    'plugins.lock.json': await read('plugins.lock.json'),
    ...files,
  });
  const { ready, refused } = await (await other.loader()).prepare({});
  return { ready: [...ready.keys()].sort(), refused: [...refused.values()] };
}

test('a name of a registry in a folder is added, locked with its registry, and started offline without the index', async () => {
  const files = await registryFiles([greeter('1.0.0'), greeter('1.1.0'), greeter('2.0.0')]);
  await using space = await workspace(config, below('registry/', files));
  const { change } = await (await space.loader()).add('greeter@^1.0.0');
  expect(change.after).toMatchObject({
    source: 'greeter@^1.0.0',
    resolved: './registry/greeter-1.1.0.tgz',
    registry: { name: 'registry', url: './registry', checksum: digestOf(files['greeter-1.1.0.tgz'] ?? '') },
    metadata: { name: 'greeter', version: '1.1.0' },
  });
  expect(await readFile(join(space.folder.path, 'plugins.yaml'), 'utf8')).toContain('source: greeter@^1.0.0');

  await rm(join(space.folder.path, 'registry'), { recursive: true });
  const { ready, refused } = await (await space.loader({ offline: true })).prepare({});
  expect([...refused.values()]).toEqual([]);
  expect(ready.get('greeter')?.group).toBe('registry:./registry#greeter');
});

describe('a registry on a web server', () => {
  test('serves an archive, a module and a component of it; another machine starts from the lock and never asks for the index', async () => {
    const module = pluginFiles('single', '1.0.0')['mod.ts'] ?? '';
    const archives = await registryFiles([greeter('1.0.0')]);
    const { plugins } = JSON.parse(String(archives['index.json'])) as { plugins: object[] };
    await using server = await serve({
      ...below('/', archives),
      '/single.ts': module,
      '/index.json': indexOf([
        ...(plugins as never[]),
        indexEntry('single', '1.0.0', { bytes: module, at: 'single.ts' }),
      ]),
    });
    await using space = await workspace(
      `registries:\n  - { name: acme, url: ${server.url}/index.json }\nplugins: {}\n`,
    );
    const { change } = await (await space.loader()).add('greeter');
    expect(change.after).toMatchObject({ resolved: `${server.url}/greeter-1.0.0.tgz`, registry: { name: 'acme' } });

    const asked = server.requests.length;
    expect(await startsElsewhere(space)).toEqual({ ready: ['greeter'], refused: [] });
    expect(server.requests.slice(asked).map(({ path }) => path)).toEqual(['/greeter-1.0.0.tgz']);
  });

  test('keeps the address it names, not where that redirects to', async () => {
    const files = await registryFiles([greeter('1.0.0')]);
    const bytes = files['greeter-1.0.0.tgz'] ?? '';
    await using server = await serve({
      '/index.json': files['index.json'] ?? '',
      '/greeter-1.0.0.tgz': (_, response) => void response.writeHead(302, { location: '/store?token=1' }).end(),
      '/store': bytes,
    });
    await using space = await workspace(`registries: ["${server.url}/index.json"]\nplugins: {}\n`);
    const { change } = await (await space.loader()).add('greeter');
    expect(change.after?.resolved).toBe(`${server.url}/greeter-1.0.0.tgz`);
    expect(await startsElsewhere(space)).toEqual({ ready: ['greeter'], refused: [] });
  });
});

describe('a registry in a git repository', () => {
  test('gives archives and folders of the commit its index is of', async () => {
    await using space = await workspace('plugins: {}\n');
    const repository = await createRepository(space.folder.path, 'repo');
    const files = await registryFiles([greeter('1.0.0')]);
    await using server = await serveGit(space.folder.path);
    const url = `git+${server.url}/repo/.git`;
    // The folder's checksum is the plugin's integrity: what `identify` says of it.
    await repository.commit(below('plugins/walker/', pluginFiles('walker', '1.0.0')));
    const { entry } = await (await space.loader()).identify(`${url}#main:plugins/walker`);
    const folder = { ...indexEntry('walker', '1.0.0', { bytes: '', at: 'walker' }), checksum: entry.integrity };
    const { plugins } = JSON.parse(String(files['index.json'])) as { plugins: never[] };
    const commit = await repository.commit(
      below('plugins/', { ...files, 'index.json': indexOf([...plugins, folder]) }),
    );
    await space.folder.write({
      'plugins.yaml': `registries: [{ name: acme, url: "${url}#main:plugins" }]\nplugins: {}\n`,
    });

    const archive = await (await space.loader()).add('greeter');
    expect(archive.change.after).toMatchObject({
      resolved: `${url}#${commit}:plugins/greeter-1.0.0.tgz`,
      git: { commit, folder: 'plugins/greeter-1.0.0.tgz' },
      registry: { name: 'acme', url: `${url}#main:plugins` },
    });
    const tree = await (await space.loader()).add('walker@1.0.0');
    expect(tree.change.after).toMatchObject({
      resolved: `${url}#${commit}:plugins/walker`,
      integrity: entry.integrity,
    });

    await repository.commit({ 'plugins/walker/mod.ts': 'export default 2;', 'plugins/greeter-1.0.0.tgz': 'x' });
    expect(await startsElsewhere(space)).toEqual({ ready: ['greeter', 'walker'], refused: [] });
  });

  test('leads to a server of this machine, if it is of this machine itself', async () => {
    const bytes = await tarball(pluginFiles('greeter', '1.0.0'));
    await using server = await serve({ '/a/greeter%ff.tgz': bytes });
    await using space = await workspace('plugins: {}\n');
    const repository = await createRepository(space.folder.path, 'repo');
    const at = `${server.url}/a/greeter%ff.tgz`;
    await repository.commit({ 'index.json': indexOf([indexEntry('greeter', '1.0.0', { bytes, at })]) });
    await space.folder.write({ 'plugins.yaml': `registries: ["git+file://${repository.path}"]\nplugins: {}\n` });
    expect((await (await space.loader()).add('greeter')).change.after?.resolved).toBe(at);
    expect(await startsElsewhere(space)).toEqual({ ready: ['greeter'], refused: [] });
  });

  test('a folder that is not what the index says is refused', async () => {
    await using space = await workspace('plugins: {}\n');
    const repository = await createRepository(space.folder.path, 'repo');
    const index = indexOf([indexEntry('walker', '1.0.0', { bytes: 'other', at: 'walker' })]);
    await repository.commit({ ...below('walker/', pluginFiles('walker', '1.0.0')), 'index.json': index });
    await space.folder.write({ 'plugins.yaml': `registries: ["git+file://${repository.path}"]\nplugins: {}\n` });
    const error = await rejected((await space.loader()).add('walker'));
    expect(error).toMatchObject({ code: 'ERR_INTEGRITY', details: { expected: digestOf('other') } });
  });
});

describe('tampering is refused', () => {
  const swaps: readonly (readonly [string, (bytes: Uint8Array) => Promise<string | Uint8Array>])[] = [
    ['one byte', async (bytes) => bytes.with(20, (bytes[20] ?? 0) ^ 1)],
    ['another plugin', async () => tarball(pluginFiles('evil', '1.0.0'))],
    ['what no archive is', async () => 'nothing'],
    ['an archive that would write outside its folder', async () => tarball({ '../../x': 'x' })],
    ['nothing at all', async () => ''],
  ];
  test.each(swaps)('in the archive, before it is looked at: %s', async (_, swap) => {
    const files = await registryFiles([greeter('1.0.0')]);
    const good = files['greeter-1.0.0.tgz'] as Uint8Array;
    await using server = await serve(below('/', files));
    const text = `registries: [{ name: acme, url: "${server.url}/index.json" }]\nplugins: {}\n`;
    await using space = await workspace(text);
    await (await space.loader()).add('greeter');
    server.routes['/greeter-1.0.0.tgz'] = await swap(good);

    await using fresh = await workspace(text);
    const error = await rejected((await fresh.loader()).add('greeter'));
    expect(error).toMatchObject({ code: 'ERR_INTEGRITY', details: { expected: digestOf(good) } });
    expect(error.message).toContain('the checksum of the registry "acme"');
    const { refused } = await startsElsewhere(space);
    expect(refused).toMatchObject([{ code: 'ERR_INTEGRITY', plugin: 'greeter' }]);
  });

  const lies: readonly (readonly [string, Partial<TestRelease>, string, RegExp])[] = [
    ['another version', { manifest: { version: '0.9.0' } }, 'ERR_METADATA', /another version than the registry/],
    ['another name', { manifest: { name: 'evil' } }, 'ERR_METADATA', /another name than the registry/],
    [
      'fewer dependencies',
      { manifest: { dependencies: ['evil'] }, entry: { dependencies: [] } },
      'ERR_METADATA',
      /dependencies/,
    ],
    ['another integrity', { entry: { integrity: digestOf('x') } }, 'ERR_INTEGRITY', /are not those that the registry/],
  ];
  test.each(lies)('in the index: %s than the plugin has', async (_, more, code, state) => {
    await using space = await workspace(config, below('registry/', await registryFiles([greeter('1.0.0', more)])));
    const error = await rejected((await space.loader()).add('greeter'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(state);
    expect(await readFile(join(space.folder.path, 'plugins.yaml'), 'utf8')).toBe(config);
  });

  test('in the lock: another registry, another checksum, another place', async () => {
    await using space = await workspace(config, below('registry/', await registryFiles([greeter('1.0.0')])));
    await (await space.loader()).add('greeter');
    const lock = await readFile(space.lockFile, 'utf8');
    const changes: readonly [RegExp, string][] = [
      [/"url": ".\/registry"/, '"url": "./evil"'],
      [/("checksum": "sha256:)[0-9a-f]{4}/, '$10000'],
      [/"resolved": "[^"]*"/, '"resolved": "https://evil.example/x.tgz"'],
    ];
    for (const [from, to] of changes) {
      await space.folder.write({ 'plugins.lock.json': lock.replace(from, to) });
      const { refused } = await (await space.loader({ offline: true })).prepare({});
      expect(refused.get('greeter')?.code).toBe('ERR_INTEGRITY');
    }
  });

  test('a module that was published alone has nothing beside it', async () => {
    const mod = 'import "./other.ts";\nexport default { getMetadata: () => ({}) };\n';
    const files = { 'index.json': indexOf([indexEntry('p', '1.0.0', { bytes: mod, at: 'mod.ts' })]), 'mod.ts': mod };
    await using space = await workspace(config, below('registry/', { ...files, 'other.ts': 'export {};' }));
    const error = await rejected((await space.loader()).add('p'));
    expect(error.message).toContain('other.ts');
    expect(error.code).toBe('ERR_SOURCE_NOT_FOUND');
  });
});

describe('a name stays bound to the registry it was locked from', () => {
  const two = 'registries: [./evil, ./registry]\nplugins:\n  greeter: { enabled: true, source: greeter@^1 }\n';

  /** `greeter` is locked from ./registry; then ./evil, which stands first, has it too. */
  async function confused(more: Readonly<Record<string, string>> = {}): Promise<Workspace> {
    const space = await workspace('registries: [./registry]\nplugins: {}\n', {
      ...below('registry/', await registryFiles([greeter('1.0.0')])),
      ...more,
    });
    await (await space.loader()).add('greeter@^1');
    await space.folder.write({
      ...below('evil/', await registryFiles([greeter('1.9.9')])),
      ...below('registry/', await registryFiles([greeter('1.0.0'), greeter('1.1.0')])),
      'plugins.yaml': two,
    });
    return space;
  }
  const registryOf = ([change]: readonly { after: { registry?: { url: string } } | undefined }[]) =>
    change?.after?.registry?.url;

  test('update takes the newer version from there, not the higher one from the registry before it', async () => {
    await using space = await confused();
    const changes = await (await space.loader()).update();
    expect(changes[0]?.after).toMatchObject({ metadata: { version: '1.1.0' }, registry: { url: './registry' } });
  });

  test('so does lock for another range, and add', async () => {
    await using space = await confused();
    await space.folder.write({ 'plugins.yaml': two.replace('^1', '>=1.0.0') });
    expect(registryOf(await (await space.loader()).lockAll())).toBe('./registry');
    const { change, written } = await (await space.loader()).add('greeter@1.1.0');
    expect(change.after?.registry?.url).toBe('./registry');
    expect(written).toBe(true);
    expect(await readFile(join(space.folder.path, 'plugins.yaml'), 'utf8')).toContain('source: "greeter@1.1.0"');
  });

  test('a plugin of another name in the config is bound with it', async () => {
    await using space = await confused();
    const { change } = await (await space.loader()).add('greeter@^1', { name: 'second' });
    expect(change.after?.registry?.url).toBe('./registry');
  });

  test('another registry needs to be asked for: ERR_POLICY without rebind', async () => {
    await using space = await confused();
    await space.folder.write({ 'plugins.yaml': two.replace('greeter@^1', 'registry:evil/greeter@^1') });
    const loader = await space.loader();
    for (const work of [() => loader.lockAll(), () => loader.update()]) {
      expect(await rejected(work())).toMatchObject({ code: 'ERR_POLICY', details: { locked: './registry' } });
    }
    const lock = await readFile(space.lockFile, 'utf8');
    await space.folder.write({ 'plugins.yaml': two.replace('[./evil, ./registry]', '[./evil]') });
    expect(await rejected((await space.loader()).update())).toMatchObject({ code: 'ERR_POLICY', exitCode: 3 });
    expect(await readFile(space.lockFile, 'utf8')).toBe(lock);
    expect([...(await (await space.loader({ offline: true })).prepare({})).ready.keys()]).toEqual(['greeter']);
    expect(registryOf(await (await space.loader()).update(['greeter'], { rebind: true }))).toBe('./evil');
    expect((await (await space.loader()).info('greeter')).lock?.metadata.version).toBe('1.9.9');
  });

  test('rebind looks anew in the order of the config, also for lock and add', async () => {
    await using space = await confused();
    expect(registryOf(await (await space.loader()).lockAll({ rebind: true }))).toBe('./evil');
    await using other = await confused();
    expect((await (await other.loader()).add('greeter@^1', { rebind: true })).change.after?.registry?.url).toBe(
      './evil',
    );
  });

  test('identify, for who signs or reviews it, asks that registry too', async () => {
    await using space = await confused();
    for (const target of ['greeter', 'greeter@>=1']) {
      const { entry } = await (await space.loader()).identify(target);
      expect(entry).toMatchObject({ metadata: { version: '1.1.0' }, registry: { url: './registry' } });
    }
  });

  test('rebind leaves alone what comes from no registry', async () => {
    await using space = await confused();
    const repository = await createRepository(space.folder.path, 'repo');
    await repository.commit(pluginFiles('tool', '1.0.0'));
    await (await space.loader()).add(`git+file://${repository.path}`);
    await repository.commit(pluginFiles('tool', '2.0.0'));
    const changes = await (await space.loader()).lockAll({ rebind: true });
    expect(changes.map(({ name, kind }) => [name, kind])).toEqual([
      ['greeter', 'changed'],
      ['tool', 'unchanged'],
    ]);
  });

  test('data belong to the plugin of that registry: a new range keeps them, another registry does not', async () => {
    await using space = await confused();
    const identity = async () => (await (await space.loader()).info('greeter')).identity;
    const before = await identity();
    await (await space.loader()).add('greeter@1.1.0');
    expect(await identity()).toBe(before);
    await (await space.loader()).update(['greeter'], { rebind: true }).catch(() => undefined);
    await space.folder.write({ 'plugins.yaml': two });
    await (await space.loader()).update(['greeter'], { rebind: true });
    expect(await identity()).not.toBe(before);
  });
});

test('an index that is slow to come is given up when the caller aborts', async () => {
  await using server = await serve({ '/index.json': () => undefined });
  await using space = await workspace(`registries: ["${server.url}/index.json"]\nplugins: {}\n`);
  const stop = new AbortController();
  const work = [
    (await space.loader()).add('greeter', { signal: stop.signal }),
    (await space.loader()).search('greeter', { signal: stop.signal }),
  ].map((each) => rejected(each));
  while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  expect((await Promise.all(work)).map(({ code }) => code)).toEqual(['ERR_ABORTED', 'ERR_ABORTED']);
});

describe('a bare name', () => {
  const bare = 'registries: [./registry]\nplugin_paths: [./plugins]\nplugins:\n  greeter: { enabled: true }\n';

  test('is looked for in plugin_paths, then in the registries, and stays where it was locked from', async () => {
    const inRegistry = below('registry/', await registryFiles([greeter('1.0.0')]));
    const inFolder = below('plugins/greeter/', pluginFiles('greeter', '0.1.0'));
    await using space = await workspace(bare, { ...inRegistry, 'plugins/.keep': '' });
    const [locked] = await (await space.loader()).lockAll();
    expect(locked?.after).toMatchObject({ source: 'greeter', registry: { url: './registry' } });
    await space.folder.write(inFolder);
    expect([...(await (await space.loader({ offline: true })).prepare({})).ready.keys()]).toEqual(['greeter']);
    const [same] = await (await space.loader()).update();
    expect(same).toMatchObject({ kind: 'unchanged', after: { metadata: { version: '1.0.0' } } });
    const [moved] = await (await space.loader()).update(['greeter'], { rebind: true });
    expect(moved?.after).toMatchObject({ resolved: 'greeter', metadata: { version: '0.1.0' } });
    expect(moved?.after?.registry).toBeUndefined();

    await rm(join(space.folder.path, 'plugins/greeter'), { recursive: true });
    const error = await rejected((await space.loader()).update());
    expect(error.code).toBe('ERR_SOURCE_NOT_FOUND');
    expect(error.hint).toContain('aitbc plugin update greeter --rebind');
    const [back] = await (await space.loader()).update(['greeter'], { rebind: true });
    expect(back?.after?.registry?.url).toBe('./registry');
  });
});

test('a source that was a bare name of plugin_paths and names a registry now is locked anew', async () => {
  const files = below('registry/', await registryFiles([greeter('1.0.0')]));
  const text = 'registries: [./registry]\nplugin_paths: [./plugins]\nplugins:\n  greeter: { enabled: true }\n';
  await using space = await workspace(text, {
    ...files,
    ...below('plugins/greeter/', pluginFiles('greeter', '0.1.0')),
  });
  await (await space.loader()).lockAll();
  await space.folder.write({ 'plugins.yaml': text.replace('true', 'true, source: greeter') });
  const [change] = await (await space.loader()).lockAll();
  expect(change).toMatchObject({ kind: 'changed', after: { registry: { url: './registry' } } });
});

test('a version that fits another host or platform alone is not chosen, and says why', async () => {
  const files = await registryFiles([
    greeter('1.0.0'),
    greeter('2.0.0', { entry: { compatibility: { min_aitbc_version: '99.0.0' } } }),
    greeter('3.0.0', { entry: { platforms: ['sunos'] } }),
    greeter('4.0.0', { entry: { yanked: 'it leaks' } }),
  ]);
  await using space = await workspace(config, below('registry/', files));
  expect((await (await space.loader()).add('greeter')).change.after?.metadata.version).toBe('1.0.0');
  const error = await rejected((await space.loader()).add('greeter@>=2', { name: 'newer' }));
  expect(error.code).toBe('ERR_INCOMPATIBLE');
  expect(error.hint).toContain('2.0.0: it needs version 99.0.0 of the host');
  expect(error.hint).toContain('4.0.0: it was yanked: it leaks');
});

test('a version that was yanked since stays locked and runs; a new lock does not take it', async () => {
  await using space = await workspace(config, below('registry/', await registryFiles([greeter('1.0.0')])));
  await (await space.loader()).add('greeter');
  await space.folder.write(below('registry/', await registryFiles([greeter('1.0.0', { entry: { yanked: true } })])));
  expect((await (await space.loader()).lockAll())[0]?.kind).toBe('unchanged');
  expect((await (await space.loader()).update())[0]?.after?.metadata.version).toBe('1.0.0');
  expect([...(await (await space.loader()).prepare({})).ready.keys()]).toEqual(['greeter']);
  await rm(space.lockFile);
  const error = await rejected((await space.loader()).lockAll());
  expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', plugin: 'greeter' });
});

test('trust.sources speaks of a registry by its address', async () => {
  const trust = 'trust:\n  publishers: {}\n  sources: { "./registry": signed }\n';
  await using space = await workspace(config + trust, below('registry/', await registryFiles([greeter('1.0.0')])));
  const error = await rejected((await space.loader()).add('greeter'));
  expect(error.code).toBe('ERR_POLICY');
  expect(error.message).toContain('trust.sources["./registry"]');
});

test('search() and offers() tell what there is, how old it is and what the index lacks', async () => {
  const files = await registryFiles([greeter('1.0.0'), greeter('1.1.0', { entry: { yanked: 'bad' } })], { serial: 2 });
  await using server = await serve(below('/', files));
  const logger = recordingLogger();
  await using space = await workspace(
    `registries: [{ name: acme, url: "${server.url}/index.json" }, ./missing]\nfetch: { retries: 0 }\nplugins: {}\n`,
  );
  const { hits, registries } = await (await space.loader()).search('greet', { tag: 'test' });
  expect(hits).toMatchObject([{ registry: { name: 'acme' }, release: { version: '1.0.0' }, unfit: undefined }]);
  expect(registries).toMatchObject([
    { name: 'acme', serial: 2, usable: true, error: undefined, lacks: ['freeze'] },
    { name: 'missing', usable: false, error: { code: 'ERR_SOURCE_NOT_FOUND' }, lacks: [] },
  ]);
  await server.close();
  const offers = await (await space.loader({ logger })).offers('greeter');
  expect(offers).toMatchObject({
    newest: { version: '1.0.0' },
    registry: { usable: true, error: { code: 'ERR_SOURCE_FETCH' } },
  });
  expect(offers.releases.map(({ release, unfit }) => [release.version, unfit])).toEqual([
    ['1.1.0', 'it was yanked: bad'],
    ['1.0.0', undefined],
  ]);
  expect(logger.lines.join('\n')).toContain('its last good copy is used');
  expect(await rejected((await space.loader()).search('x', { registry: 'missing' }))).toMatchObject({
    code: 'ERR_SOURCE_NOT_FOUND',
  });
  expect((await rejected((await space.loader()).offers('./greeter'))).code).toBe('ERR_USAGE');
});
