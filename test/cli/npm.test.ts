import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve } from '../support/http-server.ts';
import { verdaccio, type Verdaccio } from '../support/verdaccio.ts';
import { workshop, type Workshop } from './support.ts';

const metadata = (name: string, version = '1.0.0') => ({
  name,
  version,
  description: 'A test',
  author: 'tests',
  license: 'MIT',
});
const code = (name: string, version: string, method: string, imports = ''): string => `${imports}
import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({ metadata: ${JSON.stringify(metadata(name, version))}, methods: { greet: ${method} } });
`;

let registry: Verdaccio;
/** A package with dependencies, one of them used by name, and install scripts that must never run. */
const publishGreeter = async (version: string): Promise<void> =>
  registry.publish(
    {
      name: '@acme/greeter',
      version,
      main: 'index.js',
      dependencies: { words: '^1.0.0' },
      scripts: { preinstall: 'touch /tmp/aitbc-npm-ran', postinstall: 'touch /tmp/aitbc-npm-ran' },
    },
    {
      'plugin.json': JSON.stringify(metadata('greeter', version)),
      'index.js': code('greeter', version, `(name) => join(['${version}', name])`, "import { join } from 'words';"),
    },
  );

beforeAll(async () => {
  registry = await verdaccio();
  await registry.publish({ name: 'dash', version: '2.0.0' }, { 'index.js': "module.exports = '-';" });
  await registry.publish(
    { name: 'words', version: '1.0.0', dependencies: { dash: '^2' } },
    { 'index.js': "exports.join = (list) => list.join(require('dash'));" },
  );
  await publishGreeter('1.0.0');
});
afterAll(() => registry[Symbol.asyncDispose]());

