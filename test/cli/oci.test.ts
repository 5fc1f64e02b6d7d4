import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { moduleOf } from '../component/wat.ts';
import { ociRegistry, type OciRegistry } from '../support/oci-registry.ts';
import { tarball } from '../support/tarball.ts';
import { DOCKER_REGISTRY, hasTool } from '../support/tools.ts';
import { workshop, type Workshop } from './support.ts';

const METADATA = { name: 'greeter', version: '1.0.0', description: 'A test', author: 'tests', license: 'MIT' };
const component = (answer: number): Promise<Uint8Array> =>
  moduleOf({ name: 'greeter', methods: { ping: `(call $digit (i32.const ${answer}))` }, manifest: METADATA });

describe.runIf(hasTool(...DOCKER_REGISTRY))('aitbc plugin with oci://', () => {
  let registry: OciRegistry;
  let shop: Workshop;
  const login = (): Record<string, string> => ({ AITBC_TOKENS: `${registry.host}=ann:s3cret` });
  const push = async (answer: number): Promise<string> =>
    registry.push('acme/greeter', '1', { layers: [{ type: 'application/wasm', bytes: await component(answer) }] });
  const lockText = (): Promise<string> => readFile(join(shop.path, 'plugins.lock.json'), 'utf8');
  const ping = (...options: string[]) => shop.aitbc([...options, 'plugin', 'call', 'greeter', 'ping']);
  let first: string;

  beforeAll(async () => {
    registry = await ociRegistry('basic');
    shop = await workshop();
    first = await push(1);
  });
  afterAll(() => Promise.all([registry[Symbol.asyncDispose](), shop.remove()]));

  test('add needs the login, shows the digest of the tag and locks it; call runs the component', async () => {
    const add = ['plugin', 'add', `oci://${registry.host}/acme/greeter:1`, '--yes'];
    const closed = await shop.aitbc(add);
    expect(closed.status).toBe(1);
    expect(closed.stderr).toContain('asks for a user name and a password');
    const added = await shop.aitbc(add, { env: login() });
    expect(added.stderr).toContain(`resolved  oci://${registry.host}/acme/greeter@${first}`);
    expect(added).toMatchObject({ status: 0 });
    expect(await lockText()).toContain(`"resolved": "oci://${registry.host}/acme/greeter@${first}"`);
    expect(added.stdout + added.stderr + (await lockText())).not.toContain('s3cret');
    expect(await ping('--offline')).toMatchObject({ status: 0, stdout: '1\n' });
  });

  test('a tag that moves changes no run; update --dry-run shows it, and update takes it', async () => {
    const second = await push(2);
    const before = await lockText();
    expect((await ping('--frozen')).stdout).toBe('1\n');
    expect((await shop.aitbc(['plugin', 'lock'], { env: login() })).stdout).toContain('up to date');
    const dry = await shop.aitbc(['plugin', 'update', '--dry-run'], { env: login() });
    expect(dry.stdout).toContain(`resolved  oci://${registry.host}/acme/greeter@${second}`);
    expect(dry.stdout).toContain('1 module: 1 changed');
    expect(await lockText()).toBe(before);
    const ci = await shop.aitbc(['plugin', 'update'], { env: { ...login(), CI: '1' } });
    expect(ci.status).toBe(2);
    expect(await lockText()).toBe(before);
    expect((await shop.aitbc(['plugin', 'update'], { env: login() })).status).toBe(0);
    expect((await ping()).stdout).toBe('2\n');
  });

  test('another machine fetches what the lock names, or nothing: not another digest, not another content', async () => {
    const files = {
      'plugins.yaml': await readFile(join(shop.path, 'plugins.yaml'), 'utf8'),
      'plugins.lock.json': await lockText(),
    };
    await using other = await workshop(files);
    const offline = await other.aitbc(['--offline', 'plugin', 'call', 'greeter', 'ping']);
    expect(offline.status).toBe(4);
    expect(offline.stderr).toContain('error[ERR_OFFLINE]');
    await push(3);
    const called = await other.aitbc(['--frozen', 'plugin', 'call', 'greeter', 'ping'], { env: login() });
    expect(called).toMatchObject({ status: 0, stdout: '2\n' });

    // The digest of the first version, in place of the one that was locked.
    const lock = files['plugins.lock.json'].replace(/(greeter@)sha256:[0-9a-f]{64}/, `$1${first}`);
    await writeFile(join(other.path, 'plugins.lock.json'), lock);
    const edited = await other.aitbc(['plugin', 'call', 'greeter', 'ping'], { env: login() });
    expect(edited.status).toBe(3);
    expect(edited.stderr).toContain('error[ERR_INTEGRITY]');
    await rm(join(other.path, 'plugins.lock.json'));
    expect((await other.aitbc(['plugin', 'call', 'greeter', 'ping'], { env: login() })).status).toBe(4);
  });

  test('an archive is a plugin like any other', async () => {
    const code = `export default { metadata: ${JSON.stringify({ ...METADATA, name: 'packed' })}, methods: { ping: () => 'packed' } };`;
    const files = {
      'plugin.json': JSON.stringify({ ...METADATA, name: 'packed' }),
      'mod.ts': `import { definePlugin } from '@aitbc/plugins/sdk';\n${code.replace('default {', 'default definePlugin({').replace(/;$/, ');')}`,
    };
    await registry.push('acme/packed', 'v1', { layers: [{ type: 'application/gzip', bytes: await tarball(files) }] });
    const added = await shop.aitbc(['plugin', 'add', `oci://${registry.host}/acme/packed:v1`, '--yes'], {
      env: login(),
    });
    expect(added).toMatchObject({ status: 0 });
    expect((await shop.aitbc(['plugin', 'call', 'packed', 'ping'])).stdout).toBe('"packed"\n');
  });

  test('a signature is a layer beside the component, and counts as one in a folder does', async () => {
    const wasm = await component(7);
    await using other = await workshop();
    await other.write({ 'greeter/plugin.wasm': wasm });
    const made = JSON.parse((await other.aitbc(['--json', 'plugin', 'keygen'])).stdout) as { data: { key: string } };
    const trust = `trust:\n  sources: { "oci://${registry.host}/": signed }\n  publishers: { acme: { keys: ["${made.data.key}"] } }\n`;
    await other.write({ 'plugins.yaml': `plugins: {}\n${trust}` });
    const signed = await other.aitbc(['plugin', 'sign', './greeter', '--key', 'plugin.key', '--out', 'signature.json']);
    expect(signed).toMatchObject({ status: 0 });
    const layer = { type: 'application/wasm', bytes: wasm };
    const type = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const bytes = await readFile(join(other.path, 'signature.json'));
    await registry.push('acme/signed', 'bare', { layers: [layer] });
    await registry.push('acme/signed', '1', { layers: [layer, { type, bytes, title: 'plugin.sigstore.json' }] });

    const add = (tag: string) =>
      other.aitbc(['plugin', 'add', `oci://${registry.host}/acme/signed:${tag}`, '--yes'], { env: login() });
    const bare = await add('bare');
    expect(bare.status).toBe(3);
    expect(bare.stderr).toContain('error[ERR_POLICY]');
    const added = await add('1');
    expect(added.stderr).toMatch(/signer +acme \(key:sha256:/);
    expect(added.status).toBe(0);
    expect((await other.aitbc(['--offline', 'plugin', 'call', 'greeter', 'ping'])).stdout).toBe('7\n');
  });
});
