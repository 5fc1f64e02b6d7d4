/** What was locked goes on when everything around it is down, expired or withdrawn; what is locked anew says what is missing. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workshop, type Workshop } from '../cli/support.ts';
import { createRepository, serveGit } from '../support/git-server.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { npmRegistry, type NpmRegistry } from '../support/npm-registry.ts';
import { LODASH, ndjson } from '../support/osv.ts';
import { below, pluginFiles, registryFiles } from '../support/registry.ts';
import type { RunResult } from '../support/run.ts';
import { ownSigstore, type OwnSigstore } from '../trust/own-sigstore.ts';

/** All of them; each comes from a place of its own. */
const NAMES = ['listed', 'packaged', 'repository', 'reviewed', 'signed'];
const CI = { issuer: 'https://token.example', subject: 'release@acme.example' };

let shop: Workshop;
let web: TestServer;
let git: TestServer;
let npm: NpmRegistry;
let sigstore: OwnSigstore;
let later: Readonly<Record<string, string>>;
let aliceKey = '';
const today = new Date().toISOString().slice(0, 10);

/** As the operator has it; what is left out is what a case is not about. */
function config({ audit = true, minimumAge = '3d' } = {}): string {
  const source: Readonly<Record<string, string>> = {
    listed: 'listed',
    packaged: 'npm:packaged@^1',
    repository: `git+${git.url}/repo/.git#main:p`,
    reviewed: `${web.url}/reviewed/mod.ts`,
    signed: `${web.url}/signed/mod.ts`,
  };
  const plugins = NAMES.map((name) => `  ${name}: { enabled: true, source: "${source[name]}" }\n`);
  const exceptions = NAMES.map((plugin) => `    - { plugin: ${plugin}, reason: "at once", expires: "${today}" }\n`);
  return `plugins:\n${plugins.join('')}registries: ["${web.url}/registry/index.json"]
trust:
  trusted_root: ./root.json
  publishers: { ci: { identities: [{ issuer: "${CI.issuer}", subject: "${CI.subject}" }] } }
  minimum_age: ${minimumAge}
  exceptions:\n${exceptions.join('')}  reviews:
    from: ["${web.url}/reviews/"]
    require: [{ plugins: [reviewed], criteria: [safe-to-run] }]
    reviewers: { alice: { keys: ["${aliceKey}"] } }
${audit ? '  vulnerabilities: { block: high, unchecked: refuse, max_age: 48h }\n' : ''}`;
}

/** A plugin whose code says what its manifest says. */
function filesOf(name: string, version: string): Record<string, string> {
  const files = pluginFiles(name, version);
  return {
    ...files,
    'mod.ts': `const metadata = ${files['plugin.json']};\nexport default { getMetadata: () => metadata };\n`,
  };
}

/** Puts a version of each of them where it comes from. */
async function release(version: string): Promise<void> {
  Object.assign(
    web.routes,
    below('/registry/', await registryFiles([{ name: 'listed', version, files: filesOf('listed', version) }])),
  );
  for (const name of ['reviewed', 'signed']) Object.assign(web.routes, below(`/${name}/`, filesOf(name, version)));
  const { 'mod.ts': code = '', ...files } = filesOf('packaged', version);
  await npm.add({ name: 'packaged', version, main: 'mod.js' }, { ...files, 'mod.js': code });
  const folder = join(shop.path, 'git');
  const repository = await createRepository(folder);
  await repository.commit(below('p/', filesOf('repository', version)));
}

async function signed(): Promise<void> {
  const target = `${web.url}/signed/mod.ts`;
  const { data } = JSON.parse((await shop.aitbc(['--json', 'plugin', 'sign', target, '--statement'])).stdout) as {
    data: Parameters<OwnSigstore['sign']>[0] & { name: string; version: string; integrity: `sha256:${string}` };
  };
  web.routes['/signed/mod.ts.sigstore.json'] = await sigstore.sign(data, CI);
}

/** Locked today, with all that the policy asks for; the clock of `later` is a year ahead. */
beforeAll(async () => {
  shop = await workshop({ 'osv.ndjson': ndjson([LODASH]) });
  [web, npm, sigstore] = await Promise.all([serve({}), npmRegistry(), ownSigstore()]);
  const made = JSON.parse((await shop.aitbc(['--json', 'plugin', 'keygen'])).stdout) as { data: { key: string } };
  aliceKey = made.data.key;
  await release('1.0.0');
  git = await serveGit(join(shop.path, 'git'));
  await signed();
  const review = ['plugin', 'review', `${web.url}/reviewed/mod.ts`, '--key', 'plugin.key', '--criteria', 'safe-to-run'];
  expect(await shop.aitbc([...review, '--expires', today])).toMatchObject({ status: 0 });
  web.routes['/reviews/reviewed.json'] = await readFile(join(shop.path, 'reviews/reviewed.json'), 'utf8');
  await shop.write({ '.npmrc': `registry=${npm.url}\n`, 'root.json': sigstore.trustedRoot, 'plugins.yaml': config() });
  expect((await shop.aitbc(['audit', 'db', 'update', 'osv.ndjson'])).status).toBe(0);
  expect(await shop.aitbc(['plugin', 'lock'])).toMatchObject({ status: 0 });
  await shop.write({
    'later.mjs': `const Now = Date; const ahead = 400 * 86_400_000;
globalThis.Date = class Date extends Now {
  constructor(...given) { if (given.length === 0) super(Now.now() + ahead); else super(...given); }
  static now() { return Now.now() + ahead; }
};`,
  });
  later = { NODE_OPTIONS: `--import=${pathToFileURL(join(shop.path, 'later.mjs')).href}` };
});

