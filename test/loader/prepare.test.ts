import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { formatLock } from '../../src/lock/format.ts';
import { checksumOf, integrityOf } from '../../src/lock/integrity.ts';
import { readLock } from '../../src/lock/read.ts';
import { createRepository } from '../support/git-server.ts';
import type { LockEntry } from '../../src/lock/types.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { localPlugin, manifest, UTIL, workspace, type Workspace } from './support.ts';

const LOCAL = 'plugins:\n  greeter: { enabled: true, source: ./greeter }\n';

interface Remote extends AsyncDisposable {
  readonly server: TestServer;
  readonly elsewhere: TestServer;
  /** URL of the module that comes from elsewhere. */
  readonly deep: string;
  readonly config: string;
}

/** A plugin of a server, whose module imports another one of the server, and one that comes from elsewhere. */
async function remote(): Promise<Remote> {
  const elsewhere = await serve({ '/deep.ts': UTIL });
  const server = await serve({
    '/p/mod.ts': `import { greet } from './lib/util.ts';\nexport default { greet };\n`,
    '/p/lib/util.ts': `export { greet } from '${elsewhere.url}/deep.ts';\n`,
    '/p/plugin.json': manifest('remote'),
  });
  return {
    server,
    elsewhere,
    deep: `${elsewhere.url}/deep.ts`,
    config: `plugins:\n  remote: { enabled: true, source: "${server.url}/p/mod.ts" }\n`,
    async [Symbol.asyncDispose]() {
      await server.close();
      await elsewhere.close();
    },
  };
}

async function refusalOf(place: Workspace, name: string, setup?: Parameters<Workspace['loader']>[0]) {
  const report = await (await place.loader(setup)).prepare();
  expect([...report.ready.keys()]).not.toContain(name);
  return report.refused.get(name);
}

