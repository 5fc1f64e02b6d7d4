/** What a plugin may not import is refused when it is locked, before a line of it runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { PluginError } from '../../src/core/errors.ts';
import { createLoader } from '../../src/loader/loader.ts';
import { PluginManager } from '../../src/manager/manager.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Sandbox } from '../../src/sandbox/types.ts';
import { openStore } from '../../src/store/store.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

const PLUGIN = (statements: string): string => `${statements}
export default { getMetadata: () => ({ name: 'p', version: '1.0.0', description: 'x', author: 'x', license: 'MIT' }), attack() { return typeof loot === 'undefined' ? 'nothing' : String(loot); } };`;

const MANIFEST = { name: 'p', version: '1.0.0', description: 'x', author: 'x', license: 'MIT', entry: 'mod.ts' };
let folder: TemporaryFolder;
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = createSandbox();
});
afterAll(() => sandbox.close());

async function lock(mod: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  folder = await temporaryFolder({
    'secret.txt': 'canary-import',
    'p/mod.ts': mod,
    'p/plugin.json': JSON.stringify(MANIFEST),
    ...Object.fromEntries(Object.entries(more).map(([name, text]) => [`p/${name}`, text])),
    'plugins.yaml': JSON.stringify({ plugins: { p: { enabled: true, source: './p' } } }),
  });
  const config = await loadConfig({ file: join(folder.path, 'plugins.yaml'), env: {}, flags: { cacheDir: cache() } });
  await createLoader({ config, store: openStore({ cacheDir: cache() }), sandbox: async () => sandbox }).lockAll();
}

const cache = (): string => join(folder.path, 'cache');

async function attack(): Promise<unknown> {
  await using manager = await PluginManager.create({
    config: join(folder.path, 'plugins.yaml'),
    cacheDir: cache(),
    frozen: false,
    env: {},
  });
  await manager.loadPlugin('p');
  await manager.startPlugin('p');
  return manager.call('p', 'attack');
}

describe('a plugin that imports', () => {
  test.each([
    ['node:child_process', `import loot from 'node:child_process';`],
    ['a bare builtin', `import loot from 'child_process';`],
    ['node:vm', `import loot from 'node:vm';`],
    ['node:worker_threads', `import { Worker as loot } from 'node:worker_threads';`],
    ['node:net', `import loot from 'node:net';`],
    ['node:module', `import { createRequire as loot } from 'node:module';`],
    ['node:inspector', `import loot from 'node:inspector';`],
    ['node:sqlite', `import loot from 'node:sqlite';`],
    ['a file outside', `import loot from '../secret.txt';`],
    ['a file outside by many dots', `import loot from './../../../../../../../etc/passwd';`],
    ['an absolute path', `import loot from '/etc/passwd';`],
    ['a file URL', `import loot from 'file:///etc/passwd';`],
    ['a file outside as text', `import loot from '../secret.txt' with { type: 'text' };`],
    ['isolated-vm', `import loot from 'isolated-vm';`],
    ['the host itself', `import loot from '@aitbc/plugins';`],
    ['a computed name', `const name = 'node:' + 'fs'; const loot = await import(name);`],
    ['by require', `const loot = require('node:child_process');`],
    ['a plain http URL', `import loot from 'http://example.invalid/x.js';`],
    ['an unknown scheme', `import loot from 'ftp://example.invalid/x.js';`],
    ['a data URL', `import loot from 'data:text/javascript,export default 1';`],
    ['a name with a NUL', `import loot from './a\\0b.ts';`],
    ['a backslash path', `import loot from '.\\\\..\\\\..\\\\secret.txt';`],
    ['an encoded traversal', `import loot from './%2e%2e/%2e%2e/secret.txt';`],
  ])('%s is refused before it runs, or gets nothing', async (_name, statements) => {
    let outcome: unknown;
    try {
      await lock(PLUGIN(`${statements}\nglobalThis.loot = loot;`));
      outcome = await attack();
    } catch (error) {
      outcome = (error as PluginError).code;
    }
    expect(outcome).toMatch(/^(ERR_IMPORT_DENIED|ERR_BUILD|ERR_SPECIFIER|ERR_SOURCE_\w+|ERR_PLUGIN_THREW)$/);
    expect(JSON.stringify(outcome)).not.toContain('canary-import');
    await folder.remove();
  });

  test('a module that changed after it was locked is refused, and nothing of it runs', async () => {
    await lock(PLUGIN(`import { loot } from './dep.ts'; globalThis.loot = loot;`), {
      'dep.ts': `export const loot = 'fine';`,
    });
    expect(await attack()).toBe('fine');
    writeFileSync(join(folder.path, 'p/dep.ts'), `export const loot = 'evil';`);
    await expect(attack()).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    await folder.remove();
  });

  test('through a lock that was edited by hand is refused', async () => {
    await lock(PLUGIN(`import { loot } from './dep.ts'; globalThis.loot = loot;`), {
      'dep.ts': `export const loot = 'fine';`,
    });
    const file = join(folder.path, 'plugins.lock.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/("dep\.ts": "sha256:)[0-9a-f]{8}/, '$100000000'));
    await expect(attack()).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(INTEGRITY|LOCK_INVALID)$/) as string,
    });
    writeFileSync(file, text.replace('"plugins": {', '"plugins": { "__proto__": { "polluted": 1 },'));
    await expect(attack()).rejects.toMatchObject({ code: 'ERR_LOCK_INVALID' });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    await folder.remove();
  });
});
