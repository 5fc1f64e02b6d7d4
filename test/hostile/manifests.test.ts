import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { goodModule, hostileCli, type CliCase, type Stage } from './cli-harness.ts';

const ADD = ['plugin', 'add', './p', '--yes'] as const;
const EVIL = 'x\u001b[2J\u001b]0;owned\u0007\u009b1m\u202e\u2066\r\nerror[FAKE]: y';
const MANIFEST = {
  name: 'p',
  version: '1.0.0',
  description: 'Is good',
  author: 'tests',
  license: 'MIT',
  entry: 'mod.ts',
};

const command = (name: string, more: object = {}): object => ({
  name,
  help: 'x',
  subcommands: [{ name: 'go', help: 'x', ...more }],
});

/** The folder `p` with this plugin.json, added. */
const stating =
  (manifest: object | string, module = goodModule('p'), then: readonly string[] = ADD) =>
  async (stage: Stage): Promise<readonly string[]> => {
    await stage.write({
      'p/mod.ts': module,
      'p/plugin.json': typeof manifest === 'string' ? manifest : JSON.stringify({ ...MANIFEST, ...manifest }),
    });
    if (then !== ADD) await stage.aitbc(ADD);
    return then;
  };

const wrong = (name: string, manifest: object | string): CliCase => ({
  name,
  plant: stating(manifest),
  fails: 'ERR_METADATA',
});

