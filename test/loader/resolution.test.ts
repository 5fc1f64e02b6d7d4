import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { LockChange } from '../../src/loader/types.ts';
import { rejected } from '../support/errors.ts';
import { below, indexEntry, indexOf, registryFiles, type IndexEntry, type TestRelease } from '../support/registry.ts';
import { localPlugin, manifest, workspace, type Workspace } from './support.ts';

const CONFIG = 'registries:\n  - ./registry\nplugins: {}\n';

function release(name: string, version: string, dependencies: readonly string[] = [], more: object = {}): TestRelease {
  return { name, version, manifest: { dependencies, ...more }, entry: { dependencies, ...more } };
}

async function space(
  releases: readonly TestRelease[],
  config = CONFIG,
  files: Readonly<Record<string, string>> = {},
): Promise<Workspace> {
  return workspace(config, { ...below('registry/', await registryFiles(releases)), ...files });
}

async function publish(here: Workspace, releases: readonly TestRelease[]): Promise<void> {
  await here.folder.write(below('registry/', await registryFiles(releases)));
}

async function locked(here: Workspace): Promise<Record<string, string>> {
  const { plugins } = JSON.parse(await readFile(here.lockFile, 'utf8')) as {
    plugins: Record<string, { metadata: { version: string } }>;
  };
  return Object.fromEntries(Object.entries(plugins).map(([name, { metadata }]) => [name, metadata.version]));
}

const text = (here: Workspace): Promise<string> => readFile(`${here.folder.path}/plugins.yaml`, 'utf8');

