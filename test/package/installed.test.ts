/**
 * What is published works: the packed tarball, installed into an empty folder, driven as its users would.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/core/assets.ts';
import { run } from '../support/run.ts';

const execute = promisify(execFile);
const NPM = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

/** npm and npx run on the Node that runs these tests, whichever the shell has. */
const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
const npm = (args: readonly string[], cwd?: string) => execute('npm', args, { cwd, env: { ...process.env, PATH } });
const aitbc = (args: readonly string[]) => run('npx', ['aitbc', ...args], { cwd: folder, env: { PATH } });

let folder: string;
let tarball: string;
const bin = (): string => join(folder, 'node_modules/@aitbc/plugins/bin/aitbc.js');

/** The path of another major version of Node, installed from npm beside the package. */
async function otherNode(major: number): Promise<string> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const home = join(folder, `node-${major}`);
  await npm(['install', '--prefix', home, ...NPM, `${name}@${major}`]);
  return join(home, 'node_modules', name, 'bin/node');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aitbc-installed-'));
  await npm(['pack', '--ignore-scripts', '--pack-destination', folder], PACKAGE_ROOT);
  const packed = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (packed === undefined) throw new Error('npm pack made no tarball');
  tarball = join(folder, packed);
  await writeFile(join(folder, 'package.json'), '{"name":"app","private":true,"type":"module"}\n');
  await npm(['install', ...NPM, tarball], folder);
  await writeFile(
    join(folder, 'greeter.ts'),
    `import { BasePlugin, type PluginMetadata } from '@aitbc/plugins/sdk';
export default class Greeter extends BasePlugin {
  getMetadata(): PluginMetadata {
    return { name: 'greeter', version: '1.0.0', description: 'Greets', author: 'A', license: 'MIT' };
  }
  async greet(name: string): Promise<string> {
    const agent = await this.context.services.api!.getAgent!({ id: name });
    return \`Hello \${(agent as { title: string }).title} \${name}\`;
  }
  async plain(name: string): Promise<string> {
    return \`Hello \${name}\`;
  }
}
`,
  );
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('aitbc, installed from the tarball', () => {
  it('prints its help', async () => {
    const { status, stdout } = await aitbc(['--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: aitbc');
    expect(stdout).toContain('plugin');
  });

  it('prints its version', async () => {
    const { status, stdout } = await aitbc(['--version']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('adds, lists and calls a plugin that is one file', async () => {
    const added = await run('npx', ['aitbc', 'plugin', 'add', './greeter.ts', '--allow-services=api', '--yes'], {
      cwd: folder,
    });
    expect(added.stderr + added.stdout).toContain('greeter');
    expect(added.status).toBe(0);
    const called = await aitbc(['plugin', 'call', 'greeter', 'plain', '["World"]']);
    expect(called).toMatchObject({ status: 0, stdout: '"Hello World"\n' });
    const listed = await aitbc(['plugin', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({ schema: 1, ok: true });
  });

  it('says in one line what it needs on Node 20', async () => {
    const { status, stdout, stderr } = await run(await otherNode(20), [bin(), '--help'], { cwd: folder });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error\[ERR_NODE\]: [^\n]*Node\.js 24[^\n]*\n$/);
  });

  it('calls a plugin on Node 24', async () => {
    const called = await run(await otherNode(24), [bin(), 'plugin', 'call', 'greeter', 'plain', '["24"]'], {
      cwd: folder,
    });
    expect(called).toMatchObject({ status: 0, stdout: '"Hello 24"\n' });
  });

  it('adds and calls a component on Node 24', async () => {
    const node = await otherNode(24);
    const component = join(PACKAGE_ROOT, 'plugins/notebook/c/plugin.wasm');
    const granted = ['--allow-subscribe=notes.#', '--allow-publish=notes.*', '--yes'];
    const added = await run(node, [bin(), 'plugin', 'add', component, '--name', 'notes', ...granted], { cwd: folder });
    expect(added).toMatchObject({ status: 0 });
    const called = await run(node, [bin(), 'plugin', 'call', 'notes', 'greet', '["W\u00e9 \ud83d\ude00"]'], {
      cwd: folder,
    });
    expect(called).toMatchObject({ status: 0, stdout: '"Hello, W\u00e9 \ud83d\ude00!"\n' });
    await run(node, [bin(), 'plugin', 'remove', 'notes'], { cwd: folder });
  });
});

const APPLICATION = `
  const api = defineService({ getAgent: async ({ id }, { plugin }) => ({ id, title: \`Agent of \${plugin}:\` }) });
  const manager = await PluginManager.create({ config: './plugins.yaml', services: { api } });
  const report = await manager.startAll();
  if (report.started.length !== 1) throw new Error(JSON.stringify(report));
  console.log(await manager.plugin('greeter').greet('Ada'));
  await manager.close();
`;

describe('@aitbc/plugins, installed from the tarball', () => {
  it('serves an ESM application with a service of its own, and lets the process end', async () => {
    await writeFile(
      join(folder, 'app.mjs'),
      `import { PluginManager, defineService } from '@aitbc/plugins';${APPLICATION}`,
    );
    const result = await run(process.execPath, ['app.mjs'], { cwd: folder });
    expect(result).toMatchObject({ status: 0, stdout: 'Hello Agent of greeter: Ada\n' });
  });

  it('serves a CommonJS application through require()', async () => {
    await writeFile(
      join(folder, 'app.cjs'),
      `const { PluginManager, defineService } = require('@aitbc/plugins');(async () => {${APPLICATION}})();`,
    );
    const result = await run(process.execPath, ['app.cjs'], { cwd: folder });
    expect(result).toMatchObject({ status: 0, stdout: 'Hello Agent of greeter: Ada\n' });
  });

  it('types a call of a plugin, and refuses one that the plugin does not have', async () => {
    const head = `import { PluginManager } from '@aitbc/plugins';
import type Greeter from './greeter.ts';
const manager = await PluginManager.create({ config: './plugins.yaml' });
const greeter = manager.plugin<Greeter>('greeter');
`;
    await writeFile(
      join(folder, 'typed.ts'),
      `${head}const text: string = await greeter.greet('Ada');\nconsole.log(text);\n`,
    );
    await writeFile(join(folder, 'wrong.ts'), `${head}await greeter.greeet('Ada');\n`);
    const tsc = join(PACKAGE_ROOT, 'node_modules/typescript/bin/tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--allowImportingTsExtensions',
      '--types',
      'node',
      '--typeRoots',
      join(PACKAGE_ROOT, 'node_modules/@types'),
    ];
    expect(await run(process.execPath, [tsc, ...options, 'typed.ts'], { cwd: folder })).toMatchObject({
      status: 0,
      stdout: '',
    });
    const wrong = await run(process.execPath, [tsc, ...options, 'wrong.ts'], { cwd: folder });
    expect(wrong.status).not.toBe(0);
    expect(wrong.stdout).toContain('greeet');
  });

  it('states exports and types that every resolver understands', async () => {
    const publint = await run('npx', ['publint', '--strict', '--pack', 'npm'], { cwd: PACKAGE_ROOT, env: { PATH } });
    expect(publint.stdout + publint.stderr).toContain('All good!');
    const attw = await run('npx', ['attw', tarball, '--profile', 'esm-only'], { cwd: PACKAGE_ROOT, env: { PATH } });
    expect(attw).toMatchObject({ status: 0 });
  });
});
