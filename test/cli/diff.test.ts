import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serve } from '../support/http-server.ts';
import { below, registryFiles } from '../support/registry.ts';
import { workshop } from './support.ts';

const code = (word: string) => `export const word = '${word}';\nexport default { getMetadata: () => word };\n`;
const releases = [
  { name: 'greeter', version: '1.0.0', files: { 'mod.ts': code('hello'), 'old.ts': 'export {};\n' } },
  {
    name: 'greeter',
    version: '1.1.0',
    manifest: { license: 'ISC', permissions: { net: ['api.example.com'] } },
    files: { 'mod.ts': `import './new.ts';\n${code('good\u001b[2Jbye')}`, 'new.ts': 'export {};\n' },
  },
];

test('plugin diff shows versions of a registry, of the lock, and of what an update would bring, line by line', async () => {
  const server = await serve(below('/reg/', await registryFiles(releases)));
  await using shop = await workshop({
    'plugins.yaml': `registries: [{ name: own, url: "${server.url}/reg/" }]\nplugins: {}\n`,
  });
  const two = await shop.aitbc(['plugin', 'diff', 'greeter@1.0.0', 'greeter@1.1.0']);
  expect(two).toMatchObject({ status: 0, stderr: '' });
  expect(two.stdout).toContain('~ greeter 1.0.0 -> 1.1.0');
  expect(two.stdout).toContain('license   MIT -> ISC');
  expect(two.stdout).toContain('net: api.example.com (new)');
  expect(two.stdout).toContain("-export const word = 'hello';");
  // What a terminal would act on is shown.
  expect(two.stdout).toContain("+export const word = 'good\\u{1b}[2Jbye';");
  expect(two.stdout).toContain('+ new.ts');

  await shop.aitbc(['plugin', 'add', 'greeter@1.0.0', '--name', 'kept', '--yes']);
  await shop.aitbc(['plugin', 'add', 'greeter@^1.0.0', '--name', 'g', '--yes']);
  const locked = await shop.aitbc(['plugin', 'diff', 'kept', 'g', '--stat']);
  expect(locked.stdout).toContain('~ greeter 1.0.0 -> 1.1.0');
  expect(locked.stdout).not.toContain('word');
  expect((await shop.aitbc(['plugin', 'diff', 'g'])).stdout).toBe('They are the same.\n');

  await server.close();
  const offline = await shop.aitbc(['--offline', '--json', 'plugin', 'diff', 'kept@1.0.0', 'g@1.1.0']);
  const { data } = JSON.parse(offline.stdout) as { data: { patches: { module: string }[]; metadata: unknown } };
  expect(data.patches.map(({ module }) => module).sort()).toEqual(['mod.ts', 'new.ts', 'plugin.json']);
  expect(data.metadata).toEqual([{ key: 'license', from: 'MIT', to: 'ISC' }]);
});

test('plugin diff of a folder shows what changed since it was locked, as far as its bytes are there', async () => {
  const manifest = '{"name":"here","version":"1.0.0","description":"","author":"Ada","license":"MIT"}';
  await using shop = await workshop({
    'here/plugin.json': manifest,
    'here/mod.ts': code('one'),
    'plugins.yaml': 'plugins: {}\n',
  });
  await shop.aitbc(['plugin', 'add', './here', '--yes']);
  await shop.write({ 'here/mod.ts': code('two') });
  const changed = await shop.aitbc(['plugin', 'diff', 'here']);
  expect(changed.stdout).toContain('~ mod.ts');
  expect(changed.stdout).toContain('its bytes cannot be had any more');
  await shop.write({ 'there/plugin.json': manifest, 'there/mod.ts': code('three') });
  const folders = await shop.aitbc(['plugin', 'diff', './here', './there']);
  expect(folders.stdout).toContain("-export const word = 'two';");
  await rm(join(shop.path, 'there'), { recursive: true });
  expect(await shop.aitbc(['plugin', 'diff', './here', './there'])).toMatchObject({ status: 1 });
  expect(await shop.aitbc(['plugin', 'diff', 'here@9.9.9'])).toMatchObject({ status: 2 });
});
