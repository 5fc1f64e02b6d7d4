import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { serve } from '../support/http-server.ts';
import { run } from '../support/run.ts';
import { temporaryFolder } from '../support/temp.ts';
import { workshop } from './support.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const REGISTRY = at('fixtures/registry');

async function contentsOf(folder: string): Promise<Map<string, string>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const read = files
    .filter((file) => file.isFile())
    .map(async ({ parentPath, name }): Promise<[string, string]> => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), (await readFile(path)).toString('base64')];
    });
  return new Map((await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('fixtures/registry is what scripts/build-registry.ts makes of its sources', async () => {
  await using folder = await temporaryFolder();
  const made = join(folder.path, 'registry');
  const built = await run(process.execPath, [at('scripts/build-registry.ts'), made]);
  expect(built.stderr).toBe('');
  expect(await contentsOf(made)).toEqual(await contentsOf(REGISTRY));
});

test('a registry of our own publishing: search, info, add with dependencies, call, yank, update, revoke', async () => {
  await using place = await workshop({ 'plugins.yaml': '' });
  await cp(REGISTRY, join(place.path, 'registry'), { recursive: true });
  await cp(at('fixtures/registry-source/registry.key'), join(place.path, 'registry.key'));
  await using server = await serve(async (request, response) => {
    const bytes = await readFile(join(place.path, 'registry', request.url ?? '/')).catch(() => undefined);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  const key = (await readFile(at('fixtures/registry-source/registry.key.pub'), 'utf8')).trim();
  await place.write({
    'plugins.yaml': `registries: [{ name: acme, url: "${server.url}/", revocations: { publishers: [acme] } }]
trust: { require: signed, publishers: { acme: { keys: ["${key}"] } } }
plugins: {}\n`,
  });
  const found = (await place.aitbc(['plugin', 'search'])).stdout;
  expect(found).toMatch(/^greeter +1\.1\.0 +acme/m);
  expect(found).toMatch(/^words +1\.2\.0 +acme/m);
  expect(found).toMatch(/^notebook-assemblyscript +1\.0\.0/m);
  const offered = (await place.aitbc(['plugin', 'info', 'greeter'])).stdout;
  expect(offered).toMatch(/^1\.2\.0 .*it was revoked: sends names to a stranger/m);
  expect((await place.aitbc(['plugin', 'add', 'greeter@1.2.0', '--yes'])).status).not.toBe(0);
  expect(await place.aitbc(['plugin', 'add', 'greeter', '--yes'])).toMatchObject({ status: 0 });
  expect((await place.aitbc(['plugin', 'call', 'greeter', 'greet'])).stdout).toContain('Hello from 1.1.0');
  expect((await place.aitbc(['plugin', 'list'])).stdout).toMatch(/^words +1\.2\.0/m);
  const yank = ['plugin', 'yank', 'words@1.2.0', '--to', './registry', '--reason', 'too long'];
  expect((await place.aitbc(yank)).status).toBe(0);
  expect((await place.aitbc(['plugin', 'outdated'])).stderr).toContain('words 1.2.0: yanked: too long');
  expect((await place.aitbc([...yank, '--revoke', '--key', 'registry.key'])).status).toBe(0);
  expect((await place.aitbc(['plugin', 'fetch'])).stderr).toContain('error[ERR_REVOKED]');
  expect((await place.aitbc(['plugin', 'update'])).status).toBe(0);
  expect((await place.aitbc(['plugin', 'list'])).stdout).toMatch(/^words +1\.1\.0/m);
  expect((await place.aitbc(['plugin', 'call', 'greeter', 'greet'])).status).toBe(0);
});
