import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serve } from '../support/http-server.ts';
import { workshop, type Workshop } from './support.ts';

const manifest = (version: string) =>
  JSON.stringify({ name: 'greeter', version, description: 'Greets', author: 'Ada', license: 'MIT' });
const PLUGIN = `
import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({
  metadata: { name: 'greeter', version: 'VERSION', description: 'Greets', author: 'Ada', license: 'MIT' },
  methods: { greet: (name) => 'hello ' + name },
});
`;
const plugin = (version: string) => ({
  'greeter/plugin.json': manifest(version),
  'greeter/mod.ts': PLUGIN.replace('VERSION', version),
});

/** The same, as a server has it. */
const files = (version: string, more = '') =>
  Object.fromEntries(
    Object.entries(plugin(version)).map(([path, text]) => [`/${path}`, path.endsWith('.ts') ? text + more : text]),
  );

/** A plugin, and a config that asks for one review by alice. */
async function reviewed(require = '[{ plugins: ["greet*"], criteria: [safe-to-run] }]'): Promise<Workshop> {
  const shop = await workshop(plugin('1.0.0'));
  const made = await shop.aitbc(['--json', 'plugin', 'keygen', '--out', 'alice.key']);
  const { data } = JSON.parse(made.stdout) as { data: { key: string } };
  await shop.write({
    'plugins.yaml': `plugins: {}
trust:
  reviews:
    from: [./reviews]
    reviewers: { alice: { keys: ["${data.key}"] } }
    require: ${require}
`,
  });
  return shop;
}

const REVIEW = ['plugin', 'review', './greeter', '--key', 'alice.key', '--criteria', 'safe-to-run'];

test('plugin review, add, info and update go together: first all of it, then what changed', async () => {
  await using shop = await reviewed();
  const before = await shop.aitbc(['plugin', 'add', './greeter', '--yes']);
  expect(before.status).toBe(3);
  expect(before.stderr).toContain('error[ERR_POLICY]');
  expect(before.stderr).toContain('aitbc plugin review');

  const first = await shop.aitbc([...REVIEW, '--notes', 'read every line']);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toContain('Reviewed greeter 1.0.0 (all of it): pass, safe-to-run');
  expect(await shop.aitbc(['plugin', 'add', './greeter', '--yes'])).toMatchObject({ status: 0 });
  expect((await shop.aitbc(['plugin', 'call', 'greeter', 'greet', '["Ada"]'])).stdout).toContain('hello Ada');
  expect((await shop.aitbc(['plugin', 'info', 'greeter'])).stdout).toMatch(/reviews +1 in the lock/);

  await shop.write(plugin('1.1.0'));
  expect(await shop.aitbc(['plugin', 'update', 'greeter', '--yes'])).toMatchObject({ status: 3 });
  const since = await shop.aitbc(['--json', ...REVIEW, '--base', '1.0.0']);
  expect(JSON.parse(since.stdout)).toMatchObject({
    ok: true,
    data: { version: '1.1.0', base: { version: '1.0.0' }, verdict: 'pass' },
  });
  expect(await shop.aitbc(['plugin', 'update', 'greeter', '--yes'])).toMatchObject({ status: 0 });

  // A violation is no reason for what is locked to stop, and one for everything else.
  expect(await shop.aitbc([...REVIEW, '--verdict', 'violation'])).toMatchObject({ status: 0 });
  expect(await shop.aitbc(['plugin', 'call', 'greeter', 'greet', '["Ada"]'])).toMatchObject({ status: 0 });
  const vetoed = await shop.aitbc(['plugin', 'update', 'greeter', '--yes']);
  expect(vetoed.status).toBe(3);
  expect(vetoed.stderr).toContain('alice reports a violation of safe-to-run');
});

test.each([
  [['plugin', 'review', './greeter'], 'no key is given'],
  [['plugin', 'review', './greeter', '--key', 'alice.key'], 'no criterion is given'],
  [[...REVIEW, 'Not A Word'], 'a word of lower-case letters'],
  [[...REVIEW, '--expires', '2020-01-01'], 'no day to come'],
  [[...REVIEW, '--expires', 'soon'], 'no day to come'],
  [[...REVIEW, '--base', '0.9.0'], 'this key has not reviewed it'],
  [[...REVIEW, '--base', 'yesterday'], 'it is no version'],
  [[...REVIEW, '--verdict', 'fine'], 'violation'],
])('%j is a mistake of usage, and nothing is written', async (args, message) => {
  await using shop = await reviewed();
  const { status, stderr } = await shop.aitbc(args);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
  await expect(readFile(join(shop.path, 'reviews/greeter.json'))).rejects.toThrow('ENOENT');
});

test('plugin review adds nothing to a file it cannot read, and leaves it as it was', async () => {
  await using shop = await reviewed();
  await shop.write({ 'reviews/greeter.json': '{ "reviews": [' });
  const { status, stderr } = await shop.aitbc(REVIEW);
  expect(status).toBe(2);
  expect(stderr).toContain('line 1');
  expect(await readFile(join(shop.path, 'reviews/greeter.json'), 'utf8')).toBe('{ "reviews": [');
});

test('two reviewers who write at once lose nothing', async () => {
  await using shop = await reviewed();
  await shop.aitbc(['plugin', 'keygen', '--out', 'bob.key']);
  const bob = REVIEW.map((word) => (word === 'alice.key' ? 'bob.key' : word));
  const both = await Promise.all([shop.aitbc(REVIEW), shop.aitbc(bob)]);
  expect(both.map(({ status }) => status)).toEqual([0, 0]);
  const text = await readFile(join(shop.path, 'reviews/greeter.json'), 'utf8');
  expect((JSON.parse(text) as { reviews: unknown[] }).reviews).toHaveLength(2);
});

test('plugin update --dry-run shows size and reviews of what would be locked', async () => {
  await using server = await serve(files('1.0.0'));
  await using shop = await reviewed('[]');
  await shop.aitbc(['plugin', 'add', `${server.url}/greeter/mod.ts`, '--yes']);
  Object.assign(server.routes, files('1.1.0', '// a longer module\n'.repeat(200)));
  await shop.write({
    ...plugin('1.1.0'),
    'greeter/mod.ts': `${PLUGIN.replace('VERSION', '1.1.0')}${'// a longer module\n'.repeat(200)}`,
  });
  await shop.aitbc(REVIEW);
  const { stdout } = await shop.aitbc(['plugin', 'update', '--dry-run']);
  expect(stdout).toMatch(/modules +2 modules: 2 changed, \d+ B -> 4\.\d KiB/);
  expect(stdout).toMatch(/reviews +alice: pass, safe-to-run, until \d{4}-/);
});
