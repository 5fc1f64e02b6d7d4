import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serve } from '../support/http-server.ts';
import { below, registryFiles, type TestRelease } from '../support/registry.ts';
import { writeFiles } from '../support/temp.ts';
import { workshop, type Workshop } from './support.ts';

const asks = { net: [{ value: 'api.example.com', reason: 'rates' }] };
const RELEASES: readonly TestRelease[] = [
  {
    name: 'greeter',
    version: '1.0.0',
    entry: { published: '2026-01-02T03:04:05Z', yanked: 'it greets the wrong way' },
  },
  {
    name: 'greeter',
    version: '1.1.0',
    manifest: { permissions: asks },
    entry: { publisher: 'acme', permissions: asks, tags: ['polite'], dependencies: [] },
  },
  { name: 'greeter', version: '2.0.0', entry: { compatibility: { min_aitbc_version: '99.0.0' } } },
  { name: 'wallet', version: '1.0.0', entry: { description: 'Keeps \u001b[31mcoins\u202e' } },
];

async function shop(registries = '[{ name: acme, url: ./registry }]'): Promise<Workshop> {
  const made = await workshop({ 'plugins.yaml': `registries: ${registries}\nfetch: { retries: 0 }\nplugins: {}\n` });
  await writeFiles(made.path, below('registry/', await registryFiles(RELEASES)));
  return made;
}

test('plugin search shows name, newest fitting version, publisher and registry, with nothing a terminal acts on', async () => {
  await using place = await shop();
  const all = await place.aitbc(['plugin', 'search']);
  expect(all).toMatchObject({ status: 0, stderr: '' });
  expect(all.stdout).toMatch(/^NAME +VERSION +PUBLISHER +REGISTRY +ABOUT\n/);
  expect(all.stdout).toMatch(/^greeter +1\.1\.0 +acme +acme +The greeter$/m);
  expect(all.stdout).toContain('\\u{1b}[31mcoins\\u{202e}');
  expect(all.stdout).not.toContain('\u001b');
  const tagged = await place.aitbc(['plugin', 'search', 'THE', 'greeter', '--tag', 'polite', '--json']);
  const { data } = JSON.parse(tagged.stdout) as { data: { total: number; plugins: object[]; registries: object[] } };
  expect(data).toMatchObject({
    total: 1,
    plugins: [{ name: 'greeter', version: '1.1.0', publisher: 'acme', registry: { name: 'acme', url: './registry' } }],
    registries: [{ name: 'acme', usable: true, lacks: [] }],
  });
  const none = await place.aitbc(['plugin', 'search', 'nothing-like-it']);
  expect(none).toMatchObject({ status: 0, stdout: 'No plugin of the registries has all of that.\n' });
  expect((await place.aitbc(['plugin', 'search', '--limit', '1'])).stdout).toContain('1 more: --limit 2');
  expect((await place.aitbc(['plugin', 'search', '--registry', 'amce'])).stderr).toContain('did you mean "acme"?');
  expect((await place.aitbc(['plugin', 'search', '--limit', 'x'])).status).toBe(2);
});

test('plugin search goes on without a registry that is down, and says which copy it shows', async () => {
  const files = await registryFiles(RELEASES);
  await using server = await serve(below('/', files));
  await using place = await shop(`[{ name: web, url: "${server.url}/index.json" }, { name: gone, url: ./gone }]`);
  const first = await place.aitbc(['plugin', 'search', 'greeter']);
  expect(first.status).toBe(0);
  expect(first.stderr).toContain('Not asked: gone');
  await server.close();
  const kept = await place.aitbc(['plugin', 'search', 'greeter']);
  expect(kept.stdout).toContain('greeter');
  expect(kept.stderr).toContain('web: the copy of less than a minute ago, because it cannot be read now');
  const alone = await place.aitbc(['plugin', 'search', '--registry', 'gone']);
  expect(alone.status).toBe(1);
  expect((await place.aitbc(['--offline', 'plugin', 'search', 'greeter'])).stdout).toContain('1.1.0');
});

