import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLock } from '../../src/lock/read.ts';
import { signRelease } from '../../src/trust/sign.ts';
import { createRepository, serveGit } from '../support/git-server.ts';
import { serve, type Routes, type TestServer } from '../support/http-server.ts';
import { below, indexEntry, indexOf } from '../support/registry.ts';
import { tarball } from '../support/tarball.ts';
import { changed, keys } from '../trust/support.ts';
import { localPlugin, manifest, workspace, type Workspace } from './support.ts';

const acme = keys();
const labs = keys();

const FILES = Object.fromEntries(
  Object.entries(localPlugin('greeter')).map(([path, text]) => [path.replace('greeter/', ''), text]),
);
const ONE_FILE = `export default { getMetadata: () => ({ name: 'greeter' }) };\n`;

/** Where a plugin lies, what its signature is called there, and who serves both. */
interface Stand {
  readonly source: string;
  readonly more?: string;
  readonly server?: TestServer;
}

interface Case {
  readonly what: string;
  /** As the lock has it. */
  readonly file: string;
  /** Undefined: without a signature. */
  build(place: Workspace, bundle: string | undefined): Promise<Stand>;
}

const text = (bundle: string | undefined, name: string): Record<string, string> =>
  bundle === undefined ? {} : { [name]: bundle };

async function served(routes: Routes, path: string): Promise<Stand> {
  const server = await serve(routes);
  return { source: `${server.url}${path}`, server };
}

async function registry(bundle: string | undefined, isInside: boolean): Promise<Stand> {
  const bytes = await tarball({ ...FILES, ...(isInside ? text(bundle, 'plugin.sigstore.json') : {}) });
  const index = indexOf([indexEntry('greeter', '1.0.0', { bytes, at: 'greeter-1.0.0.tgz' })]);
  const beside = isInside ? {} : text(bundle, 'greeter-1.0.0.tgz.sigstore.json');
  const server = await serve(below('/', { 'index.json': index, 'greeter-1.0.0.tgz': bytes, ...beside }));
  return { source: 'greeter', more: `registries: ["${server.url}/index.json"]\n`, server };
}

const CASES: readonly Case[] = [
  {
    what: 'beside an archive of this machine',
    file: 'greeter.tgz.sigstore.json',
    async build(place, bundle) {
      await place.folder.write({ 'greeter.tgz': await tarball(FILES), ...text(bundle, 'greeter.tgz.sigstore.json') });
      return { source: './greeter.tgz' };
    },
  },
  {
    what: 'in an archive of this machine',
    file: 'plugin.sigstore.json',
    async build(place, bundle) {
      await place.folder.write({ 'greeter.tgz': await tarball({ ...FILES, ...text(bundle, 'plugin.sigstore.json') }) });
      return { source: './greeter.tgz' };
    },
  },
  {
    what: 'beside an archive at a URL',
    file: 'greeter.tgz.sigstore.json',
    build: async (_, bundle) =>
      served(
        { '/p/greeter.tgz': await tarball(FILES), ...text(bundle, '/p/greeter.tgz.sigstore.json') },
        '/p/greeter.tgz',
      ),
  },
  {
    what: 'beside the address that leads to an archive elsewhere',
    file: 'greeter.tgz.sigstore.json',
    build: async (_, bundle) =>
      served(
        {
          '/release/greeter.tgz': (__, response) =>
            void response.writeHead(302, { location: '/objects/4711?token=x' }).end(),
          '/objects/4711': await tarball(FILES),
          '/objects/4711.sigstore.json': (__, response) => void response.writeHead(403).end(),
          ...text(bundle, '/release/greeter.tgz.sigstore.json'),
        },
        '/release/greeter.tgz',
      ),
  },
  {
    what: 'in an archive at a URL',
    file: 'plugin.sigstore.json',
    build: async (_, bundle) =>
      served({ '/greeter.tgz': await tarball({ ...FILES, ...text(bundle, 'plugin.sigstore.json') }) }, '/greeter.tgz'),
  },
  {
    what: 'beside a module at a URL',
    file: 'mod.ts.sigstore.json',
    build: async (_, bundle) =>
      served(
        { '/mod.ts': ONE_FILE, '/plugin.json': manifest('greeter'), ...text(bundle, '/mod.ts.sigstore.json') },
        '/mod.ts',
      ),
  },
  {
    what: 'in a folder of a repository',
    file: 'plugin.sigstore.json',
    async build(place, bundle) {
      const folder = join(place.folder.path, 'git');
      const repository = await createRepository(folder);
      await repository.commit(below('sub/', { ...FILES, ...text(bundle, 'plugin.sigstore.json') }));
      const server = await serveGit(folder);
      return { source: `git+${server.url}/repo/.git#main:sub`, server };
    },
  },
  {
    what: 'in an archive of a registry',
    file: 'plugin.sigstore.json',
    build: (_, bundle) => registry(bundle, true),
  },
  {
    what: 'beside an archive of a registry',
    file: 'greeter-1.0.0.tgz.sigstore.json',
    build: (_, bundle) => registry(bundle, false),
  },
];

