import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workshop, type Workshop } from '../cli/support.ts';
import { createCertificates } from '../support/certificates.ts';
import { createRepository, serveGit } from '../support/git-server.ts';
import { serve } from '../support/http-server.ts';
import { tarball } from '../support/tarball.ts';
import { temporaryFolder } from '../support/temp.ts';
import { AREA, moduleOf } from './wat.ts';

const MANIFEST = {
  name: 'ticker',
  version: '1.0.0',
  description: 'A test',
  author: 'tests',
  license: 'MIT',
  permissions: { net: ['a.example'] },
  commands: [{ name: 'ticker', help: 'Ticks', subcommands: [{ name: 'run', help: 'Ticks once' }] }],
};

/** Answers `tick` with a digit, and its command ends with that status. */
const ticker = (digit: number, net: readonly string[], manifest = true): Promise<Uint8Array> =>
  moduleOf({
    name: 'ticker',
    ...(manifest ? { manifest: { ...MANIFEST, permissions: { net } } } : {}),
    methods: { tick: `(call $digit (i32.const ${digit}))` },
    exports: (own) => `${own}
    (func (export "aitbc:plugin/commands@1.0.0#run") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
      (i32.store (i32.const ${AREA}) (i32.const 0))
      (i32.store8 (i32.const ${AREA + 4}) (i32.const ${digit}))
      (i32.const ${AREA}))`,
  });

