import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serve } from '../support/http-server.ts';
import { tarball } from '../support/tarball.ts';
import { workshop, type Workshop } from './support.ts';

const manifest = (version = '1.0.0', name = 'greeter') =>
  JSON.stringify({ name, version, description: 'Greets', author: 'Ada', license: 'MIT' });
const PLUGIN = `
import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({
  metadata: { name: 'greeter', version: '1.0.0', description: 'Greets', author: 'Ada', license: 'MIT' },
  methods: { greet: (name) => 'hello ' + name },
});
`;

/** A folder with a plugin, a key pair, and a config that trusts it. */
async function signed(require = 'signed', more = ''): Promise<Workshop & { readonly id: string }> {
  const shop = await workshop({ 'greeter/plugin.json': manifest(), 'greeter/mod.ts': PLUGIN });
  const made = await shop.aitbc(['--json', 'plugin', 'keygen']);
  const { data } = JSON.parse(made.stdout) as { data: { id: string; key: string } };
  await shop.write({
    'plugins.yaml': `plugins: {}\ntrust:\n  require: ${require}\n  publishers: { acme: { keys: ["${data.key}"] } }\n${more}`,
  });
  return { ...shop, id: data.id };
}

test('plugin keygen writes a key for its owner alone, never over another, and says what to do with it', async () => {
  await using shop = await workshop();
  const made = await shop.aitbc(['plugin', 'keygen', '--type', 'p256', '--out', 'my.key']);
  expect(made.status).toBe(0);
  const publicKey = (await readFile(join(shop.path, 'my.key.pub'), 'utf8')).trim();
  expect(made.stdout).toContain(`keys: ["${publicKey}"]`);
  expect((await stat(join(shop.path, 'my.key'))).mode & 0o777).toBe(0o600);
  const secret = await readFile(join(shop.path, 'my.key'), 'utf8');
  expect(made.stdout + made.stderr).not.toContain(secret.split('\n')[1]);
  const again = await shop.aitbc(['plugin', 'keygen', '--out', 'my.key']);
  expect(again).toMatchObject({ status: 2, stdout: '' });
  expect(again.stderr).toContain('it is there already');
  expect(await readFile(join(shop.path, 'my.key'), 'utf8')).toBe(secret);
});

test('plugin keygen and sign use a passphrase of the environment', async () => {
  await using shop = await workshop({ 'greeter/plugin.json': manifest(), 'greeter/mod.ts': PLUGIN });
  const env = { AITBC_KEY_PASSPHRASE: 'open sesame' };
  expect((await shop.aitbc(['plugin', 'keygen'], { env })).status).toBe(0);
  const closed = await shop.aitbc(['plugin', 'sign', './greeter', '--key', 'plugin.key']);
  expect(closed.status).toBe(2);
  expect(closed.stderr).toContain('AITBC_KEY_PASSPHRASE');
  expect((await shop.aitbc(['plugin', 'sign', './greeter', '--key', 'plugin.key'], { env })).status).toBe(0);
});

test('plugin sign, add, info, list, verify and call show who signed, the whole way', async () => {
  await using shop = await signed();
  const bare = await shop.aitbc(['plugin', 'add', './greeter', '--yes']);
  expect(bare.status).toBe(3);
  expect(bare.stderr).toContain('error[ERR_POLICY]');
  expect(bare.stderr).toContain('trust.require asks for a signature');

  const sign = await shop.aitbc(['plugin', 'sign', './greeter', '--key', 'plugin.key']);
  expect(sign).toMatchObject({ status: 0 });
  expect(sign.stdout).toContain(join('greeter', 'plugin.sigstore.json'));
  const add = await shop.aitbc(['plugin', 'add', './greeter', '--yes']);
  expect(add.status).toBe(0);
  expect(add.stderr).toContain(`signer    acme (${shop.id})`);
  expect((await shop.aitbc(['plugin', 'info', 'greeter'])).stdout).toContain(`signer       acme (${shop.id})`);
  const list = JSON.parse((await shop.aitbc(['--json', 'plugin', 'list'])).stdout) as { data: unknown };
  expect(list.data).toMatchObject({ plugins: [{ signer: shop.id, publisher: 'acme' }] });
  expect((await shop.aitbc(['plugin', 'list'])).stdout).toMatch(/SIGNER +SOURCE[^]+locked +acme +\.\/greeter/);
  const verify = await shop.aitbc(['--offline', 'plugin', 'verify']);
  expect(verify.stdout).toContain(`right greeter 1.0.0  signed by acme (${shop.id})`);
  expect((await shop.aitbc(['plugin', 'call', 'greeter', 'greet', '["Ada"]'])).stdout).toBe('"hello Ada"\n');
});

test('plugin call runs nothing whose signature was tampered with', async () => {
  await using shop = await signed();
  await shop.aitbc(['plugin', 'sign', './greeter', '--key', 'plugin.key']);
  await shop.aitbc(['plugin', 'add', './greeter', '--yes']);
  const file = join(shop.path, 'greeter/plugin.sigstore.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"keyid"', '"keyId"'));
  const call = await shop.aitbc(['--json', 'plugin', 'call', 'greeter', 'greet', '["Ada"]']);
  expect(call.status).toBe(3);
  expect(JSON.parse(call.stdout)).toMatchObject({
    ok: false,
    error: { code: 'ERR_SIGNATURE', plugin: 'greeter', details: { module: 'plugin.sigstore.json' } },
  });
  const verify = await shop.aitbc(['--json', 'plugin', 'verify', 'greeter']);
  expect(verify.status).toBe(3);
  expect(JSON.parse(verify.stdout)).toMatchObject({
    ok: false,
    error: { code: 'ERR_SIGNATURE' },
    data: { plugins: [] },
  });
});

