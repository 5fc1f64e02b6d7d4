import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLock } from '../../src/lock/format.ts';
import { readLock } from '../../src/lock/read.ts';
import type { LockFile } from '../../src/lock/types.ts';
import type { LockChange } from '../../src/loader/types.ts';
import { serve } from '../support/http-server.ts';
import { localPlugin, manifest, UTIL, workspace } from './support.ts';

const EMPTY = '# the plugins\nplugins: {}\n';
const remoteFiles = (name: string) => ({ '/mod.ts': `export default {};\n`, '/plugin.json': manifest(name) });

describe('add()', () => {
  it('writes lock and config, and what it wrote starts without a network', async () => {
    const server = await serve(remoteFiles('remote'));
    await using place = await workspace(EMPTY);
    const report = await (await place.loader()).add(`${server.url}/mod.ts`, { grants: { net: ['a.example:443'] } });
    await server.close();
    expect(report).toMatchObject({ written: true, change: { name: 'remote', kind: 'added', before: undefined } });
    expect((await readLock(place.lockFile)).plugins['remote']).toEqual(report.change.after);
    const config = await readFile(join(place.folder.path, 'plugins.yaml'), 'utf8');
    expect(config).toContain('# the plugins');
    expect((await place.config()).plugins.get('remote')).toMatchObject({
      enabled: true,
      source: `${server.url}/mod.ts`,
      permissions: { net: ['a.example:443'] },
    });
    expect((await (await place.loader({ offline: true })).prepare()).ready.has('remote')).toBe(true);
  });

  it('writes nothing with dryRun, or when confirm says no', async () => {
    await using place = await workspace(EMPTY, localPlugin('greeter'));
    const loader = await place.loader();
    const seen: LockChange[] = [];
    const confirm = async (changes: readonly LockChange[]) => {
      seen.push(...changes);
      return false;
    };
    expect(await loader.add('./greeter', { dryRun: true })).toMatchObject({ written: false });
    expect(await loader.add('./greeter', { confirm })).toMatchObject({ written: false });
    expect(seen).toMatchObject([{ name: 'greeter', modules: { added: ['lib/util.ts', 'mod.ts', 'plugin.json'] } }]);
    expect(await readFile(join(place.folder.path, 'plugins.yaml'), 'utf8')).toBe(EMPTY);
    expect(await readdir(place.folder.path)).not.toContain('plugins.lock.json');
  });

  it('refuses a name that is taken by another source, unless it is told to replace it', async () => {
    await using place = await workspace(EMPTY, { ...localPlugin('greeter'), ...localPlugin('other') });
    await (await place.loader()).add('./greeter');
    const before = await readFile(place.lockFile, 'utf8');
    await expect((await place.loader()).add('./other', { name: 'greeter' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      details: { config: './greeter', added: './other' },
    });
    expect(await readFile(place.lockFile, 'utf8')).toBe(before);
    await (await place.loader()).add('./greeter');
    await (await place.loader()).add('./other', { name: 'greeter', replace: true });
    expect((await place.config()).plugins.get('greeter')?.source).toBe('./other');
    expect((await (await place.loader()).prepare()).ready.has('greeter')).toBe(true);
  });

  it.each(['9lives', 'a b', '__proto__', ''])('refuses the name %j', async (name) => {
    await using place = await workspace(EMPTY, localPlugin('greeter'));
    await expect((await place.loader()).add('./greeter', { name })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      exitCode: 2,
    });
  });

  it('refuses to write when frozen', async () => {
    await using place = await workspace(EMPTY, localPlugin('greeter'));
    const loader = await place.loader({ frozen: true });
    for (const work of [loader.add('./greeter'), loader.remove('x'), loader.lockAll(), loader.update()]) {
      await expect(work).rejects.toMatchObject({
        code: 'ERR_USAGE',
        hint: expect.stringContaining('--no-frozen') as string,
      });
    }
    expect(await loader.lockAll({ check: true })).toEqual([]);
    expect(await readdir(place.folder.path)).not.toContain('plugins.lock.json');
  });

  it('writes nothing when the source does not compile or does not exist', async () => {
    await using place = await workspace(EMPTY, {
      'bad/mod.ts': 'export default {',
      'bad/plugin.json': manifest('bad'),
    });
    await expect((await place.loader()).add('./bad')).rejects.toMatchObject({ code: 'ERR_BUILD', plugin: './bad' });
    await expect((await place.loader()).add('./nowhere')).rejects.toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(await readFile(join(place.folder.path, 'plugins.yaml'), 'utf8')).toBe(EMPTY);
    expect(await readdir(place.folder.path)).not.toContain('plugins.lock.json');
  });
});