const manifests: CliCase[] = [
  wrong('a name of escape sequences', { name: EVIL }),
  wrong('a name that is a path', { name: '../../owned' }),
  wrong('a name that would be a prototype', { name: '__proto__' }),
  wrong('a version of escape sequences', { version: EVIL }),
  wrong('an entry of escape sequences', { entry: EVIL }),
  wrong('an entry above its folder', { entry: '../secret.txt' }),
  wrong('an absolute entry', { entry: '/etc/passwd' }),
  wrong('an entry at a URL', { entry: 'https://evil.example/x.ts' }),
  wrong('a key of escape sequences', { [EVIL]: 1 }),
  wrong('a key that would be a prototype', JSON.stringify(MANIFEST).replace('{', '{"__proto__":{"sdk":"1"},')),
  wrong('a key twice', JSON.stringify(MANIFEST).replace('{', '{"name":"good",')),
  wrong('a description of ten megabytes', { description: 'x'.repeat(10_000_000) }),
  wrong('a million keywords', { keywords: Array.from({ length: 1_000_000 }, () => 'x') }),
  wrong('a hundred thousand levels', '{"x":'.repeat(100_000)),
  wrong('the wrong types', { description: { toString: 'x' }, author: 7, license: [] }),
  wrong('a command of escape sequences', { commands: [command(EVIL)] }),
  wrong('a command that is an option', { commands: [command('--config')] }),
  wrong('an option that is the host’s help', { commands: [command('p', { options: [{ name: 'help' }] })] }),
  wrong('an option that is a prototype', { commands: [command('p', { options: [{ name: '__proto__' }] })] }),
  wrong('a permission of the wrong type', { permissions: { net: '*' } }),
  wrong('a permission nobody knows', { permissions: { run: ['sh'] } }),
  {
    name: 'texts of escape sequences',
    plant: stating(
      {
        description: EVIL,
        author: EVIL,
        license: EVIL,
        homepage: EVIL,
        keywords: [EVIL],
        permissions: { net: [{ value: `a.example${EVIL}`, reason: EVIL }], env: [EVIL] },
        commands: [command('p', { help: EVIL, options: [{ name: 'a', help: EVIL, default: EVIL, choices: [EVIL] }] })],
      },
      goodModule('p').replaceAll("'Is good'", JSON.stringify(EVIL)),
      ['--json', 'plugin', 'info', 'p'],
    ),
    says: /FAKE/,
  },
  {
    name: 'texts of escape sequences, where no one is asked',
    plant: stating({ description: EVIL, permissions: { net: [{ value: EVIL, reason: EVIL }] } }),
    writes: true,
    also: ({ stdout, stderr }) => (/^error\[FAKE/m.test(stdout + stderr) ? ['it forges a line'] : []),
  },
  {
    name: 'the name of another plugin',
    plant: stating({ name: 'good' }, goodModule()),
    fails: 'ERR_USAGE',
    says: /--replace/,
  },
  {
    name: 'a command that is the host’s own',
    plant: stating({ commands: [command('plugin')] }, goodModule('p'), ['plugin', 'list']),
    says: /NAME .*VERSION/,
  },
  {
    name: 'a command that another plugin has',
    plant: async (stage) => {
      await stage.write({
        'q/mod.ts': goodModule('q'),
        'q/plugin.json': JSON.stringify({ ...MANIFEST, name: 'q', commands: [command('same')] }),
      });
      await stage.aitbc(['plugin', 'add', './q', '--yes']);
      return stating({ commands: [command('same')] }, goodModule('p'), ['same', 'go'])(stage);
    },
    fails: 'ERR_USAGE',
    says: /plugin exec/,
  },
  {
    name: 'another version than its code',
    plant: stating({ version: '2.0.0' }, goodModule('p'), ['plugin', 'call', 'p', 'ping']),
    fails: 'ERR_METADATA',
  },
  {
    name: 'less permissions than its code asks for',
    plant: stating(
      { permissions: { net: ['a.example'] } },
      goodModule('p').replace("license: 'MIT'", "license: 'MIT', permissions: { net: ['*'], write: ['/'] }"),
      ['plugin', 'call', 'p', 'ping'],
    ),
    fails: 'ERR_METADATA',
  },
  {
    name: 'no metadata, and code that says another thing each time',
    plant: async (stage) => {
      await stage.write({
        'p/mod.ts': goodModule('p').replace("'1.0.0'", "'1.0.' + Math.floor(Math.random() * 1e9)"),
      });
      await stage.aitbc(ADD);
      return ['plugin', 'call', 'p', 'ping'];
    },
    fails: 'ERR_METADATA',
  },
  {
    name: 'no metadata, and code that loops when it is asked',
    plant: async (stage) => {
      await stage.write({ 'p/mod.ts': `for (;;);\n${goodModule('p')}` });
      return ADD;
    },
    fails: 'ERR_LIMIT_CPU',
    says: /hint: It is asked under the default limits/,
  },
  {
    name: 'no metadata, and code that takes all memory when it is asked',
    plant: async (stage) => {
      await stage.write({
        'p/mod.ts': `const all = []; for (;;) all.push(new ArrayBuffer(1e7));\n${goodModule('p')}`,
      });
      return ADD;
    },
    fails: 'ERR_PLUGIN_THREW',
  },
  {
    name: 'no metadata, and code that throws escape sequences when it is asked',
    plant: async (stage) => {
      await stage.write({
        'p/mod.ts': `throw Object.assign(new Error(${JSON.stringify(EVIL)}), { name: ${JSON.stringify(EVIL)} });\n${goodModule('p')}`,
      });
      return ADD;
    },
    fails: 'ERR_PLUGIN_THREW',
  },
  {
    name: 'no metadata, and code whose metadata are a proxy that never ends',
    plant: async (stage) => {
      await stage.write({
        'p/mod.ts': `
          import { BasePlugin } from '@aitbc/plugins/sdk';
          const endless = () => new Proxy({}, { get: () => endless(), ownKeys: () => Array.from({ length: 1e5 }, (_, i) => 'k' + i),
            getOwnPropertyDescriptor: () => ({ value: endless(), enumerable: true, configurable: true }) });
          export default class P extends BasePlugin { getMetadata() { return endless(); } }`,
      });
      return ADD;
    },
    fails: 'ERR_LIMIT_CPU',
  },
];

/** A plugin with this schema, locked, that gets this config. */
const schema =
  (config_schema: object, config: object) =>
  async (stage: Stage): Promise<readonly string[]> => {
    await stage.write({
      'p/mod.ts': goodModule('p'),
      'p/plugin.json': JSON.stringify({ ...MANIFEST, config_schema }),
    });
    await stage.aitbc(ADD);
    await stage.configure(`  p: { enabled: true, source: ./p, config: ${JSON.stringify(config)} }\n`);
    return ['plugin', 'call', 'p', 'ping'];
  };

const schemas: CliCase[] = [
  {
    name: 'a pattern that takes for ever',
    plant: schema({ type: 'object', properties: { a: { pattern: '^(a+)+$' } } }, { a: `${'a'.repeat(60)}!` }),
    fails: 'ERR_METADATA',
    says: /takes longer/,
  },
  {
    name: 'a pattern that takes for ever, beside what only ajv knows',
    plant: schema({ properties: { a: { pattern: '^(a|a)*$', not: { const: 1 } } } }, { a: `${'a'.repeat(60)}!` }),
    fails: 'ERR_METADATA',
    says: /takes longer/,
  },
  {
    name: 'a reference to a server',
    plant: async (stage) => schema({ $ref: `${stage.inner.url}/schema.json` }, {})(stage),
    fails: 'ERR_METADATA',
  },
  { name: 'a reference to a file', plant: schema({ $ref: 'file:///etc/passwd' }, {}), fails: 'ERR_METADATA' },
  { name: 'a reference to itself', plant: schema({ $ref: '#' }, { a: 1 }), fails: 'ERR_METADATA' },
  {
    name: 'references that double with each step',
    plant: schema(
      {
        definitions: Object.fromEntries(
          Array.from({ length: 40 }, (_, index) => [
            `d${index}`,
            { allOf: [{ $ref: `#/definitions/d${index + 1}` }, { $ref: `#/definitions/d${index + 1}` }] },
          ]).concat([['d40', {}]] as never),
        ),
        $ref: '#/definitions/d0',
      },
      { a: 1 },
    ),
    fails: 'ERR_METADATA',
  },
  {
    name: 'code where a keyword has its value',
    plant: schema({ properties: { 'a"];process.exit(9);//': { const: '`${process.exit(9)}`' } } }, {}),
  },
  { name: 'an asynchronous schema', plant: schema({ $async: true }, {}), fails: 'ERR_METADATA' },
  {
    name: 'a pattern that is none',
    plant: schema({ properties: { a: { pattern: '(' } } }, { a: 'x' }),
    fails: 'ERR_METADATA',
  },
  {
    name: 'words of escape sequences',
    plant: schema({ properties: { [EVIL]: { enum: [EVIL], description: EVIL } }, required: [EVIL] }, {}),
    fails: 'ERR_CONFIG_INVALID',
  },
  {
    name: 'a default that would be a prototype',
    plant: schema({ properties: { constructor: { default: { prototype: 1 } } } }, {}),
  },
];

const listed = async (stage: Stage, folder: string, name = 'evil'): Promise<readonly string[]> => {
  await stage.configure(`  ${name}: { enabled: true }\nplugin_paths: [${JSON.stringify(folder)}]\n`);
  return ['plugin', 'lock'];
};

const paths: CliCase[] = [
  {
    name: 'a link to nothing',
    plant: async (stage) => {
      await mkdir(join(stage.path, 'all'));
      await symlink('nowhere', join(stage.path, 'all/evil'));
      return listed(stage, './all');
    },
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'a link in a circle',
    plant: async (stage) => {
      await mkdir(join(stage.path, 'all'));
      await symlink('evil', join(stage.path, 'all/evil'));
      return listed(stage, './all');
    },
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'a FIFO called plugin.json',
    plant: async (stage) => {
      await stage.write({ 'all/evil/mod.ts': goodModule('evil') });
      execFileSync('mkfifo', [join(stage.path, 'all/evil/plugin.json')]);
      return listed(stage, './all');
    },
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'a FIFO called evil.ts',
    plant: async (stage) => {
      await mkdir(join(stage.path, 'all'));
      execFileSync('mkfifo', [join(stage.path, 'all/evil.ts')]);
      return listed(stage, './all');
    },
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'a manifest that is a link out of it',
    plant: async (stage) => {
      await stage.write({ 'all/evil/mod.ts': goodModule('evil') });
      await symlink('../../secret.txt', join(stage.path, 'all/evil/plugin.json'));
      return listed(stage, './all');
    },
    fails: 'ERR_IMPORT_DENIED',
  },
  {
    name: 'a broken manifest',
    plant: async (stage) => {
      await stage.write({ 'all/evil/mod.ts': goodModule('evil'), 'all/evil/plugin.json': '{ "name": "\u202e' });
      return listed(stage, './all');
    },
    fails: 'ERR_METADATA',
  },
  {
    name: 'names of escape sequences beside what is looked for',
    plant: async (stage) => {
      await stage.write({
        [`all/${EVIL.replaceAll('/', '')}/mod.ts`]: goodModule('evil'),
        'all/evil/mod.ts': goodModule('evil'),
      });
      return listed(stage, './all');
    },
    writes: true,
  },
  {
    name: 'itself twice',
    plant: async (stage) => {
      await stage.write({ 'all/evil/mod.ts': goodModule('evil'), 'all/evil.ts': `throw new Error('the second one');` });
      return listed(stage, './all');
    },
    writes: true,
  },
  {
    name: 'another plugin’s name inside',
    plant: async (stage) => {
      await stage.write({ 'all/evil/mod.ts': goodModule('good') });
      await listed(stage, './all');
      await stage.aitbc(['plugin', 'lock']);
      return ['plugin', 'call', 'evil', 'ping'];
    },
  },
  {
    name: 'a folder that is a file',
    plant: (stage) => listed(stage, './secret.txt'),
    fails: 'ERR_SOURCE_NOT_FOUND',
  },
  { name: 'the folder of processes', plant: (stage) => listed(stage, '/proc/self/fd'), fails: 'ERR_SOURCE_NOT_FOUND' },
];

hostileCli('aitbc with a plugin.json that has', manifests);
hostileCli('aitbc with a config schema that has', schemas);
hostileCli('aitbc plugin lock with a folder of plugin_paths that holds', paths);
