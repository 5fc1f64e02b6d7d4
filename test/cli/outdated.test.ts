import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serve } from '../support/http-server.ts';
import { below, registryFiles } from '../support/registry.ts';
import { workshop } from './support.ts';

test('plugin outdated tells what an update would bring, what is newer out of range, and what could not be checked', async () => {
  const releases = [{ name: 'greeter', version: '1.0.0' }];
  await using server = await serve(below('/reg/', await registryFiles(releases)));
  await using shop = await workshop({
    'plugins.yaml': `registries: [{ name: own, url: "${server.url}/reg/" }]\nplugins: {}\n`,
    'here/plugin.json': '{"name":"here","version":"1.0.0","description":"","author":"Ada","license":"MIT"}',
    'here/mod.ts': 'export default {};\n',
  });
  await shop.aitbc(['plugin', 'add', 'greeter@^1.0.0', '--yes']);
  await shop.aitbc(['plugin', 'add', './here', '--yes']);
  const before = await shop.aitbc(['plugin', 'outdated']);
  expect(before).toMatchObject({ status: 0, stdout: 'Nothing is outdated: 2 plugins checked.\n' });

  const more = [
    ...releases,
    { name: 'greeter', version: '1.1.0', manifest: { permissions: { net: ['api.example.com'] } } },
    { name: 'greeter', version: '2.0.0' },
  ];
  Object.assign(server.routes, below('/reg/', await registryFiles(more)));
  await rm(join(shop.path, 'here'), { recursive: true });
  const lock = await readFile(join(shop.path, 'plugins.lock.json'), 'utf8');
  const { status, stdout, stderr } = await shop.aitbc(['plugin', 'outdated']);
  expect(stdout).toMatch(/greeter +1\.0\.0 +1\.1\.0 +2\.0\.0 +asks for net: api\.example\.com; \d modules/);
  expect(stderr).toContain('could not check here: ');
  expect(status).toBe(1);
  expect(await readFile(join(shop.path, 'plugins.lock.json'), 'utf8')).toBe(lock);

  const json = JSON.parse((await shop.aitbc(['--json', 'plugin', 'outdated', 'greeter'])).stdout) as unknown;
  expect(json).toMatchObject({
    ok: true,
    data: {
      plugins: [{ name: 'greeter', version: '1.1.0', newest: '2.0.0', widened: ['net: api.example.com'] }],
      unchecked: [],
      checked: 1,
    },
  });
  expect(await shop.aitbc(['plugin', 'outdated', 'gretter'])).toMatchObject({ status: 2 });
});