const withToken = (): string => `${registry.npmrc}//${registry.host}/:_authToken=\${NPM_TOKEN}\n`;
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('aitbc plugin with npm:', () => {
  let shop: Workshop;
  const env = (): Record<string, string> => ({ NPM_TOKEN: registry.token });
  const lockText = (): Promise<string> => readFile(join(shop.path, 'plugins.lock.json'), 'utf8');
  const greet = (on: Workshop, ...options: string[]) =>
    on.aitbc([...options, 'plugin', 'call', 'greeter', 'greet', '["Ada"]'], { env: env() });
  beforeAll(async () => {
    shop = await workshop({ '.npmrc': withToken() });
  });
  afterAll(() => shop.remove());

  test('add needs the token of .npmrc, locks the transitive graph, runs no script; call runs in an isolate', async () => {
    const add = ['plugin', 'add', 'npm:@acme/greeter@^1', '--yes'];
    const closed = await shop.aitbc(add);
    expect(closed.status).toBe(1);
    expect(closed.stderr).toMatch(/error\[ERR_SOURCE_(FETCH|NOT_FOUND)\]/);
    const added = await shop.aitbc(add, { env: env() });
    expect(added).toMatchObject({ status: 0 });
    const entry = (json(await lockText())['plugins'] as Record<string, Record<string, unknown>>)['greeter'];
    expect(entry).toMatchObject({
      source: 'npm:@acme/greeter@^1',
      resolved: 'npm:@acme/greeter@1.0.0',
      packages: {
        '.': { integrity: expect.stringMatching(/^sha512-/) as string, dependencies: { words: 'words@1.0.0' } },
        'words@1.0.0': { integrity: expect.stringMatching(/^sha512-/) as string, dependencies: { dash: 'dash@2.0.0' } },
        'dash@2.0.0': { integrity: expect.stringMatching(/^sha512-/) as string },
      },
    });
    expect(Object.keys(entry?.['modules'] as object)).toContain('npm:dash@2.0.0/index.js');
    expect(await lockText()).not.toContain(registry.host);
    expect(added.stdout + added.stderr + (await lockText())).not.toContain(registry.token);
    expect(await greet(shop)).toMatchObject({ status: 0, stdout: '"1.0.0-Ada"\n' });
    await expect(readFile('/tmp/aitbc-npm-ran')).rejects.toThrow('ENOENT');
  });

  test('a newer version changes no run, offline or frozen; update shows it and takes it', async () => {
    await publishGreeter('1.1.0');
    for (const option of ['--offline', '--frozen']) expect((await greet(shop, option)).stdout).toBe('"1.0.0-Ada"\n');
    const before = await lockText();
    const dry = await shop.aitbc(['plugin', 'update', 'greeter', '--dry-run'], { env: env() });
    expect(dry.stdout).toContain('~ greeter 1.0.0 -> 1.1.0');
    expect(dry.stdout).toContain('resolved  npm:@acme/greeter@1.1.0');
    expect((await shop.aitbc(['--frozen', 'plugin', 'update'], { env: env() })).status).toBe(2);
    expect(await lockText()).toBe(before);
    expect((await shop.aitbc(['plugin', 'update', 'greeter'], { env: env() })).status).toBe(0);
    expect((await greet(shop)).stdout).toBe('"1.1.0-Ada"\n');
  });

  test('another machine runs what is locked, fetched from the registry, and nothing that was swapped there', async () => {
    const files = {
      '.npmrc': withToken(),
      'plugins.yaml': await readFile(join(shop.path, 'plugins.yaml'), 'utf8'),
      'plugins.lock.json': await lockText(),
    };
    await using offline = await workshop(files);
    const cold = await greet(offline, '--offline');
    expect(cold.status).toBe(4);
    expect(cold.stderr).toContain('error[ERR_OFFLINE]');
    expect((await greet(offline, '--frozen')).stdout).toBe('"1.1.0-Ada"\n');

    const tarball = join(registry.storage, 'dash/dash-2.0.0.tgz');
    const good = await readFile(tarball);
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(40) ^ 1, 40);
    await writeFile(tarball, bad);
    await using tampered = await workshop(files);
    const refused = await greet(tampered);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('error[ERR_INTEGRITY]');
    await rm(tarball);
    await using gone = await workshop(files);
    const missing = await greet(gone);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('error[ERR_SOURCE_NOT_FOUND]');
    expect(missing.stderr).toContain('npm:dash@2.0.0');
    await writeFile(tarball, good);
    expect((await greet(gone)).stdout).toBe('"1.1.0-Ada"\n');
  });

  test('a version that is not there, and one that was unpublished, are named', async () => {
    const never = await shop.aitbc(['plugin', 'add', 'npm:@acme/greeter@^9', '--yes', '--name', 'nine'], {
      env: env(),
    });
    expect(never.status).toBe(1);
    expect(never.stderr).toContain('Cannot find "npm:@acme/greeter@^9"');
    expect(never.stderr).toContain('the latest version is 1.1.0');
    const nothing = await shop.aitbc(['plugin', 'add', 'npm:no-such-package', '--yes']);
    expect(nothing.stderr).toContain('error[ERR_SOURCE_NOT_FOUND]');

    await registry.publish(
      { name: 'brief', version: '1.0.0' },
      { 'plugin.json': JSON.stringify(metadata('brief')), 'index.js': code('brief', '1.0.0', "() => 'here'") },
    );
    await using short = await workshop({ '.npmrc': registry.npmrc });
    expect((await short.aitbc(['plugin', 'add', 'npm:brief', '--yes'])).status).toBe(0);
    await registry.npm(['unpublish', 'brief', '--force']);
    // Who has it goes on; who has not is told why it cannot.
    expect((await short.aitbc(['plugin', 'call', 'brief', 'greet'])).stdout).toBe('"here"\n');
    expect((await short.aitbc(['plugin', 'update'])).stderr).toContain('error[ERR_SOURCE_NOT_FOUND]');
    const fresh = await short.aitbc(['plugin', 'call', 'brief', 'greet', '--cache-dir', join(short.path, 'other')]);
    expect(fresh.status).toBe(1);
    expect(fresh.stderr).toContain('It was unpublished, or this registry never had it.');
  });
});

test('a plugin imports npm:name@range in an isolate, with the graph of it in the lock, and update moves it', async () => {
  await using shop = await workshop({
    '.npmrc': registry.npmrc,
    'local/plugin.json': JSON.stringify(metadata('local')),
    'local/mod.ts': code('local', '1.0.0', '(...all) => join(all)', "import { join } from 'npm:words@^1';"),
  });
  expect((await shop.aitbc(['plugin', 'add', './local', '--yes'])).status).toBe(0);
  const call = async () => (await shop.aitbc(['--offline', 'plugin', 'call', 'local', 'greet', '["a","b"]'])).stdout;
  expect(await call()).toBe('"a-b"\n');
  expect(await readFile(join(shop.path, 'plugins.lock.json'), 'utf8')).toContain(
    '".": { "dependencies": { "npm:words@^1": "words@1.0.0" } }',
  );
  await registry.publish(
    { name: 'words', version: '1.2.0' },
    { 'index.js': "exports.join = (list) => list.join('+');" },
  );
  expect(await call()).toBe('"a-b"\n');
  const update = await shop.aitbc(['plugin', 'update']);
  expect(update).toMatchObject({ status: 0 });
  expect(await call()).toBe('"a+b"\n');
});