describe('prepare()', () => {
  it('verifies and builds a locked local plugin, and writes nothing', async () => {
    await using place = await workspace(LOCAL, localPlugin('greeter'));
    await (await place.loader()).lockAll();
    const before = await readFile(place.lockFile, 'utf8');
    const report = await (await place.loader()).prepare();
    expect([...report.refused]).toEqual([]);
    const prepared = report.ready.get('greeter');
    expect(prepared?.program.script).toContain('hello');
    expect(prepared?.lock.modules).toHaveProperty(['lib/util.ts']);
    expect(prepared?.group).toBe(`local:${place.folder.path}`);
    expect(await readFile(place.lockFile, 'utf8')).toBe(before);
  });

  it('refuses what is not locked, and what is locked for another source', async () => {
    await using place = await workspace(LOCAL, { ...localPlugin('greeter'), ...localPlugin('other') });
    expect(await refusalOf(place, 'greeter')).toMatchObject({ code: 'ERR_NOT_LOCKED', exitCode: 4, plugin: 'greeter' });
    await (await place.loader()).lockAll();
    await place.folder.write({ 'plugins.yaml': LOCAL.replace('./greeter', './other') });
    expect(await refusalOf(place, 'greeter')).toMatchObject({ code: 'ERR_LOCK_OUTDATED', exitCode: 4 });
    expect((await readLock(place.lockFile)).plugins['greeter']?.source).toBe('./greeter');
  });

  it.each(['mod.ts', 'lib/util.ts', 'plugin.json'])(
    'refuses a local plugin whose %s changed, until it is healed',
    async (module) => {
      await using place = await workspace(LOCAL, localPlugin('greeter'));
      await (await place.loader()).lockAll();
      const file = join(place.folder.path, 'greeter', module);
      const good = await readFile(file, 'utf8');
      await writeFile(file, `${good} `);
      expect(await refusalOf(place, 'greeter')).toMatchObject({
        code: 'ERR_INTEGRITY',
        exitCode: 3,
        plugin: 'greeter',
        details: { module, expected: digestOf(good), actual: digestOf(`${good} `) },
      });
      await rm(file);
      expect(await refusalOf(place, 'greeter')).toMatchObject({
        code: 'ERR_INTEGRITY',
        details: { actual: 'missing' },
      });
      await writeFile(file, good);
      expect((await (await place.loader()).prepare()).ready.has('greeter')).toBe(true);
    },
  );

  it('reads nothing that the lock does not name, whatever a changed module imports', async () => {
    await using trap = await serve({ '/x.ts': 'export {}' });
    await using place = await workspace(LOCAL, localPlugin('greeter'));
    await (await place.loader()).lockAll();
    await place.folder.write({ 'greeter/mod.ts': `import '${trap.url}/x.ts';\nexport default {};\n` });
    expect(await refusalOf(place, 'greeter')).toMatchObject({ code: 'ERR_INTEGRITY', details: { module: 'mod.ts' } });
    expect(trap.requests).toEqual([]);
  });

  it('refuses one plugin and prepares the others', async () => {
    await using place = await workspace(
      `${LOCAL}  other: { enabled: true, source: ./other }\n  off: { enabled: false, source: ./nowhere }\n`,
      { ...localPlugin('greeter'), ...localPlugin('other') },
    );
    await (await place.loader()).lockAll();
    await place.folder.write({ 'greeter/mod.ts': 'changed' });
    const report = await (await place.loader()).prepare();
    expect([...report.ready.keys()]).toEqual(['other']);
    expect([...report.refused.keys()]).toEqual(['greeter']);
  });

  it('starts a remote plugin from lock and cache alone, without a server', async () => {
    await using origin = await remote();
    await using place = await workspace(origin.config);
    await (await place.loader()).lockAll();
    const asked = origin.server.requests.length;
    await origin.server.close();
    const report = await (await place.loader({ offline: true })).prepare();
    expect([...report.refused]).toEqual([]);
    expect(report.ready.get('remote')?.lock.modules).toHaveProperty([origin.deep]);
    expect(report.ready.get('remote')?.group).toBe(`origin:${origin.server.url}`);
    expect(origin.server.requests.length).toBe(asked);
  });

  it('fetches what the lock names into an empty cache, and refuses offline', async () => {
    await using origin = await remote();
    await using place = await workspace(origin.config);
    await (await place.loader()).lockAll();
    await rm(place.cacheDir, { recursive: true });
    expect(await refusalOf(place, 'remote', { offline: true })).toMatchObject({ code: 'ERR_OFFLINE', exitCode: 4 });
    const report = await (await place.loader({ frozen: true })).prepare();
    expect([...report.refused]).toEqual([]);
    expect((await (await place.loader({ offline: true })).prepare()).ready.has('remote')).toBe(true);
  });

  it('refuses changed bytes of a server before they are stored, and works again when it is healed', async () => {
    await using origin = await remote();
    const { routes } = origin.elsewhere;
    await using place = await workspace(origin.config);
    await (await place.loader()).lockAll();
    await rm(place.cacheDir, { recursive: true });
    routes['/deep.ts'] = `${UTIL}//`;
    const refusal = await refusalOf(place, 'remote');
    expect(refusal).toMatchObject({
      code: 'ERR_INTEGRITY',
      details: { module: origin.deep, expected: digestOf(UTIL), actual: digestOf(`${UTIL}//`) },
    });
    expect(refusal?.hint).toContain('plugin update remote --dry-run');
    routes['/deep.ts'] = UTIL;
    expect((await (await place.loader()).prepare()).ready.has('remote')).toBe(true);
    // What is cached needs the server no more, whatever it says.
    routes['/deep.ts'] = 'evil';
    expect((await (await place.loader()).prepare()).ready.has('remote')).toBe(true);
  });

  it('refuses a damaged blob; fetchAll() heals it', async () => {
    await using origin = await remote();
    await using place = await workspace(origin.config);
    await (await place.loader()).lockAll();
    const digest = (await readLock(place.lockFile)).plugins['remote']?.modules[origin.deep] as string;
    const blob = join(place.cacheDir, 'v1', 'blobs', digest.slice(7, 9), digest.slice(9));
    await writeFile(blob, 'damaged');
    const refusal = await refusalOf(place, 'remote');
    expect(refusal).toMatchObject({ code: 'ERR_INTEGRITY', details: { module: origin.deep, expected: digest } });
    expect(refusal?.hint).toContain('plugin fetch');
    expect([...(await (await place.loader()).fetchAll()).refused]).toEqual([]);
    expect(digestOf(await readFile(blob))).toBe(digest);
    expect((await (await place.loader({ offline: true })).prepare()).ready.has('remote')).toBe(true);
  });

  it('builds again what is wrong in the build cache, and says so', async () => {
    await using place = await workspace(LOCAL, localPlugin('greeter'));
    await (await place.loader()).lockAll();
    const good = (await (await place.loader()).prepare()).ready.get('greeter')?.program;
    const builds = join(place.cacheDir, 'v1', 'builds');
    for (const shelf of await readdir(builds)) {
      for (const name of await readdir(join(builds, shelf))) {
        const file = join(builds, shelf, name);
        const bytes = await readFile(file);
        bytes.write('hacke', bytes.indexOf('hello'));
        await writeFile(file, bytes);
      }
    }
    const logger = recordingLogger();
    const again = (await (await place.loader({ logger })).prepare()).ready.get('greeter')?.program;
    expect(again).toEqual(good);
    expect(logger.lines.join('\n')).toContain('a cached build does not verify');
  });

  it('refuses an entry that was edited, and a lock that is none', async () => {
    await using place = await workspace(LOCAL, localPlugin('greeter', { permissions: { net: ['a.example'] } }));
    await (await place.loader()).lockAll();
    const text = await readFile(place.lockFile, 'utf8');
    await writeFile(place.lockFile, text.replace('a.example', 'b.example'));
    expect(await refusalOf(place, 'greeter')).toMatchObject({
      code: 'ERR_INTEGRITY',
      details: { module: 'plugins.lock.json' },
    });
    await writeFile(place.lockFile, text.replace('"kind"', '\n<<<<<<< HEAD\n"kind"'));
    await expect((await place.loader()).prepare()).rejects.toMatchObject({ code: 'ERR_LOCK_INVALID' });
  });

  it.each(['../secret.ts', '/etc/passwd', 'file:///etc/passwd', 'a/../../secret.ts'])(
    'reads nothing outside the plugin, even when a whole entry names %s',
    async (id) => {
      await using place = await workspace(LOCAL, { ...localPlugin('greeter'), 'secret.ts': 'secret' });
      const { greeter } = (await (await place.loader()).lockAll().then(() => readLock(place.lockFile))).plugins;
      const modules = { ...greeter?.modules, [id]: digestOf('secret') };
      const evil = { ...greeter, modules } as LockEntry;
      const entry = { ...evil, integrity: integrityOf(evil) };
      const lock = { lockfileVersion: 1, plugins: { greeter: { ...entry, checksum: checksumOf(entry) } } } as const;
      await writeFile(place.lockFile, formatLock(lock));
      expect(await refusalOf(place, 'greeter')).toMatchObject({ code: 'ERR_IMPORT_DENIED' });
    },
  );

  it('finds a plugin without a source in plugin_paths', async () => {
    await using place = await workspace('plugins:\n  greeter: { enabled: true }\nplugin_paths: [./nowhere, ./shelf]\n');
    for (const [name, text] of Object.entries(localPlugin('greeter')))
      await place.folder.write({ [`shelf/${name}`]: text });
    await (await place.loader()).lockAll();
    const entry = (await readLock(place.lockFile)).plugins['greeter'];
    expect(entry).toMatchObject({ source: 'greeter', resolved: 'greeter' });
    const report = await (await place.loader()).prepare();
    expect(report.ready.get('greeter')?.group).toBe(`local:${place.folder.path}/shelf`);
    await rm(join(place.folder.path, 'shelf'), { recursive: true });
    expect(await refusalOf(place, 'greeter')).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
  });

  it('pins a commit of a repository, fetches exactly it, and starts without the repository', async () => {
    await using place = await workspace('plugins: {}\n');
    const repository = await createRepository(place.folder.path);
    const commit = await repository.commit({ ...localPlugin('tools/greeter', { name: 'greeter' }) });
    const source = `git+file://${repository.path}#main:tools/greeter`;
    await place.folder.write({ 'plugins.yaml': `plugins:\n  greeter: { enabled: true, source: "${source}" }\n` });
    await (await place.loader()).lockAll();
    expect((await readLock(place.lockFile)).plugins['greeter']).toMatchObject({
      source,
      git: { commit, folder: 'tools/greeter' },
    });
    await repository.commit({ 'tools/greeter/mod.ts': 'export default { other: true };' });
    await rm(place.cacheDir, { recursive: true });
    const report = await (await place.loader()).prepare();
    expect([...report.refused]).toEqual([]);
    expect(report.ready.get('greeter')?.program.script).toContain('hello');
    expect(report.ready.get('greeter')?.group).toBe(`git:file://${repository.path}`);
    expect(await (await place.loader()).lockAll()).toMatchObject([{ kind: 'unchanged' }]);
    await rm(repository.path, { recursive: true });
    expect((await (await place.loader({ offline: true })).prepare()).ready.has('greeter')).toBe(true);
  });

  it('gives isolation: process a group of its own', async () => {
    await using place = await workspace(LOCAL.replace(' }', ', isolation: process }'), localPlugin('greeter'));
    await (await place.loader()).lockAll();
    expect((await (await place.loader()).prepare()).ready.get('greeter')?.group).toBe('process:greeter');
  });

  it('is aborted by its signal', async () => {
    await using place = await workspace(LOCAL, localPlugin('greeter'));
    await (await place.loader()).lockAll();
    const loader = await place.loader();
    await expect(loader.prepare({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });
});