test('plugin update refuses a version that is not signed any more, and shows a signer that is new', async () => {
  await using shop = await signed('none');
  await shop.aitbc(['plugin', 'add', './greeter', '--yes']);
  await shop.write({ 'greeter/plugin.json': manifest('1.1.0') });
  await shop.aitbc(['plugin', 'sign', './greeter', '--key', 'plugin.key']);
  const up = await shop.aitbc(['plugin', 'update', '--dry-run']);
  expect(up.stdout).toContain(`signer    acme (${shop.id}) (was: not signed)`);
  const written = await shop.aitbc(['--json', 'plugin', 'update']);
  expect(JSON.parse(written.stdout)).toMatchObject({ data: { changes: [{ signer: shop.id, publisher: 'acme' }] } });

  await shop.write({ 'greeter/plugin.json': manifest('1.2.0') });
  const stale = await shop.aitbc(['plugin', 'update']);
  expect(stale.status).toBe(3);
  expect(stale.stderr).toContain('error[ERR_SIGNATURE]');
  await rm(join(shop.path, 'greeter/plugin.sigstore.json'));
  const less = await shop.aitbc(['plugin', 'update']);
  expect(less.status).toBe(3);
  expect(less.stderr).toContain('error[ERR_POLICY]');
  expect(less.stderr).toContain('it is not signed any more');
});

test('plugin verify checks what is not locked against a key that is given', async () => {
  await using shop = await workshop({ 'greeter/plugin.json': manifest(), 'greeter/mod.ts': PLUGIN });
  await shop.aitbc(['plugin', 'keygen']);
  await shop.aitbc(['plugin', 'keygen', '--out', 'other.key']);
  expect((await shop.aitbc(['plugin', 'verify', './greeter', '--key', 'plugin.key.pub'])).status).toBe(3);
  await shop.aitbc(['plugin', 'sign', './greeter', '--key', 'plugin.key']);
  expect((await shop.aitbc(['plugin', 'verify', './greeter', '--key', 'plugin.key.pub'])).status).toBe(0);
  expect((await shop.aitbc(['plugin', 'verify', './greeter', '--key', 'other.key.pub'])).status).toBe(3);
  expect((await shop.aitbc(['plugin', 'verify', './greeter'])).status).toBe(3);
});

test('plugin sign writes the signature of an archive beside it, where add finds it', async () => {
  await using shop = await signed();
  const archive = await tarball({ 'plugin.json': manifest(), 'mod.ts': PLUGIN });
  await writeFile(join(shop.path, 'greeter.tgz'), archive);
  const sign = await shop.aitbc(['plugin', 'sign', './greeter.tgz', '--key', 'plugin.key']);
  expect(sign).toMatchObject({ status: 0, stderr: '' });
  expect(sign.stdout).toContain('greeter.tgz.sigstore.json');
  expect((await shop.aitbc(['plugin', 'add', './greeter.tgz', '--yes'])).stderr).toContain(
    `signer    acme (${shop.id})`,
  );
});

test('plugin sign prints what another tool may sign, and writes where it is told', async () => {
  await using shop = await workshop({ 'one.ts': PLUGIN, 'greeter/plugin.json': manifest(), 'greeter/mod.ts': PLUGIN });
  const statement = await shop.aitbc(['plugin', 'sign', './greeter', '--statement']);
  expect(JSON.parse(statement.stdout)).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'greeter@1.0.0' }],
    predicate: { name: 'greeter', version: '1.0.0' },
  });
  expect((await shop.aitbc(['plugin', 'sign', './greeter'])).stderr).toContain('no key is given');
  await shop.aitbc(['plugin', 'keygen']);
  await using server = await serve({ '/mod.ts': PLUGIN, '/plugin.json': manifest() });
  const remote = await shop.aitbc(['plugin', 'sign', `${server.url}/mod.ts`, '--key', 'plugin.key']);
  expect(remote.status).toBe(2);
  expect(remote.stderr).toContain('--out');
  const out = ['plugin', 'sign', `${server.url}/mod.ts`, '--key', 'plugin.key', '--out', 'remote.json'];
  expect((await shop.aitbc(out)).status).toBe(0);
  expect(await readFile(join(shop.path, 'remote.json'), 'utf8')).toContain('dsseEnvelope');
});

test('plugin diff compares contents: signatures, which it does not check, are no difference', async () => {
  await using shop = await signed();
  await shop.aitbc(['plugin', 'sign', './greeter', '--key', 'plugin.key']);
  expect((await shop.aitbc(['plugin', 'add', './greeter', '--yes'])).status).toBe(0);
  const same = await shop.aitbc(['plugin', 'diff', 'greeter']);
  expect(same).toMatchObject({ status: 0, stdout: 'They are the same.\n' });
  await shop.write({ 'greeter/plugin.json': manifest('1.1.0') });
  const { stdout } = await shop.aitbc(['plugin', 'diff', 'greeter', './greeter']);
  expect(stdout).toContain('~ greeter 1.0.0 -> 1.1.0');
  expect(stdout).not.toContain('signe');
});
