import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serve } from '../support/http-server.ts';
import { run } from '../support/run.ts';
import { workshop, type Workshop } from './support.ts';

type Manifest = Readonly<Record<string, unknown>>;

/** Files of a plugin whose `version()` says which one it is. */
function pluginOf(version: string, more: Manifest = {}): Record<string, string> {
  return {
    'greeter/plugin.json': JSON.stringify({
      name: 'greeter',
      version,
      description: 'Greets',
      author: 'Ada',
      license: 'MIT',
      keywords: ['polite'],
      ...more,
    }),
    'greeter/mod.ts': `import { greet } from './lib/greet.ts';
import manifest from './plugin.json';
export default { getMetadata: () => manifest, greet: () => greet('${version}') };\n`,
    'greeter/lib/greet.ts': 'export const greet = (version: string): string => `Hello from ${version}`;\n',
    'greeter/README.md': '# Greeter\n',
    'greeter/.env': 'TOKEN=secret\n',
    'greeter/notes.txt': 'not part of it\n',
  };
}

async function shop(): Promise<Workshop> {
  const place = await workshop({ 'plugins.yaml': 'plugins: {}\n', ...pluginOf('1.0.0') });
  expect((await place.aitbc(['plugin', 'keygen'])).status).toBe(0);
  return place;
}

const PUBLISH = ['plugin', 'publish', './greeter', '--to', './registry', '--key', 'plugin.key'];

const indexOf = async (place: Workshop): Promise<{ serial: number; plugins: Record<string, unknown>[] }> =>
  JSON.parse(await readFile(join(place.path, 'registry/index.json'), 'utf8')) as never;

test('plugin publish packs what belongs to a plugin, signs it, and what is added from there runs', async () => {
  await using place = await shop();
  const published = await place.aitbc([...PUBLISH, '--tag', 'cli', '--json']);
  expect(published.stderr).toBe('');
  const { data } = JSON.parse(published.stdout) as { data: Record<string, unknown> };
  expect(data).toMatchObject({ result: 'added', download_url: 'plugins/greeter/greeter-1.0.0.tgz' });
  const { serial, plugins } = await indexOf(place);
  expect(serial).toBe(1);
  expect(plugins).toMatchObject([
    { name: 'greeter', version: '1.0.0', tags: ['cli', 'polite'], kind: 'module', signer: data['signer'] },
  ]);
  const archive = join(place.path, 'registry/plugins/greeter/greeter-1.0.0.tgz');
  const listed = await run('tar', ['-tzf', archive]);
  expect(listed.stdout.trim().split('\n')).toEqual(
    ['README.md', 'lib/greet.ts', 'mod.ts', 'plugin.json', 'plugin.sigstore.json'].map((file) => `package/${file}`),
  );
  const key = (await readFile(join(place.path, 'plugin.key.pub'), 'utf8')).trim();
  await using server = await serve({
    '/index.json': await readFile(join(place.path, 'registry/index.json')),
    '/plugins/greeter/greeter-1.0.0.tgz': await readFile(archive),
  });
  await place.write({
    'plugins.yaml': `registries: [{ name: web, url: "${server.url}/index.json" }]
trust: { require: signed, publishers: { acme: { keys: ["${key}"] } } }
plugins: {}\n`,
  });
  expect(await place.aitbc(['plugin', 'add', 'greeter@^1.0.0', '--yes'])).toMatchObject({ status: 0 });
  expect((await place.aitbc(['plugin', 'call', 'greeter', 'greet'])).stdout).toContain('Hello from 1.0.0');
});