test('a token of .npmrc goes to its own registry, not to that of another scope', async () => {
  const asked: (string | undefined)[] = [];
  await using other = await serve((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(404).end();
  });
  await using shop = await workshop({
    '.npmrc': `${withToken()}@other:registry=${other.url}/\n`,
  });
  const env = { NPM_TOKEN: registry.token };
  const added = await shop.aitbc(['plugin', 'add', 'npm:@other/thing', '--yes'], { env });
  expect(added.stderr).toContain(`${other.url}/ has no such package`);
  expect(asked).toEqual([undefined]);
});

describe('a signature of a plugin of npm', () => {
  let shop: Workshop;
  const files = (version: string, imports = '', method = "() => 'signed'") => ({
    'plugin.json': JSON.stringify(metadata('signed', version)),
    'index.js': code('signed', version, method, imports),
  });
  const publish = (version: string, more: Readonly<Record<string, string | Uint8Array>>, dependencies = {}) =>
    registry.publish({ name: 'signed', version, main: 'index.js', dependencies }, more);
  const sign = async (source: string): Promise<Buffer> => {
    const args = ['plugin', 'sign', source, '--key', 'plugin.key', '--out', 'out.json'];
    expect(await shop.aitbc(args)).toMatchObject({ status: 0 });
    const made = await readFile(join(shop.path, 'out.json'));
    await rm(join(shop.path, 'out.json'));
    return made;
  };
  const add = (version: string) =>
    shop.aitbc(['plugin', 'add', `npm:signed@${version}`, '--yes', '--name', `v${version.replaceAll('.', '')}`]);
  beforeAll(async () => {
    shop = await workshop({ '.npmrc': registry.npmrc });
    const made = await shop.aitbc(['--json', 'plugin', 'keygen']);
    const { key } = json(made.stdout)['data'] as { key: string };
    await shop.write({
      'plugins.yaml': `plugins: {}\ntrust:\n  sources: { "npm:": signed }\n  publishers: { acme: { keys: ["${key}"] } }\n`,
    });
  });
  afterAll(() => shop.remove());

  test('is asked for, made of the folder that is published, and lies in the package', async () => {
    await publish('1.0.0', files('1.0.0'));
    const bare = await add('1.0.0');
    expect(bare.status).toBe(3);
    expect(bare.stderr).toContain('error[ERR_POLICY]');

    const next = files('1.1.0');
    await shop.write({ 'next/plugin.json': next['plugin.json'], 'next/index.js': next['index.js'] });
    await publish('1.1.0', { ...next, 'plugin.sigstore.json': await sign('./next') });
    const added = await add('1.1.0');
    expect(added).toMatchObject({ status: 0 });
    expect(added.stderr).toMatch(/signer +acme \(key:sha256:/);
    expect((await shop.aitbc(['--offline', 'plugin', 'call', 'v110', 'greet'])).stdout).toBe('"signed"\n');
  });

  test('covers the packages it imports: it is made of what a registry of the publisher gives', async () => {
    const next = files('1.2.0', "import { join } from 'words';", "() => join(['a', 'b'])");
    await publish('1.2.0', next, { words: '1.0.0' });
    const signature = await sign('npm:signed@1.2.0');
    await registry.npm(['unpublish', 'signed@1.2.0', '--force']);
    await publish('1.2.0', { ...next, 'plugin.sigstore.json': signature }, { words: '1.0.0' });
    expect(await add('1.2.0')).toMatchObject({ status: 0 });
    expect((await shop.aitbc(['plugin', 'call', 'v120', 'greet'])).stdout).toBe('"a-b"\n');
  });

  test('of another version is refused', async () => {
    const old = files('1.1.0');
    await shop.write({ 'old/plugin.json': old['plugin.json'], 'old/index.js': old['index.js'] });
    await publish('1.3.0', { ...files('1.3.0'), 'plugin.sigstore.json': await sign('./old') });
    const refused = await add('1.3.0');
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('error[ERR_SIGNATURE]');
  });
});
