import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { npmRegistry } from '../support/npm-registry.ts';
import { manifest, workspace } from './support.ts';

test('a plugin from npm is added, started offline from the store, and updated when it is asked', async () => {
  await using registry = await npmRegistry();
  await registry.add({ name: 'deep', version: '1.0.0' }, { 'index.js': 'exports.deep = 1;' });
  const greeter = (version: string) =>
    registry.add(
      { name: '@acme/greeter', version, main: 'index.js', dependencies: { deep: '^1' } },
      {
        'plugin.json': manifest('greeter', { version }),
        'index.js': 'module.exports = class { deep = require("deep"); };',
      },
    );
  await greeter('1.0.0');
  await using space = await workspace('plugins: {}\n', { '.npmrc': `registry=${registry.url}\n` });
  const added = await (await space.loader()).add('npm:@acme/greeter@^1');
  expect(added.change.after).toMatchObject({ source: 'npm:@acme/greeter@^1', resolved: 'npm:@acme/greeter@1.0.0' });

  const before = await readFile(space.lockFile, 'utf8');
  expect(before).toMatch(/^ {8}"deep@1\.0\.0": \{ "integrity": "sha512-/m);
  await greeter('1.1.0');
  const asked = registry.requests.length;
  const { ready, refused } = await (await space.loader({ offline: true })).prepare({});
  expect([...refused.values()]).toEqual([]);
  expect(ready.get('greeter')).toMatchObject({ group: 'npm:@acme/greeter' });
  expect(registry.requests).toHaveLength(asked);
  expect(await readFile(space.lockFile, 'utf8')).toBe(before);

  const [change] = await (await space.loader()).update(['greeter'], {});
  expect(change?.after?.resolved).toBe('npm:@acme/greeter@1.1.0');
});

test('a machine without the store fetches what the lock names, and refuses what was swapped', async () => {
  await using registry = await npmRegistry();
  await registry.add({ name: 'kit', version: '1.0.0' }, { 'index.js': 'module.exports = 1;' });
  const files = {
    '.npmrc': `registry=${registry.url}\n`,
    'p/plugin.json': manifest('p'),
    'p/mod.js': 'export { default } from "npm:kit@^1";',
  };
  const config = 'plugins:\n  p:\n    enabled: true\n    source: ./p\n';
  await using space = await workspace(config, files);
  await (await space.loader()).lockAll();
  const lock = await readFile(space.lockFile, 'utf8');

  await using other = await workspace(config, { ...files, 'plugins.lock.json': lock });
  expect([...(await (await other.loader()).prepare({})).ready.keys()]).toEqual(['p']);

  await registry.add({ name: 'kit', version: '1.0.0' }, { 'index.js': 'module.exports = 2;' });
  await using third = await workspace(config, { ...files, 'plugins.lock.json': lock });
  expect((await (await third.loader()).prepare({})).refused.get('p')).toMatchObject({ code: 'ERR_INTEGRITY' });
  expect((await (await third.loader({ offline: true })).prepare({})).refused.get('p')).toMatchObject({
    code: 'ERR_OFFLINE',
  });
});