test('plugin publish never changes a version, and does nothing for the same one', async () => {
  await using place = await shop();
  await place.aitbc(PUBLISH);
  const before = await readFile(join(place.path, 'registry/index.json'), 'utf8');
  expect((await place.aitbc(PUBLISH)).stdout).toContain('published already, with the same content');
  await writeFile(join(place.path, 'greeter/lib/greet.ts'), 'export const greet = () => "other";\n');
  const other = await place.aitbc(PUBLISH);
  expect(other.status).toBe(1);
  expect(other.stderr).toContain('Cannot publish "greeter@1.0.0": it is published already, with another content');
  expect(await readFile(join(place.path, 'registry/index.json'), 'utf8')).toBe(before);
  await place.write(pluginOf('1.1.0'));
  expect((await place.aitbc(PUBLISH)).status).toBe(0);
  const after = await indexOf(place);
  expect(after.serial).toBe(2);
  expect(after.plugins.map(({ version }) => version)).toEqual(['1.0.0', '1.1.0']);
});

test('plugin publish refuses what is not signed unless --unsigned is said, and takes a signature of a known publisher', async () => {
  await using place = await shop();
  const bare = ['plugin', 'publish', './greeter', '--to', './registry'];
  const refused = await place.aitbc(bare);
  expect(refused.status).toBe(3);
  expect(refused.stderr).toContain('it is not signed by a publisher of the config');
  expect(await readdir(place.path)).not.toContain('registry');
  expect((await place.aitbc(['plugin', 'sign', './greeter', '--key', 'plugin.key'])).status).toBe(0);
  expect((await place.aitbc(bare)).status).toBe(3);
  const key = (await readFile(join(place.path, 'plugin.key.pub'), 'utf8')).trim();
  await place.write({ 'plugins.yaml': `trust: { publishers: { acme: { keys: ["${key}"] } } }\nplugins: {}\n` });
  expect((await place.aitbc(bare)).status).toBe(0);
  expect((await indexOf(place)).plugins).toMatchObject([{ publisher: 'acme' }]);
  await place.write(pluginOf('2.0.0'));
  // Its signature is of another version now.
  expect((await place.aitbc(bare)).status).toBe(3);
  expect((await place.aitbc([...bare, '--unsigned'])).status).toBe(0);
  expect((await indexOf(place)).plugins[1]).not.toHaveProperty('signer');
  expect((await place.aitbc([...bare, '--unsigned', '--key', 'plugin.key'])).status).toBe(2);
});

test('plugin publish --dry-run writes nothing, and keys of an index that it does not know stay', async () => {
  await using place = await shop();
  const dry = await place.aitbc([...PUBLISH, '--dry-run']);
  expect(dry.stdout).toContain('Would publish greeter 1.0.0 to registry');
  expect(await readdir(place.path)).not.toContain('registry');
  const other = { name: 'aaa', version: '1.0.0', download_url: 'a.tgz', checksum: `sha256:${'0'.repeat(64)}`, own: 1 };
  await place.write({
    'registry/index.json': JSON.stringify({ motto: 'x', generated: '2020-01-01T00:00:00Z', plugins: [other] }),
  });
  expect((await place.aitbc(PUBLISH, { env: { SOURCE_DATE_EPOCH: '1700000000' } })).status).toBe(0);
  const text = await readFile(join(place.path, 'registry/index.json'), 'utf8');
  expect(text.split('\n').slice(0, 4)).toEqual([
    '{',
    '  "motto": "x",',
    '  "generated": "2023-11-14T22:13:20Z",',
    '  "plugins": [',
  ]);
  expect(text).toContain(`\n    ${JSON.stringify(other)},\n`);
  await place.write({ 'registry/index.json': '{"plugins": [{"name": "x"}]}' });
  const broken = await place.aitbc(PUBLISH);
  expect(broken.status).toBe(1);
  expect(broken.stderr).toContain('error[ERR_REGISTRY]');
});

