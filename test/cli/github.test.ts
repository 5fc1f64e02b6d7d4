import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCertificates } from '../support/certificates.ts';
import { createRepository, serveGit, type TestRepository } from '../support/git-server.ts';
import type { TestServer } from '../support/http-server.ts';
import { startProxy, type TestProxy } from '../support/proxy.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';
import { workshop, type Workshop } from './support.ts';

const metadata = { name: 'greeter', version: '1.0.0', description: 'A test', author: 'tests', license: 'MIT' };
const files = (answer: string): Readonly<Record<string, string>> => ({
  'plugins/greeter/plugin.json': JSON.stringify(metadata),
  'plugins/greeter/mod.ts': `import { definePlugin } from '@aitbc/plugins/sdk';
import { answer } from './lib/answer.ts';
export default definePlugin({ metadata: ${JSON.stringify(metadata)}, methods: { greet: () => answer } });
`,
  'plugins/greeter/lib/answer.ts': `export const answer: string = '${answer}';`,
});

// github.com as the host sees it: a proxy, behind which a real git server has a certificate for that name.
let folder: TemporaryFolder;
let repository: TestRepository;
let server: TestServer;
let proxy: TestProxy;
let shop: Workshop;
let first: string;
const SOURCE = 'github:acme/tools#main:plugins/greeter';
const env = (): Record<string, string> => ({ HTTPS_PROXY: proxy.url });
const greet = (on: Workshop, ...options: string[]) =>
  on.aitbc([...options, 'plugin', 'call', 'greeter', 'greet'], { env: env() });
const lockText = (): Promise<string> => readFile(join(shop.path, 'plugins.lock.json'), 'utf8');
const CONFIG = 'plugins: {}\nfetch: { ca: ./ca.pem, tokens: { github.com: s3cret-token } }\n';
const certificates = createCertificates(['DNS:github.com']);

beforeAll(async () => {
  folder = await temporaryFolder();
  repository = await createRepository(join(folder.path, 'acme'), 'tools.git');
  first = await repository.commit(files('one'));
  server = await serveGit(folder.path, { tls: certificates, token: 's3cret-token' });
  proxy = await startProxy({ port: server.port });
  shop = await workshop({ 'ca.pem': certificates.ca, 'plugins.yaml': CONFIG });
});
afterAll(async () => {
  await Promise.all([server.close(), proxy[Symbol.asyncDispose]()]);
  await Promise.all([shop.remove(), folder.remove()]);
});

test('plugin add github:owner/repo#ref:folder asks github.com with its token, locks commit and folder, and runs', async () => {
  const added = await shop.aitbc(['plugin', 'add', SOURCE, '--yes'], { env: env() });
  expect(added).toMatchObject({ status: 0 });
  expect(added.stderr).toContain(`resolved  git+https://github.com/acme/tools.git#${first}:plugins/greeter`);
  expect(proxy.asked[0]).toBe('CONNECT github.com:443');
  expect(server.requests.every(({ path }) => path.startsWith('/acme/tools.git/'))).toBe(true);
  const entry = (JSON.parse(await lockText()) as { plugins: Record<string, object> }).plugins['greeter'];
  expect(entry).toMatchObject({
    source: SOURCE,
    git: { commit: first, folder: 'plugins/greeter' },
    modules: { 'lib/answer.ts': expect.stringMatching(/^sha256:/) as string },
  });
  expect(added.stdout + added.stderr + (await lockText())).not.toContain('s3cret-token');
  expect((await greet(shop, '--offline')).stdout).toBe('"one"\n');
});

test('a branch that moves on changes no run; another machine gets the commit; update takes the new one', async () => {
  const second = await repository.commit(files('two'));
  expect((await greet(shop, '--frozen')).stdout).toBe('"one"\n');
  await using other = await workshop({
    'ca.pem': certificates.ca,
    'plugins.yaml': await readFile(join(shop.path, 'plugins.yaml'), 'utf8'),
    'plugins.lock.json': await lockText(),
  });
  expect((await greet(other, '--frozen')).stdout).toBe('"one"\n');
  const dry = await shop.aitbc(['plugin', 'update', '--dry-run'], { env: env() });
  expect(dry.stdout).toContain(`commit    ${second}`);
  expect(dry.stdout).toContain('3 modules: 1 changed');
  expect((await shop.aitbc(['plugin', 'update'], { env: env() })).status).toBe(0);
  expect((await greet(shop)).stdout).toBe('"two"\n');

  // The old commit in place of the new one: its bytes are not those that are locked.
  const lock = (await lockText()).replaceAll(second, first);
  await using edited = await workshop({
    'ca.pem': certificates.ca,
    'plugins.yaml': await readFile(join(shop.path, 'plugins.yaml'), 'utf8'),
    'plugins.lock.json': lock,
  });
  const refused = await greet(edited);
  expect(refused.status).toBe(3);
  expect(refused.stderr).toContain('error[ERR_INTEGRITY]');
});

test.each([
  ['github:acme/tools#main:plugins/none', 'has no folder "plugins/none"'],
  ['github:acme/tools#no-such-branch', 'no branch or tag "no-such-branch"'],
  ['github:acme/nothing', 'there is no such repository'],
])('plugin add %s says what is not there', async (source, state) => {
  const { status, stderr } = await shop.aitbc(['plugin', 'add', source, '--yes', '--name', 'none'], { env: env() });
  expect(status).toBe(1);
  expect(stderr).toContain(state);
});

test('plugin add of a private repository without its token says which token it wants', async () => {
  await writeFile(join(shop.path, 'plugins.yaml'), 'plugins: {}\nfetch: { ca: ./ca.pem }\n');
  const { status, stderr } = await shop.aitbc(['plugin', 'add', SOURCE, '--yes', '--name', 'none'], { env: env() });
  expect(status).toBe(1);
  expect(stderr).toContain('fetch: { tokens: { "github.com": "${TOKEN}" } }');
});