describe('add()', () => {
  test('brings along what a plugin depends on, into config and lock, with nothing granted', async () => {
    await using here = await space([
      release('alpha', '1.0.0', ['core@^1']),
      release('core', '1.4.0', ['deep'], { permissions: { net: ['api.example.com'] } }),
      release('core', '2.0.0'),
      release('deep', '0.1.0'),
    ]);
    const shown: LockChange[] = [];
    const report = await (
      await here.loader()
    ).add('alpha@^1', {
      grants: { env: ['ALPHA'] },
      confirm: async (changes) => {
        shown.push(...changes);
        return true;
      },
    });
    expect(shown.map(({ name, kind, after }) => [name, kind, after?.metadata.version])).toEqual([
      ['alpha', 'added', '1.0.0'],
      ['core', 'added', '1.4.0'],
      ['deep', 'added', '0.1.0'],
    ]);
    expect(report).toMatchObject({ written: true, brought: ['core', 'deep'], change: { name: 'alpha' } });
    expect(await locked(here)).toEqual({ alpha: '1.0.0', core: '1.4.0', deep: '0.1.0' });
    expect(await text(here)).toBe(
      [
        'registries:',
        '  - ./registry',
        'plugins:',
        '  core:',
        '    enabled: true',
        '    source: core',
        '  deep:',
        '    enabled: true',
        '    source: deep',
        '  alpha:',
        '    enabled: true',
        '    source: alpha@^1',
        '    permissions:',
        '      env:',
        '        - ALPHA',
        '',
      ].join('\n'),
    );
    const { ready, refused } = await (await here.loader({ offline: true })).prepare({});
    expect([...refused.keys()]).toEqual([]);
    expect([...ready.keys()].sort()).toEqual(['alpha', 'core', 'deep']);
  });

  test('writes nothing of it where the answer is no', async () => {
    await using here = await space([release('alpha', '1.0.0', ['core']), release('core', '1.0.0')]);
    const report = await (await here.loader()).add('alpha', { confirm: async () => false });
    expect(report).toMatchObject({ written: false, brought: ['core'] });
    expect(await text(here)).toBe(CONFIG);
    await expect(readFile(here.lockFile)).rejects.toThrow('ENOENT');
  });

  test('takes an older version that fits what is locked no worse than the newest would, and moves what has to follow', async () => {
    const base = [release('core', '1.0.0'), release('core', '1.1.0'), release('alpha', '1.0.0', ['core@^1'])];
    await using here = await space(base);
    await (await here.loader()).add('alpha');
    await publish(here, [...base, release('core', '2.0.0'), release('beta', '1.0.0', ['core@>=1'])]);
    const kept = await (await here.loader()).add('beta');
    expect(kept.others).toEqual([]);
    expect(await locked(here)).toEqual({ alpha: '1.0.0', beta: '1.0.0', core: '1.1.0' });
    await publish(here, [
      ...base,
      release('core', '2.0.0'),
      release('beta', '1.0.0', ['core@>=1']),
      release('alpha', '2.0.0', ['core@^2']),
      release('gamma', '1.0.0', ['core@^2']),
    ]);
    const moved = await (await here.loader()).add('gamma');
    expect(
      moved.others.map(({ name, before, after }) => [name, before?.metadata.version, after?.metadata.version]),
    ).toEqual([
      ['alpha', '1.0.0', '2.0.0'],
      ['core', '1.1.0', '2.0.0'],
    ]);
    expect(await locked(here)).toEqual({ alpha: '2.0.0', beta: '1.0.0', core: '2.0.0', gamma: '1.0.0' });
  });

  test('explains a conflict, says what would help, and writes nothing', async () => {
    const releases = [
      release('core', '1.0.0'),
      release('core', '2.0.0'),
      release('alpha', '1.0.0', ['core@^1']),
      release('beta', '1.0.0'),
      release('beta', '2.0.0', ['core@^2']),
    ];
    await using here = await space(releases);
    await (await here.loader()).add('alpha@^1');
    const before = await text(here);
    const error = await rejected((await here.loader()).add('beta@^2'));
    expect(error).toMatchObject({
      code: 'ERR_INCOMPATIBLE',
      message: 'Cannot resolve "beta": no choice of versions satisfies all of them',
      hint: 'beta@^1.0.0 would do, in place of beta@^2',
    });
    expect(Object.values(error.details).join(' ')).toContain('you ask for beta ^2');
    expect(Object.values(error.details).join(' ')).toContain('the config asks for alpha ^1');
    expect(await text(here)).toBe(before);
    expect(await locked(here)).toEqual({ alpha: '1.0.0', core: '1.0.0' });
  });

  test('names what nobody offers, and a circle', async () => {
    await using here = await space([
      release('alpha', '1.0.0', ['gone@^1']),
      release('one', '1.0.0', ['two']),
      release('two', '1.0.0', ['one']),
    ]);
    expect(await rejected((await here.loader()).add('alpha'))).toMatchObject({
      code: 'ERR_DEPENDENCY_MISSING',
      details: { 1: expect.stringContaining('gone ^1 (neither plugin_paths nor a registry has it)') as string },
      hint: expect.stringContaining('aitbc plugin add <source of gone> --name gone') as string,
    });
    expect(await rejected((await here.loader()).add('one'))).toMatchObject({
      code: 'ERR_DEPENDENCY_CYCLE',
      details: { path: 'one -> two -> one' },
    });
  });

  test('says that it gave up where a registry makes the search too long', async () => {
    // Thirteen pigeons, each in one of twelve holes, which are for one each: there is no short proof that this cannot be.
    const pigeons = Array.from({ length: 13 }, (_, at) => at);
    const holes = pigeons.slice(1);
    const entry = (name: string, version: number, dependencies: readonly string[]): object =>
      indexEntry(name, `${version}.0.0`, { bytes: name, at: 'none.tgz' }, { dependencies });
    const index = indexOf([
      ...pigeons.flatMap((pigeon) => holes.map((hole) => entry(`p${pigeon}`, hole, [`h${hole}@${pigeon + 1}.0.0`]))),
      ...holes.flatMap((hole) => pigeons.map((pigeon) => entry(`h${hole}`, pigeon + 1, []))),
      entry(
        'all',
        1,
        pigeons.map((pigeon) => `p${pigeon}`),
      ),
    ] as IndexEntry[]);
    await using here = await workspace(CONFIG, { 'registry/index.json': index });
    expect(await rejected((await here.loader()).add('all'))).toMatchObject({
      code: 'ERR_RESOLUTION_LIMIT',
      message: 'Cannot resolve "all": no answer was found in 20000000 steps; there may be one',
    });
  });

  test('passes over versions of dependencies that do not fit this host', async () => {
    const future = { compatibility: { min_aitbc_version: '99.0.0' } };
    await using here = await space([
      release('alpha', '1.0.0', ['core']),
      release('core', '1.0.0'),
      { name: 'core', version: '2.0.0', entry: { ...future, dependencies: [] } },
      { name: 'core', version: '3.0.0', entry: { platforms: ['plan9'], dependencies: [] } },
      { name: 'core', version: '4.0.0', entry: { yanked: 'broken', dependencies: [] } },
    ]);
    await (await here.loader()).add('alpha');
    expect(await locked(here)).toEqual({ alpha: '1.0.0', core: '1.0.0' });
  });

  test('reads dependencies that an index does not state', async () => {
    const silent = (name: string, version: string, dependencies: readonly string[]): TestRelease => ({
      name,
      version,
      manifest: { dependencies },
    });
    await using here = await space([
      silent('alpha', '1.0.0', ['core@^1']),
      silent('core', '1.0.0', ['deep']),
      silent('deep', '1.0.0', []),
    ]);
    await (await here.loader()).add('alpha');
    expect(await locked(here)).toEqual({ alpha: '1.0.0', core: '1.0.0', deep: '1.0.0' });
  });

  test('takes a dependency of the config from whatever source it has, by its version', async () => {
    const config = 'registries: [./registry]\nplugins:\n  core: { enabled: true, source: ./core }\n';
    const files = localPlugin('core', { version: '1.2.0' });
    await using here = await space(
      [release('alpha', '1.0.0', ['core@^1']), release('alpha', '2.0.0', ['core@^2']), release('core', '2.0.0')],
      config,
      files,
    );
    await (await here.loader()).lockAll();
    const { brought } = await (await here.loader()).add('alpha');
    expect(brought).toEqual([]);
    expect(await locked(here)).toEqual({ alpha: '1.0.0', core: '1.2.0' });
    expect(await rejected((await here.loader()).add('alpha@^2', { replace: true }))).toMatchObject({
      code: 'ERR_INCOMPATIBLE',
      hint: 'alpha@^1.0.0 would do, in place of alpha@^2',
    });
  });

  test('brings a dependency from plugin_paths before any registry', async () => {
    const config = 'registries: [./registry]\nplugin_paths: [./near]\nplugins: {}\n';
    const files = {
      'near/core/plugin.json': manifest('core', { version: '1.5.0' }),
      'near/core/mod.js': 'export default {};',
    };
    await using here = await space([release('alpha', '1.0.0', ['core@^1']), release('core', '1.9.0')], config, files);
    await (await here.loader()).add('alpha');
    expect(await locked(here)).toEqual({ alpha: '1.0.0', core: '1.5.0' });
    expect(await text(here)).not.toContain('source: core');
  });

  test('brings a prerelease where a range names it, under a source that takes it again', async () => {
    await using here = await space([release('alpha', '1.0.0', ['core@^2.0.0-rc.1']), release('core', '2.0.0-rc.2')]);
    await (await here.loader()).add('alpha');
    expect(await text(here)).toContain('source: core@^2.0.0-rc.2');
    const { ready } = await (await here.loader()).prepare({});
    expect([...ready.keys()].sort()).toEqual(['alpha', 'core']);
    expect((await (await here.loader()).update()).map(({ kind }) => kind)).toEqual(['unchanged', 'unchanged']);
  });

  test('brings what a plugin of a path depends on', async () => {
    await using here = await space(
      [release('core', '1.0.0')],
      CONFIG,
      localPlugin('local', { dependencies: ['core@^1'] }),
    );
    const { brought } = await (await here.loader()).add('./local');
    expect(brought).toEqual(['core']);
    expect(await locked(here)).toEqual({ core: '1.0.0', local: '1.0.0' });
  });

  test('leaves out what has nothing to do with it: plugins that do not fit together anyway, or are disabled', async () => {
    const config = `registries: [./registry]
plugins:
  broken: { enabled: true, source: ./broken }
  off: { enabled: false, source: ./nowhere }
`;
    const files = localPlugin('broken', { dependencies: ['gone'] });
    await using here = await space([release('alpha', '1.0.0', ['off'])], config, files);
    await (await here.loader()).lockAll();
    await (await here.loader()).add('alpha');
    expect(await locked(here)).toEqual({ alpha: '1.0.0', broken: '1.0.0' });
  });
});