test('plugin publish of one file keeps its name and lays its signature beside; one of several is refused', async () => {
  await using place = await shop();
  await place.write({
    'one.ts': `export default { getMetadata: () => ({ name: 'one', version: '1.0.0+build.1', description: '', author: 'Ada', license: 'MIT' }), say: () => 'one' };\n`,
  });
  const one = await place.aitbc(['plugin', 'publish', './one.ts', '--to', './registry', '--key', 'plugin.key']);
  expect(one.stderr).toBe('');
  expect(await readdir(join(place.path, 'registry/plugins/one/1.0.0+build.1'))).toEqual([
    'one.ts',
    'one.ts.sigstore.json',
  ]);
  await place.write({ 'plugins.yaml': 'registries: [./registry]\nplugins: {}\n' });
  expect((await place.aitbc(['plugin', 'add', 'one', '--yes'])).status).toBe(0);
  expect((await place.aitbc(['plugin', 'call', 'one', 'say'])).stdout).toContain('one');
  const part = await place.aitbc([
    'plugin',
    'publish',
    './greeter/mod.ts',
    '--to',
    './registry',
    '--key',
    'plugin.key',
  ]);
  expect(part.status).toBe(2);
  expect(part.stderr).toContain('it is one file of several');
});

test('plugin pack makes the same bytes of the same files anywhere, and publish takes its archive as it is', async () => {
  await using place = await shop();
  const pack = ['plugin', 'pack', './greeter', '--key', 'plugin.key', '--out'];
  expect((await place.aitbc([...pack, 'a'])).status).toBe(0);
  await cp(join(place.path, 'greeter'), join(place.path, 'elsewhere/greeter'), { recursive: true });
  expect((await place.aitbc([...pack.slice(0, 2), './elsewhere/greeter', ...pack.slice(3), 'b'])).status).toBe(0);
  const [a, b] = [join(place.path, 'a/greeter-1.0.0.tgz'), join(place.path, 'b/greeter-1.0.0.tgz')];
  expect(await readFile(b)).toEqual(await readFile(a));
  const key = (await readFile(join(place.path, 'plugin.key.pub'), 'utf8')).trim();
  await place.write({ 'plugins.yaml': `trust: { publishers: { acme: { keys: ["${key}"] } } }\nplugins: {}\n` });
  const published = await place.aitbc(['plugin', 'publish', './a/greeter-1.0.0.tgz', '--to', './registry']);
  expect(published.stderr).toBe('');
  expect(await readFile(join(place.path, 'registry/plugins/greeter/greeter-1.0.0.tgz'))).toEqual(await readFile(a));
  expect((await place.aitbc(['plugin', 'pack', './greeter', '--out', 'bare'])).status).toBe(0);
  const args = ['plugin', 'publish', './bare/greeter-1.0.0.tgz', '--to', './other', '--key', 'plugin.key'];
  expect((await place.aitbc(args)).stderr).toBe('');
  expect(await readdir(join(place.path, 'other/plugins/greeter'))).toEqual([
    'greeter-1.0.0.tgz',
    'greeter-1.0.0.tgz.sigstore.json',
  ]);
});

test('plugin publish into a work tree says what to commit, and two at once both get in', async () => {
  await using place = await shop();
  await run('git', ['init', '-q', '.'], { cwd: place.path });
  const names = ['left', 'right'];
  for (const name of names) {
    await place.write({
      [`${name}/plugin.json`]: JSON.stringify({ name, version: '1.0.0', description: '', author: 'A', license: 'MIT' }),
      [`${name}/mod.ts`]: `export default { getMetadata: () => ({ name: '${name}', version: '1.0.0' }) };\n`,
    });
  }
  const runs = await Promise.all(
    names.map((name) => place.aitbc(['plugin', 'publish', `./${name}`, '--to', './registry', '--key', 'plugin.key'])),
  );
  expect(runs.map(({ status }) => status)).toEqual([0, 0]);
  expect((await indexOf(place)).plugins.map(({ name }) => name)).toEqual(names);
  expect(runs[0]?.stdout).toContain(
    'git -C . add registry/index.json registry/plugins/left/left-1.0.0.tgz\n    git -C . commit -m',
  );
});
