import { mkdir, readFile, rm, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { goodModule, hostileCli, type CliCase, type Entry, type Stage } from './cli-harness.ts';

const RUN = ['plugin', 'call', 'good', 'ping'] as const;

/** The lock as this text, and a run. */
const text =
  (make: (stage: Stage) => string | Uint8Array) =>
  async (stage: Stage): Promise<readonly string[]> => {
    await stage.write({ 'plugins.lock.json': make(stage) });
    return RUN;
  };

const edited =
  (change: (good: Entry, plugins: Record<string, Entry>) => void, args = RUN as readonly string[]) =>
  async (stage: Stage): Promise<readonly string[]> => {
    await stage.editLock((plugins) => change(plugins['good'] as Entry, plugins));
    return args;
  };

/** A second plugin beside the good one, locked. */
async function withOther(stage: Stage, module = goodModule('other')): Promise<void> {
  stage.server.routes['/other.ts'] = module;
  await stage.aitbc(['plugin', 'add', `${stage.server.url}/other.ts`, '--yes']);
}

const lockOf = async (stage: Stage): Promise<{ plugins: Record<string, Entry> }> =>
  JSON.parse(await readFile(join(stage.path, 'plugins.lock.json'), 'utf8')) as { plugins: Record<string, Entry> };

const forms: CliCase[] = [
  {
    name: 'a merge conflict',
    plant: text(({ lock }) => lock.replace('"good": {', '<<<<<<< HEAD\n"good": {\n=======\n"good": {\n>>>>>>> x\n')),
    fails: 'ERR_LOCK_INVALID',
    says: /merge conflict at line/,
  },
  {
    name: 'a plugin twice',
    plant: text(({ lock }) => lock.replace('"good": {', '"good": {}, "good": {')),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: 'a plugin twice, once in escapes',
    plant: text(({ lock }) => lock.replace('"good": {', '"\\u0067ood": {}, "good": {')),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: 'a module twice',
    plant: text(({ lock }) => lock.replace('"modules": {', `"modules": { "good.ts": "sha256:${'0'.repeat(64)}",`)),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: '__proto__',
    plant: text(({ lock }) => lock.replace('"good": {', '"__proto__": { "x": 1 }, "good": {')),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: '__proto__ among the modules',
    plant: text(({ lock }) => lock.replace('"modules": {', `"modules": { "__proto__": "sha256:${'0'.repeat(64)}",`)),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: 'a plugin called constructor',
    plant: edited((good, plugins) => (plugins['constructor'] = good)),
  },
  {
    name: 'a name that is a path',
    plant: edited((good, plugins) => (plugins['../../x'] = good)),
    fails: 'ERR_LOCK_INVALID',
  },
  { name: 'an unknown key', plant: edited((good) => (good['run'] = 'evil')), fails: 'ERR_LOCK_INVALID' },
  {
    name: 'a key of escape sequences',
    plant: edited((good) => (good['\u001b[2J\u009b1m\u202e'] = 1)),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: 'a module of escape sequences',
    plant: edited((good) => (good['modules']['\u009b2J\u202e.ts'] = 'x')),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: 'modules as a list',
    plant: edited((good) => Object.assign(good, { modules: [] })),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: 'a plugin that is null',
    plant: edited((_good, plugins) => Object.assign(plugins, { good: null })),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: 'plugins that are a text',
    plant: text(() => '{ "lockfileVersion": 1, "plugins": "x" }'),
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: 'another version',
    plant: text(({ lock }) => lock.replace('"lockfileVersion": 1', '"lockfileVersion": "1"')),
    fails: 'ERR_LOCK_INVALID',
  },
  { name: 'a hundred thousand levels', plant: text(() => '['.repeat(100_000)), fails: 'ERR_LOCK_INVALID' },
  { name: 'nothing', plant: text(() => ''), fails: 'ERR_LOCK_INVALID' },
  { name: 'no text', plant: text(() => new Uint8Array([0xff, 0xfe, 0x00, 0x80])), fails: 'ERR_LOCK_INVALID' },
  {
    name: 'four gigabytes',
    plant: async (stage) => {
      await truncate(join(stage.path, 'plugins.lock.json'), 2 ** 32);
      return RUN;
    },
    fails: 'ERR_LOCK_INVALID',
  },
  {
    name: 'a folder',
    plant: async (stage) => {
      await rm(join(stage.path, 'plugins.lock.json'));
      await mkdir(join(stage.path, 'plugins.lock.json'));
      return RUN;
    },
    fails: 'ERR_STORE',
    also: async (_result, stage) => {
      await rm(join(stage.path, 'plugins.lock.json'), { recursive: true });
      return [];
    },
  },
  {
    name: 'a link to a file of the operator',
    plant: async (stage) => {
      await rm(join(stage.path, 'plugins.lock.json'));
      await symlink('secret.txt', join(stage.path, 'plugins.lock.json'));
      return RUN;
    },
    fails: 'ERR_LOCK_INVALID',
    also: async (_result, stage) => {
      await rm(join(stage.path, 'plugins.lock.json'));
      return [];
    },
  },
];

const contents: CliCase[] = [
  {
    name: 'the digest of a module',
    plant: edited((good) => (good['modules']['good.ts'] = `sha256:${'0'.repeat(64)}`)),
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'its integrity',
    plant: edited((good) => (good['integrity'] = `sha256:${'0'.repeat(64)}`)),
    fails: 'ERR_INTEGRITY',
  },
  { name: 'its metadata', plant: edited((good) => (good['metadata']['version'] = '9.0.0')), fails: 'ERR_INTEGRITY' },
  {
    name: 'its description, of escape sequences',
    plant: edited((good) => (good['metadata']['description'] = '\u001b[2J\u202e')),
    fails: 'ERR_INTEGRITY',
  },
  { name: 'what it asks for', plant: edited((good) => (good['permissions'] = { net: ['*'] })), fails: 'ERR_INTEGRITY' },
  {
    name: 'its commands, with help of escape sequences, run',
    plant: edited(
      (good) =>
        (good['commands'] = [
          { name: 'agent', help: '\u001b[2J\u009b1m', subcommands: [{ name: 'go', help: '\u202e' }] },
        ]),
      ['agent', 'go'],
    ),
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'its commands, with help of escape sequences, listed',
    plant: edited(
      (good) =>
        (good['commands'] = [
          { name: 'agent', help: '\u001b[2J\u009b1m', subcommands: [{ name: 'go', help: '\u202e' }] },
        ]),
      ['agent', 'go', '--help'],
    ),
  },
  {
    name: 'its metadata, of escape sequences, as a list',
    plant: edited(
      (good) => Object.assign(good['metadata'], { description: 'x\u001b[2J\u009b1m\u202e\n', version: '1\u009b2J' }),
      ['plugin', 'list'],
    ),
  },
  {
    name: 'its metadata, of escape sequences, as JSON',
    plant: edited(
      (good) => Object.assign(good['metadata'], { description: 'x\u001b[2J\u009b1m\u202e\n' }),
      ['--json', 'plugin', 'info', 'good'],
    ),
  },
  {
    name: 'where it comes from: a file of the operator',
    plant: edited((good) => (good['source'] = good['resolved'] = './secret.txt')),
    fails: 'ERR_LOCK_OUTDATED',
  },
  {
    name: 'where it is fetched from',
    plant: async (stage) => {
      stage.server.routes['/evil.ts'] = `fetch('http://evil/');${goodModule()}`;
      await stage.editLock((plugins) => (plugins['good']!['resolved'] = `${stage.server.url}/evil.ts`));
      await stage.forget(goodModule());
      return RUN;
    },
    fails: 'ERR_INTEGRITY',
  },
  { name: 'its entry', plant: edited((good) => (good['entry'] = '../../secret.txt')), fails: 'ERR_INTEGRITY' },
  {
    name: 'its redirects',
    plant: edited((good) => (good['redirects'] = { 'https://a.example/': 'file:///etc/passwd' })),
    fails: 'ERR_INTEGRITY',
  },
  { name: 'its kind', plant: edited((good) => (good['kind'] = 'component')), fails: 'ERR_INTEGRITY' },
  {
    name: 'its import map, with the prototype of everything',
    plant: text(({ lock }) =>
      lock.replace('"integrity"', '"importMap": { "imports": { "constructor": "file:///etc/passwd" } }, "integrity"'),
    ),
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'its entry for that of another plugin',
    plant: async (stage) => {
      await withOther(stage);
      const { plugins } = await lockOf(stage);
      await stage.write({
        'plugins.lock.json': JSON.stringify({ lockfileVersion: 1, plugins: { ...plugins, good: plugins['other'] } }),
      });
      return RUN;
    },
    fails: 'ERR_LOCK_OUTDATED',
  },
  {
    name: 'its entry for that of another plugin, with its own source',
    plant: async (stage) => {
      await withOther(stage);
      const { plugins } = await lockOf(stage);
      const { source, resolved } = plugins['good'] as Entry;
      await stage.write({
        'plugins.lock.json': JSON.stringify({
          lockfileVersion: 1,
          plugins: { ...plugins, good: { ...plugins['other'], source, resolved } },
        }),
      });
      return RUN;
    },
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'a digest for that of another module',
    plant: async (stage) => {
      await withOther(stage);
      const { plugins } = await lockOf(stage);
      const stolen = Object.values(plugins['other']?.modules ?? {})[0];
      const good = plugins['good'] as Entry;
      await stage.write({
        'plugins.lock.json': JSON.stringify({
          lockfileVersion: 1,
          plugins: { ...plugins, good: { ...good, modules: { 'good.ts': stolen } } },
        }),
      });
      return RUN;
    },
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'a digest of a URL that another plugin has with another one',
    plant: async (stage) => {
      const url = `${stage.server.url}/shared.ts`;
      stage.server.routes['/shared.ts'] = 'export {};';
      await withOther(stage, `import '${url}';${goodModule('other')}`);
      const { plugins } = await lockOf(stage);
      const good = plugins['good'] as Entry;
      good.modules[url] = `sha256:${'1'.repeat(64)}`;
      await stage.write({ 'plugins.lock.json': JSON.stringify({ lockfileVersion: 1, plugins }) });
      return RUN;
    },
    fails: 'ERR_INTEGRITY',
  },
  {
    name: 'nothing, but the cached bytes',
    plant: async (stage) => {
      await stage.replaceCached(goodModule(), goodModule().replace('pong', 'owned'));
      return RUN;
    },
    fails: 'ERR_INTEGRITY',
    says: /aitbc plugin fetch/,
  },
  {
    name: 'nothing, but the cached build',
    plant: async (stage) => {
      await stage.spoilBuilds();
      return RUN;
    },
    spoilt: /builds/,
  },
];

hostileCli('a run with a lock that is or has', forms);
hostileCli('a run with a lock in which somebody changed', contents);