const trust = `trust: { require: signed, publishers: { acme: { keys: ["${acme.publicKey.text}"] }, labs: { keys: ["${labs.publicKey.text}"] } } }`;

async function bundleOf(each: Case, by = acme): Promise<string> {
  await using place = await workspace('plugins: {}\n');
  const { source, more = '', server } = await each.build(place, undefined);
  await using _ = server ?? NOTHING;
  await place.folder.write({ 'plugins.yaml': `plugins: {}\n${more}` });
  const { entry } = await (await place.loader()).identify(source, { signature: 'ignore' });
  const { name, version } = entry.metadata;
  return signRelease({ name, version, integrity: entry.integrity }, by.privateKey);
}

const NOTHING: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };

async function configure(place: Workspace, { source, more = '' }: Stand): Promise<void> {
  await place.folder.write({
    'plugins.yaml': `plugins: { greeter: { enabled: true, source: "${source}" } }\n${trust}\n${more}`,
  });
}

describe.each(CASES)('a signature $what', (each) => {
  it('is found, kept, found again where the store is gone, and needs no network', async () => {
    await using place = await workspace('plugins: {}\n');
    const stand = await each.build(place, await bundleOf(each));
    await using server = stand.server ?? NOTHING;
    await configure(place, stand);
    await (await place.loader()).lockAll();
    const entry = (await readLock(place.lockFile)).plugins['greeter'];
    expect(entry).toMatchObject({ signer: acme.publicKey.id, signature: { file: each.file, publisher: 'acme' } });
    expect(Object.keys(entry?.modules ?? {}).join()).not.toContain('sigstore');
    expect(await (await place.loader()).lockAll()).toMatchObject([{ kind: 'unchanged' }]);
    await rm(place.cacheDir, { recursive: true });
    const fetched = await (await place.loader()).fetchAll();
    expect([...fetched.refused.values()]).toEqual([]);
    await server[Symbol.asyncDispose]();
    const { ready, refused } = await (await place.loader({ offline: true })).prepare();
    expect([[...ready.keys()], [...refused.values()]]).toEqual([['greeter'], []]);
  });

  it('is refused where it is absent, another, or changed', async () => {
    const bundle = await bundleOf(each);
    const forged = changed(bundle, (json) => {
      json.dsseEnvelope.signatures = [{ sig: Buffer.alloc(64).toString('base64'), keyid: '' }];
    });
    for (const [given, code] of [
      [undefined, 'ERR_POLICY'],
      [forged, 'ERR_SIGNATURE'],
      ['{}', 'ERR_SIGNATURE'],
    ] as const) {
      await using place = await workspace('plugins: {}\n');
      const stand = await each.build(place, given);
      await using _ = stand.server ?? NOTHING;
      await configure(place, stand);
      await expect((await place.loader()).lockAll()).rejects.toMatchObject({ code, exitCode: 3 });
    }
  });
});

describe('signatures in two places', () => {
  it('the one beside an archive goes first', async () => {
    const [first, second] = [CASES[0], CASES[1]] as readonly [Case, Case];
    const [beside, inside] = [await bundleOf(first, labs), await bundleOf(second)];
    await using place = await workspace('plugins: {}\n');
    await second.build(place, inside);
    await place.folder.write({ 'greeter.tgz.sigstore.json': beside });
    await configure(place, { source: './greeter.tgz' });
    await (await place.loader()).lockAll();
    expect((await readLock(place.lockFile)).plugins['greeter']?.signer).toBe(labs.publicKey.id);
  });

  it('a server that fails is no answer: nothing is locked by another signature', async () => {
    const inside = await bundleOf(CASES[4] as Case);
    await using server = await serve({
      '/greeter.tgz': await tarball({ ...FILES, 'plugin.sigstore.json': inside }),
      '/greeter.tgz.sigstore.json': (_, response) => void response.writeHead(400).end(),
    });
    await using place = await workspace('plugins: {}\n');
    await configure(place, { source: `${server.url}/greeter.tgz` });
    await expect((await place.loader()).lockAll()).rejects.toMatchObject({ code: 'ERR_SOURCE_FETCH' });
  });
});