test('plugin search without registries says how to have one', async () => {
  await using place = await workshop({ 'plugins.yaml': 'plugins: {}\n' });
  const run = await place.aitbc(['plugin', 'search', 'x']);
  expect(run.status).toBe(2);
  expect(run.stderr).toContain('error[ERR_USAGE]: Cannot search: the config has no registries');
});

test('plugin info shows what a registry offers of a plugin that is not installed', async () => {
  await using place = await shop();
  const { stdout, status } = await place.aitbc(['plugin', 'info', 'greeter']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^greeter 1\.1\.0\n/);
  for (const line of [
    /^registry +acme \(\.\/registry\)$/m,
    /^publisher +acme, as the registry says$/m,
    /^asks for +net: api\.example\.com \(rates\)$/m,
    /^2\.0\.0 +- +it needs version 99\.0\.0 of the host or newer/m,
    /^1\.1\.0 +- +fits this host$/m,
    /^1\.0\.0 +2026-01-02 +it was yanked: it greets the wrong way$/m,
    /^aitbc plugin add greeter$/m,
  ]) {
    expect(stdout).toMatch(line);
  }
  const json = await place.aitbc(['plugin', 'info', 'greeter@^1', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    data: {
      installed: false,
      newest: { version: '1.1.0', permissions: asks },
      versions: [
        { version: '1.1.0', compatible: true },
        { version: '1.0.0', compatible: false, yanked: 'it greets the wrong way' },
      ],
    },
  });
  const missing = await place.aitbc(['plugin', 'info', 'greter']);
  expect(missing.stderr).toContain('did you mean "greeter"?');
});

test('plugin add shows the registry before it asks; list, info and doctor know it', async () => {
  await using place = await shop();
  const unanswered = await place.aitbc(['plugin', 'add', 'greeter@^1']);
  expect(unanswered.status).toBe(2);
  expect(unanswered.stderr).toMatch(/^ +registry +acme \(\.\/registry\)$/m);
  expect(await readFile(join(place.path, 'plugins.yaml'), 'utf8')).toContain('plugins: {}');
  const added = await place.aitbc(['plugin', 'add', 'greeter@^1', '--yes', '--json']);
  expect(JSON.parse(added.stdout)).toMatchObject({
    data: { written: true, change: { version: '1.1.0', registry: { name: 'acme', url: './registry' } } },
  });
  expect((await place.aitbc(['plugin', 'list'])).stdout).toMatch(/^greeter +1\.1\.0 +enabled +locked +- +greeter@\^1/m);
  expect((await place.aitbc(['plugin', 'info', 'greeter'])).stdout).toMatch(/^registry +acme \(\.\/registry\)$/m);
  await place.write({ 'plugins.yaml': 'registries: ["https://plugins.example.com/index.json"]\nplugins: {}\n' });
  const doctor = await place.aitbc(['plugin', 'doctor']);
  expect(doctor.stdout).toMatch(/^warning +registry plugins\.example\.com +https:.*: a plain index$/m);
});

test('plugin update and lock refuse another registry with exit 3, and take it with --rebind', async () => {
  await using place = await shop();
  await place.aitbc(['plugin', 'add', 'greeter@^1', '--yes']);
  await writeFiles(place.path, below('other/', await registryFiles([{ name: 'greeter', version: '1.5.0' }])));
  await place.write({
    'plugins.yaml': 'registries: [./other]\nplugins:\n  greeter: { enabled: true, source: greeter@^1 }\n',
  });
  const refused = await place.aitbc(['plugin', 'update']);
  expect(refused.status).toBe(3);
  expect(refused.stderr).toContain(
    'error[ERR_POLICY]: Cannot look for "greeter": it is locked from the registry ./registry',
  );
  expect((await place.aitbc(['plugin', 'lock'])).stdout).toContain('The lock is up to date');
  const dry = await place.aitbc(['plugin', 'update', '--rebind', '--dry-run']);
  expect(dry.stdout).toMatch(/registry +other \(\.\/other\), was: acme \(\.\/registry\)/);
  expect((await place.aitbc(['plugin', 'lock', '--rebind'])).stdout).toContain('Locked greeter.');
  expect((await place.aitbc(['plugin', 'info', 'greeter'])).stdout).toContain('greeter 1.5.0');
});