/** Where a component comes from: its first version is there, and more can be published. */
interface Origin extends AsyncDisposable {
  readonly source: string;
  /** Environment and config that reaching it needs. */
  readonly config?: string;
  /** Written by `open`, into the folder of the config. */
  readonly files?: Readonly<Record<string, string>>;
  publish(digit: number, net: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const ORIGINS: Readonly<Record<string, () => Promise<Origin>>> = {
  async 'a folder and a branch of a git repository'() {
    const folder = await temporaryFolder({});
    const repository = await createRepository(folder.path);
    const publish = async (digit: number, net: readonly string[]): Promise<void> => {
      await repository.commit({
        'README.md': `${digit}`,
        'plugins/ticker/plugin.json': JSON.stringify({ ...MANIFEST, permissions: { net }, entry: 'built/t.wasm' }),
        'plugins/ticker/built/t.wasm': await ticker(digit, net, false),
      });
      await repository.git('branch', '-f', 'release');
    };
    await publish(1, ['a.example']);
    const server = await serveGit(folder.path);
    const close = (): Promise<void> => server.close();
    return {
      source: `git+${server.url}/repo/.git#release:plugins/ticker`,
      publish,
      close,
      async [Symbol.asyncDispose]() {
        await close();
        await folder.remove();
      },
    };
  },
  async 'an archive'() {
    const packed = async (digit: number, net: readonly string[]): Promise<Buffer> =>
      tarball({
        'package/plugin.json': JSON.stringify({ ...MANIFEST, permissions: { net }, entry: 't.wasm' }),
        'package/t.wasm': await ticker(digit, net),
      });
    const server = await serve({ '/ticker.tgz': await packed(1, ['a.example']) });
    return {
      source: `${server.url}/ticker.tgz`,
      publish: async (digit, net) => void (server.routes['/ticker.tgz'] = await packed(digit, net)),
      close: () => server.close(),
      [Symbol.asyncDispose]: () => server.close(),
    };
  },
  async 'a URL of https, by a redirect'() {
    const { ca, cert, key } = createCertificates();
    const server = await serve(
      {
        '/plugin.wasm': (_, response) => void response.writeHead(302, { location: '/1/plugin.wasm' }).end(),
        '/1/plugin.wasm': await ticker(1, ['a.example']),
      },
      { tls: { cert, key } },
    );
    return {
      source: `${server.url}/plugin.wasm`,
      config: 'plugins: {}\nfetch: { ca: ./ca.pem }\n',
      files: { 'ca.pem': ca },
      publish: async (digit, net) => void (server.routes['/1/plugin.wasm'] = await ticker(digit, net)),
      close: () => server.close(),
      [Symbol.asyncDispose]: () => server.close(),
    };
  },
};

async function shopFor(origin: Origin): Promise<Workshop> {
  const shop = await workshop();
  await shop.write({ ...origin.files, ...(origin.config === undefined ? {} : { 'plugins.yaml': origin.config }) });
  return shop;
}

const tick = ['plugin', 'call', 'ticker', 'tick'];
const REFUSED = { status: 3, stdout: '', stderr: expect.stringContaining('ERR_INTEGRITY') as string };

describe.each(Object.entries(ORIGINS))('a component from %s', (_, open) => {
  test('is added, locked, called, run offline and frozen, updated with consent, and refused when it was tampered with', async () => {
    await using origin = await open();
    await using shop = await shopFor(origin);
    const add = await shop.aitbc(['plugin', 'add', origin.source, '--yes']);
    expect(add).toMatchObject({ status: 0, stdout: expect.stringContaining('Added ticker 1.0.0') as string });
    expect(add.stderr).toContain('a.example');
    const lock = JSON.parse(await readFile(join(shop.path, 'plugins.lock.json'), 'utf8')) as {
      plugins: { ticker: { modules: object } };
    };
    expect(lock.plugins.ticker).toMatchObject({
      source: origin.source,
      kind: 'component',
      metadata: { name: 'ticker', version: '1.0.0' },
      commands: [{ name: 'ticker' }],
      permissions: { net: ['a.example'] },
    });
    expect(await shop.aitbc(tick)).toMatchObject({ status: 0, stdout: '1\n' });
    expect(await shop.aitbc(['ticker', 'run'])).toMatchObject({ status: 1 });

    // Another version is there: nothing of it runs before an update, and one that asks for more needs consent.
    await origin.publish(2, ['a.example', 'b.example']);
    expect(await shop.aitbc(tick, { env: { CI: 'true' } })).toMatchObject({ stdout: '1\n' });
    const dry = await shop.aitbc(['plugin', 'update', '--dry-run']);
    expect(dry.stdout).toContain('net: b.example (new)');
    expect(await shop.aitbc(['plugin', 'update', '--yes'])).toMatchObject({ status: 3 });
    const consent = /--grant=sha256:[0-9a-f]{64}/.exec(dry.stdout)?.[0] ?? '';
    expect(await shop.aitbc(['plugin', 'update', consent])).toMatchObject({ status: 0 });
    expect(await shop.aitbc(tick)).toMatchObject({ stdout: '2\n' });
    expect(await shop.aitbc(['ticker', 'run'])).toMatchObject({ status: 2 });

    // Other bytes than the lock has: from the server into an empty cache, and by an edit of the lock.
    await origin.close();
    expect(await shop.aitbc(['--offline', ...tick])).toMatchObject({ status: 0, stdout: '2\n' });
    const file = join(shop.path, 'plugins.lock.json');
    const text = await readFile(file, 'utf8');
    const digest = /"[^"]*\.wasm": "sha256:([0-9a-f]{64})"/.exec(text)?.[1] ?? '';
    expect(digest).not.toBe('');
    await shop.write({ 'plugins.lock.json': text.replaceAll(digest, 'f'.repeat(64)) });
    expect((await shop.aitbc(tick)).status).toBe(3);
    await shop.write({ 'plugins.lock.json': text });
    expect(await shop.aitbc(tick)).toMatchObject({ status: 0, stdout: '2\n' });
  });
});

test.each(['an archive', 'a URL of https, by a redirect'])(
  'a component from %s whose server has other bytes than the lock never runs on a machine without a cache',
  async (name) => {
    await using origin = (await ORIGINS[name]?.()) as Origin;
    await using shop = await shopFor(origin);
    await shop.aitbc(['plugin', 'add', origin.source, '--yes']);
    await origin.publish(3, ['a.example']);
    const env = { XDG_CACHE_HOME: join(shop.path, 'other') };
    expect(await shop.aitbc(tick, { env })).toMatchObject(REFUSED);
    expect(await shop.aitbc(tick)).toMatchObject({ status: 0, stdout: '1\n' });
  },
);

test('a component at a URL is signed beside it, and runs with its signature alone where the policy asks for one', async () => {
  await using site = await serve({ '/t.wasm': await ticker(1, ['a.example']) });
  await using shop = await workshop();
  const made = await shop.aitbc(['--json', 'plugin', 'keygen']);
  const { data } = JSON.parse(made.stdout) as { data: { id: string; key: string } };
  await shop.write({
    't.wasm': await ticker(1, ['a.example']),
    'plugins.yaml': `plugins: {}\ntrust:\n  require: signed\n  publishers: { acme: { keys: ["${data.key}"] } }\n`,
  });
  const source = `${site.url}/t.wasm`;
  expect(await shop.aitbc(['plugin', 'add', source, '--yes'])).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('ERR_POLICY') as string,
  });
  expect(await shop.aitbc(['plugin', 'sign', './t.wasm', '--key', 'plugin.key'])).toMatchObject({ status: 0 });
  site.routes['/t.wasm.sigstore.json'] = await readFile(join(shop.path, 't.wasm.sigstore.json'));
  const added = await shop.aitbc(['plugin', 'add', source, '--yes']);
  expect(added).toMatchObject({ status: 0, stderr: expect.stringContaining(`acme (${data.id})`) as string });
  expect(await shop.aitbc(['--offline', ...tick])).toMatchObject({ status: 0, stdout: '1\n' });
});