describe('remove() and setEnabled()', () => {
  it('takes the plugin out of config and lock, and leaves the others', async () => {
    await using place = await workspace(EMPTY, { ...localPlugin('greeter'), ...localPlugin('other') });
    await (await place.loader()).add('./greeter');
    await (await place.loader()).add('./other');
    expect(await (await place.loader()).remove('greeter')).toMatchObject({ kind: 'removed', after: undefined });
    expect([...(await place.config()).plugins.keys()]).toEqual(['other']);
    expect(Object.keys((await readLock(place.lockFile)).plugins)).toEqual(['other']);
    await expect((await place.loader()).remove('greeter')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  it('switches a plugin on and off in the config, and keeps its pin', async () => {
    await using place = await workspace(EMPTY, localPlugin('greeter'));
    await (await place.loader()).add('./greeter');
    const lock = await readFile(place.lockFile, 'utf8');
    await (await place.loader()).setEnabled('greeter', false);
    expect((await (await place.loader()).prepare()).ready.size).toBe(0);
    await (await place.loader()).lockAll();
    expect(await readFile(place.lockFile, 'utf8')).toBe(lock);
    await (await place.loader()).setEnabled('greeter', true);
    expect((await (await place.loader()).prepare()).ready.size).toBe(1);
    await expect((await place.loader()).setEnabled('nobody', true)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});

describe('lockAll()', () => {
  const CONFIG = 'plugins:\n  greeter: { enabled: true, source: ./greeter }\n';

  it('says with check what it would do, and writes nothing', async () => {
    await using place = await workspace(CONFIG, localPlugin('greeter'));
    const kinds = async () => (await (await place.loader()).lockAll({ check: true })).map(({ kind }) => kind);
    expect(await kinds()).toEqual(['added']);
    expect(await readdir(place.folder.path)).not.toContain('plugins.lock.json');
    await (await place.loader()).lockAll();
    expect(await kinds()).toEqual(['unchanged']);
    await place.folder.write({ 'greeter/lib/util.ts': `${UTIL}\n` });
    const before = await readFile(place.lockFile, 'utf8');
    expect(await kinds()).toEqual(['changed']);
    expect(await readFile(place.lockFile, 'utf8')).toBe(before);
  });

  it('keeps the pins of remote plugins without asking their servers, and repairs an edited entry', async () => {
    await using server = await serve(remoteFiles('remote'));
    await using place = await workspace(`plugins:\n  remote: { enabled: true, source: "${server.url}/mod.ts" }\n`);
    await (await place.loader()).lockAll();
    const before = await readFile(place.lockFile, 'utf8');
    server.routes['/mod.ts'] = 'export default { changed: true };\n';
    const asked = server.requests.length;
    expect(await (await place.loader()).lockAll()).toMatchObject([{ kind: 'unchanged' }]);
    expect(server.requests.length).toBe(asked);
    expect(await readFile(place.lockFile, 'utf8')).toBe(before);

    const lock = await readLock(place.lockFile);
    const edited = {
      ...lock.plugins['remote'],
      commands: [{ name: 'evil', help: '', subcommands: [{ name: 'x', help: '' }] }],
    } as never;
    await place.folder.write({ 'plugins.lock.json': formatLock({ ...lock, plugins: { remote: edited } }) });
    expect(await (await place.loader()).lockAll()).toMatchObject([
      { kind: 'changed', modules: { changed: ['mod.ts'], added: [], removed: [] } },
    ]);
    expect((await (await place.loader()).prepare()).ready.has('remote')).toBe(true);
  });

  it('drops what the config no longer has, and leaves it when names are given', async () => {
    await using place = await workspace(`${CONFIG}  other: { enabled: true, source: ./other }\n`, {
      ...localPlugin('greeter'),
      ...localPlugin('other'),
    });
    await (await place.loader()).lockAll();
    await place.folder.write({ 'plugins.yaml': CONFIG });
    await (await place.loader()).lockAll({ names: ['greeter'] });
    expect(Object.keys((await readLock(place.lockFile)).plugins)).toEqual(['greeter', 'other']);
    expect(await (await place.loader()).lockAll()).toMatchObject([
      { kind: 'unchanged' },
      { name: 'other', kind: 'removed' },
    ]);
    expect(Object.keys((await readLock(place.lockFile)).plugins)).toEqual(['greeter']);
    await expect((await place.loader()).lockAll({ names: ['nobody'] })).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  it('refuses an entry that would give one URL a second digest', async () => {
    await using server = await serve({ '/dep.ts': UTIL });
    const plugin = `import { greet } from '${server.url}/dep.ts';\nexport default { greet };\n`;
    const files = (name: string) => ({ [`${name}/mod.ts`]: plugin, [`${name}/plugin.json`]: manifest(name) });
    await using place = await workspace(CONFIG, { ...files('greeter'), ...files('other') });
    await (await place.loader()).lockAll();
    const before = await readFile(place.lockFile, 'utf8');
    server.routes['/dep.ts'] = `${UTIL}\n`;
    await expect((await place.loader()).add('./other')).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      details: { module: `${server.url}/dep.ts` },
      hint: expect.stringContaining('`aitbc plugin update greeter`') as string,
    });
    expect(await readFile(place.lockFile, 'utf8')).toBe(before);
    expect((await place.config()).plugins.has('other')).toBe(false);
    await (await place.loader()).update(['greeter']);
    await (await place.loader()).add('./other');
    expect((await (await place.loader()).prepare()).ready.size).toBe(2);
  });

  it('mends a lock in which one URL has two digests, as its refusal says', async () => {
    await using server = await serve({ '/dep.ts': UTIL });
    const plugin = `import { greet } from '${server.url}/dep.ts';\nexport default { greet };\n`;
    const files = (name: string) => ({ [`${name}/mod.ts`]: plugin, [`${name}/plugin.json`]: manifest(name) });
    const config = `${CONFIG}  other: { enabled: true, source: ./other }\n`;
    await using place = await workspace(config, { ...files('greeter'), ...files('other') });
    await (await place.loader()).lockAll();
    const old = (await readLock(place.lockFile)).plugins;
    server.routes['/dep.ts'] = `${UTIL}\n`;
    await (await place.loader()).update();
    const { other = old['other'] } = (await readLock(place.lockFile)).plugins;
    // What a merge of two branches gives.
    const merged = { lockfileVersion: 1, plugins: { greeter: old['greeter'], other } } as LockFile;
    await place.folder.write({ 'plugins.lock.json': formatLock(merged) });
    await expect((await place.loader()).prepare()).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      exitCode: 3,
      hint: expect.stringContaining('`aitbc plugin update greeter other`') as string,
    });
    await (await place.loader()).update(['greeter', 'other']);
    expect((await (await place.loader()).prepare()).ready.size).toBe(2);
  });
});

describe('update()', () => {
  it('pins what the source gives now, and says what changed and what widened', async () => {
    await using server = await serve(remoteFiles('remote'));
    await using place = await workspace(`plugins:\n  remote: { enabled: true, source: "${server.url}/mod.ts" }\n`);
    await (await place.loader()).lockAll();
    const before = await readFile(place.lockFile, 'utf8');
    server.routes['/new.ts'] = UTIL;
    server.routes['/mod.ts'] = `export { greet as default } from './new.ts';\n`;
    server.routes['/plugin.json'] = manifest('remote', {
      version: '1.1.0',
      permissions: { net: [{ value: 'b.example', reason: 'rates' }], events: { publish: ['x.*'] } },
    });
    const expected = [
      {
        kind: 'changed',
        modules: { added: ['new.ts'], removed: [], changed: ['mod.ts', 'plugin.json'] },
        widened: ['events.publish: x.*', 'net: b.example'],
      },
    ];
    expect(await (await place.loader()).update(undefined, { dryRun: true })).toMatchObject(expected);
    expect(await readFile(place.lockFile, 'utf8')).toBe(before);
    expect(await (await place.loader()).update(['remote'])).toMatchObject(expected);
    expect((await readLock(place.lockFile)).plugins['remote']?.metadata.version).toBe('1.1.0');
    expect((await (await place.loader({ offline: true })).prepare()).ready.has('remote')).toBe(true);
  });
});

describe('what was shown is what is written', () => {
  it('writes nothing over an entry that changed while somebody was asked', async () => {
    await using server = await serve(remoteFiles('remote'));
    await using place = await workspace(`plugins: { remote: { enabled: true, source: "${server.url}/mod.ts" } }\n`);
    await (await place.loader()).lockAll();
    const version = (text: string): void => {
      server.routes['/plugin.json'] = manifest('remote', { version: text });
    };
    version('2.0.0');
    const other = async (): Promise<boolean> => {
      version('3.0.0');
      await (await place.loader()).update();
      return true;
    };
    await expect((await place.loader()).update(undefined, { confirm: other })).rejects.toMatchObject({
      code: 'ERR_STORE',
      retryable: true,
      message: expect.stringContaining('another process changed remote in it meanwhile') as string,
    });
    expect((await readLock(place.lockFile)).plugins['remote']?.metadata.version).toBe('3.0.0');
  });

  it('lets two processes write the same, and different plugins', async () => {
    await using place = await workspace(EMPTY, { ...localPlugin('alpha'), ...localPlugin('beta') });
    const loaders = await Promise.all([place.loader(), place.loader()]);
    await Promise.all(loaders.map((loader, index) => loader.add(index === 0 ? './alpha' : './beta')));
    await Promise.all([(await place.loader()).update(), (await place.loader()).update()]);
    expect(Object.keys((await readLock(place.lockFile)).plugins)).toEqual(['alpha', 'beta']);
  });
});

describe('list() and info()', () => {
  it('say what config and lock say, and read nothing else', async () => {
    const config = `plugins:
  greeter: { enabled: true, source: ./greeter, permissions: { net: ["a.example:443"] } }
  later: { enabled: false }
`;
    await using place = await workspace(config, localPlugin('greeter', { permissions: { net: ['a.example'] } }));
    await (await place.loader()).lockAll();
    expect(await (await place.loader()).list()).toMatchObject([
      { name: 'greeter', enabled: true, locked: 'yes', version: '1.0.0', source: './greeter' },
      { name: 'later', enabled: false, locked: 'no', version: undefined, source: undefined },
    ]);
    await place.folder.write({ 'plugins.yaml': config.replace('./greeter', './moved') });
    const info = await (await place.loader()).info('greeter');
    expect(info).toMatchObject({
      locked: 'outdated',
      requested: ['net: a.example'],
      granted: ['net: a.example:443'],
    });
    expect(info.lock?.modules).toHaveProperty(['mod.ts']);
    await expect((await place.loader()).info('nobody')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});