describe('lockAll() and update()', () => {
  const releases = [release('alpha', '1.0.0', ['core@>=1']), release('core', '1.0.0'), release('deep', '1.0.0')];
  const newer = [
    ...releases,
    release('alpha', '1.1.0', ['core@>=1', 'deep']),
    release('core', '1.1.0'),
    release('core', '2.0.0'),
  ];

  test('lockAll() keeps what is locked, and reads no index for it', async () => {
    await using here = await space(releases);
    await (await here.loader()).add('alpha');
    await publish(here, newer);
    await here.folder.write({ 'registry/index.json': 'gone' });
    const changes = await (await here.loader()).lockAll();
    expect(changes.map(({ name, kind }) => [name, kind])).toEqual([
      ['core', 'unchanged'],
      ['alpha', 'unchanged'],
    ]);
  });

  test('update() takes the newest of all, with what it newly depends on', async () => {
    await using here = await space(releases);
    await (await here.loader()).add('alpha');
    await publish(here, newer);
    await (await here.loader()).update();
    expect(await locked(here)).toEqual({ alpha: '1.1.0', core: '2.0.0', deep: '1.0.0' });
    expect(await text(here)).toContain('  deep:\n    enabled: true\n    source: deep\n');
  });

  test('update() of one plugin leaves the others where they are locked', async () => {
    await using here = await space(releases);
    await (await here.loader()).add('alpha');
    await publish(here, newer);
    const changes = await (await here.loader()).update(['alpha'], { dryRun: true });
    expect(changes.map(({ name, after }) => [name, after?.metadata.version])).toEqual([
      ['alpha', '1.1.0'],
      ['deep', '1.0.0'],
    ]);
    await (await here.loader()).update(['core']);
    expect(await locked(here)).toEqual({ alpha: '1.0.0', core: '2.0.0' });
  });

  test('lockAll() moves what is locked where another range was written into the config', async () => {
    await using here = await space(newer);
    await (await here.loader()).add('core@^1');
    await here.folder.write({ 'plugins.yaml': (await text(here)).replace('core@^1', 'core@^2') });
    await (await here.loader()).lockAll();
    expect(await locked(here)).toEqual({ core: '2.0.0' });
  });

  test('lockAll() locks plugins of paths that lack a dependency: a start refuses them alone', async () => {
    const config = 'registries: [./registry]\nplugins:\n  local: { enabled: true, source: ./local }\n';
    await using here = await space(releases, config, localPlugin('local', { dependencies: ['gone'] }));
    const messages: string[] = [];
    const logger = { log: (_: string, message: string) => void messages.push(message) };
    await (await here.loader({ logger })).lockAll();
    expect(await locked(here)).toEqual({ local: '1.0.0' });
    expect(messages).toContain('plugins that are locked do not fit together: a start will refuse some of them');
  });
});

describe('remove()', () => {
  test('refuses what an enabled plugin depends on, unless it is forced', async () => {
    await using here = await space([release('alpha', '1.0.0', ['core']), release('core', '1.0.0')]);
    await (await here.loader()).add('alpha');
    expect(await rejected((await here.loader()).remove('core'))).toMatchObject({
      code: 'ERR_USAGE',
      message: 'Cannot remove "core": alpha would lack it',
      details: { dependents: 'alpha' },
    });
    await (await here.loader()).setEnabled('alpha', false);
    await (await here.loader()).remove('core');
    expect(await locked(here)).toEqual({ alpha: '1.0.0' });
    await (await here.loader()).add('core');
    await (await here.loader()).setEnabled('alpha', true);
    await (await here.loader()).remove('core', { force: true });
    expect(await locked(here)).toEqual({ alpha: '1.0.0' });
  });
});