afterAll(async () => {
  await Promise.all([web, git, npm, sigstore].map((each) => each[Symbol.asyncDispose]()));
  await shop.remove();
});

interface Started {
  readonly plugins: readonly {
    readonly name: string;
    readonly status: string;
    readonly error?: { readonly code: string };
  }[];
}

/** Names of what runs after `aitbc start`. */
async function started(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const host = shop.spawn(['--json', 'start'], env);
  try {
    await host.says('"type":"started"');
    const line = host.stdout().split('\n')[0] ?? '';
    const { plugins } = JSON.parse(line) as Started;
    return plugins
      .flatMap(({ name, status, error }) => (status === 'active' ? name : `${name}: ${error?.code}`))
      .sort();
  } finally {
    host.child.kill('SIGTERM');
    await host.ended();
  }
}

interface Case {
  readonly what: string;
  readonly name: string;
  readonly code: string;
  readonly says: RegExp;
  readonly prepare?: () => Promise<void>;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details?: Record<string, unknown>;
}

async function refusal(args: readonly string[]): Promise<Refusal> {
  const lock = await readFile(join(shop.path, 'plugins.lock.json'), 'utf8');
  const result: RunResult = await shop.aitbc(['--json', 'plugin', ...args], { env: later });
  expect(await readFile(join(shop.path, 'plugins.lock.json'), 'utf8')).toBe(lock);
  const { ok, error } = JSON.parse(result.stdout) as { readonly ok: boolean; readonly error: Refusal };
  expect({ ok, stdout: result.stdout, status: result.status === 0 }).toMatchObject({ ok: false, status: false });
  return error;
}

describe('a year later, with every server up', () => {
  test('all that was locked starts: nothing that expired is asked for', async () => {
    expect(await started(later)).toEqual(NAMES);
  });

  test('what is not expired yet is taken as before', async () => {
    expect(JSON.parse((await shop.aitbc(['--json', 'plugin', 'update', 'listed'])).stdout)).toMatchObject({ ok: true });
  });

  test.each<Case>([
    { what: 'a review that expired', name: 'reviewed', code: 'ERR_POLICY', says: /safe-to-run/ },
    {
      what: 'a database of vulnerabilities that is too old',
      name: 'signed',
      code: 'ERR_UNCHECKED',
      says: /old/,
      async prepare() {
        await next('1.0.1');
        await shop.write({ 'plugins.yaml': config({ minimumAge: '0s' }) });
      },
    },
    {
      what: 'an exception that ended, for what is not signed any more',
      name: 'signed',
      code: 'ERR_POLICY',
      says: /not signed any more; its exception ended/,
      async prepare() {
        await next('1.1.0');
        delete web.routes['/signed/mod.ts.sigstore.json'];
        await shop.write({ 'plugins.yaml': config({ audit: false, minimumAge: '0s' }) });
      },
    },
    {
      what: 'a release that is too young, its exception ended',
      name: 'listed',
      code: 'ERR_POLICY',
      says: /listed was first seen here .+ and trust\.minimum_age asks for 9999d/,
      prepare: () => shop.write({ 'plugins.yaml': config({ audit: false, minimumAge: '9999d' }) }),
    },
  ])('update says of $what what it is', async ({ name, code, says, prepare }) => {
    await prepare?.();
    const error = await refusal(['update', name]);
    expect(error).toMatchObject({ code });
    expect(`${error.message} ${JSON.stringify(error.details)}`).toMatch(says);
  });

  test('all that was locked starts under the stricter policy, too', async () => {
    expect(await started(later)).toEqual(NAMES);
  });
});

async function next(version: string): Promise<void> {
  await release(version);
  await signed();
}

describe('a year later, with every server down', () => {
  beforeAll(async () => {
    await shop.write({ 'plugins.yaml': config() });
    await Promise.all([web, git, npm].map((each) => each[Symbol.asyncDispose]()));
  });

  test.each([{}, { AITBC_OFFLINE: '1' }, { CI: 'true' }])('all that was locked starts, with %j', async (more) => {
    expect(await started({ ...later, ...more })).toEqual(NAMES);
  });

  test('it starts without the folder of first sights, the database and the indexes, too', async () => {
    await rm(join(shop.path, '.aitbc/first-seen'), { recursive: true, force: true });
    for (const name of ['osv', 'v1/indexes', 'v1/http']) {
      await rm(join(shop.path, '.cache/aitbc', name), { recursive: true, force: true });
    }
    expect(await started(later)).toEqual(NAMES);
  });

  test.each([
    ['listed', /registry\//],
    ['packaged', /packaged/],
    ['repository', /repo\/\.git/],
    ['reviewed', /reviewed\/mod\.ts/],
  ])('update of "%s" says who cannot be reached', async (name, message) => {
    const error = await refusal(['update', name]);
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(?:SOURCE_FETCH|REGISTRY)$/) as string });
    expect(error.message).toMatch(message);
  });

  test('a review that cannot be looked up is no review, and no proof that there is no violation', async () => {
    await shop.write(below('local/', pluginFiles('reviewed', '2.0.0')));
    await shop.write({
      'plugins.yaml': config().replace(/reviewed: \{[^}]+\}/, 'reviewed: { enabled: true, source: ./local }'),
    });
    const error = await refusal(['lock', 'reviewed']);
    expect(error).toMatchObject({ code: 'ERR_POLICY' });
    expect(`${error.message} ${JSON.stringify(error.details)}`).toMatch(
      /could not be (?:checked|read|asked)|cannot be reached/,
    );
  });
});
