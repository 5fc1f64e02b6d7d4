import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { withSigner } from '../../src/lock/entry.ts';
import type { LockChange } from '../../src/loader/types.ts';
import { formatLock } from '../../src/lock/format.ts';
import { readLock } from '../../src/lock/read.ts';
import { signRelease } from '../../src/trust/sign.ts';
import { createRepository, serveGit } from '../support/git-server.ts';
import { serve } from '../support/http-server.ts';
import { tarball } from '../support/tarball.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { ownSigstore } from '../trust/own-sigstore.ts';
import { changed, keys, type Keys } from '../trust/support.ts';
import { localPlugin, manifest, workspace, type Workspace } from './support.ts';

const acme = keys();
const labs = keys('p256');
const stranger = keys();

interface Policy {
  readonly require?: string;
  readonly more?: string;
  readonly plugins?: string;
  readonly publishers?: Readonly<Record<string, Keys>>;
}

function config({
  require = 'signed',
  more = '',
  plugins = 'plugins: {}',
  publishers = { acme },
}: Policy = {}): string {
  const list = Object.entries(publishers).map(
    ([name, { publicKey }]) => `    ${name}: { keys: ["${publicKey.text}"] }\n`,
  );
  const known = list.length === 0 ? '' : `  publishers:\n${list.join('')}`;
  return `${plugins}\ntrust:\n  require: ${require}\n${known}${more}`;
}

const GREETER = 'plugins:\n  greeter: { enabled: true, source: ./greeter }';

async function reconfigure(place: Workspace, text: string): Promise<void> {
  await place.folder.write({ 'plugins.yaml': text });
}

/** Signs a folder of the workspace as `aitbc plugin sign` does, or for another name, version or bytes. */
async function signFolder(
  place: Workspace,
  by: Keys,
  options: { readonly name?: string; readonly version?: string; readonly folder?: string; readonly file?: string } = {},
): Promise<string> {
  const folder = options.folder ?? 'greeter';
  const { entry } = await (await place.loader()).identify(`./${folder}`, { signature: 'ignore' });
  const { name, version } = { ...entry.metadata, ...options };
  const bundle = await signRelease({ name, version, integrity: entry.integrity }, by.privateKey);
  await place.folder.write({ [`${folder}/${options.file ?? 'plugin.sigstore.json'}`]: bundle });
  return bundle;
}

/** The files of a signed plugin, to be served in any way. */
async function signedFiles(
  by: Keys = acme,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, string>> {
  await using place = await workspace('plugins: {}\n', localPlugin('greeter', more));
  const bundle = await signFolder(place, by);
  const own = Object.entries(localPlugin('greeter', more)).map(([path, text]) => [path.replace('greeter/', ''), text]);
  return { ...(Object.fromEntries(own) as Record<string, string>), 'plugin.sigstore.json': bundle };
}

const refusalOf = async (place: Workspace, name = 'greeter') => {
  const { ready, refused } = await (await place.loader()).prepare();
  expect([...ready.keys()]).toEqual([]);
  return refused.get(name);
};

describe('add() of a signed plugin', () => {
  it('locks who signed a folder, and puts it into the group of its signer', async () => {
    await using place = await workspace(config(), localPlugin('greeter'));
    await signFolder(place, acme);
    await (await place.loader()).add('./greeter');
    const entry = (await readLock(place.lockFile)).plugins['greeter'];
    expect(entry).toMatchObject({
      signer: acme.publicKey.id,
      signature: { file: 'plugin.sigstore.json', publisher: 'acme' },
    });
    expect(Object.keys(entry?.modules ?? {})).not.toContain('plugin.sigstore.json');
    const { ready } = await (await place.loader()).prepare();
    expect(ready.get('greeter')?.group).toBe(`signer:${acme.publicKey.id}`);
    expect(await (await place.loader()).list()).toMatchObject([{ signer: acme.publicKey.id, publisher: 'acme' }]);
    expect(await (await place.loader()).info('greeter')).toMatchObject({ signer: acme.publicKey.id });
  });

  it('finds the signature of a module beside it, under its name', async () => {
    await using place = await workspace(config(), localPlugin('greeter'));
    await signFolder(place, acme, { file: 'mod.ts.sigstore.json' });
    await (await place.loader()).add('./greeter/mod.ts');
    expect((await readLock(place.lockFile)).plugins['greeter']?.signature?.file).toBe('mod.ts.sigstore.json');
    expect((await (await place.loader()).prepare()).ready.size).toBe(1);
  });

  it.each(['mod.ts.sigstore.json', 'plugin.sigstore.json'])(
    'finds the signature of a URL at %s, and needs no network again',
    async (file) => {
      const { 'plugin.sigstore.json': bundle = '', ...files } = await signedFiles();
      const server = await serve(
        Object.fromEntries(Object.entries({ ...files, [file]: bundle }).map(([path, text]) => [`/p/${path}`, text])),
      );
      await using place = await workspace(config());
      await (await place.loader()).add(`${server.url}/p/mod.ts`);
      await server.close();
      const { ready, refused } = await (await place.loader({ offline: true })).prepare();
      expect([...refused.values()]).toEqual([]);
      expect(ready.get('greeter')?.lock.signature?.file).toBe(file);
    },
  );

  it('finds the signature in an archive, and in the folder of a repository', async () => {
    const files = await signedFiles();
    await using server = await serve({ '/greeter.tgz': await tarball(files) });
    await using place = await workspace(config());
    await (await place.loader()).add(`${server.url}/greeter.tgz`);

    const repository = await createRepository(join(place.folder.path, 'git'));
    await repository.commit(Object.fromEntries(Object.entries(files).map(([path, text]) => [`sub/${path}`, text])));
    await using git = await serveGit(join(place.folder.path, 'git'));
    await (await place.loader()).add(`git+${git.url}/repo/.git#main:sub`, { name: 'second' });

    const { plugins } = await readLock(place.lockFile);
    expect(plugins['greeter']?.signer).toBe(acme.publicKey.id);
    expect(plugins['second']?.signer).toBe(acme.publicKey.id);
    expect(plugins['second']?.integrity).toBe(plugins['greeter']?.integrity);
    // The store is gone: everything comes again from what the lock names.
    await rm(place.cacheDir, { recursive: true });
    expect((await (await place.loader()).fetchAll()).ready.size).toBe(2);
    expect((await (await place.loader({ offline: true })).prepare()).ready.size).toBe(2);
  });

  it('takes an identity that a given trusted root vouches for', async () => {
    await using sigstore = await ownSigstore();
    const identity = { issuer: 'https://token.example', subject: 'release@acme.example' };
    const more = `    ci:\n      identities: [{ issuer: "${identity.issuer}", subject: "${identity.subject}" }]\n  trusted_root: ./root.json\n`;
    await using place = await workspace(config({ more }), {
      ...localPlugin('greeter'),
      'root.json': sigstore.trustedRoot,
    });
    const { entry } = await (await place.loader()).identify('./greeter', { signature: 'ignore' });
    const { name, version } = entry.metadata;
    await place.folder.write({
      'greeter/plugin.sigstore.json': await sigstore.sign({ name, version, integrity: entry.integrity }, identity),
    });
    await (await place.loader({ offline: true })).add('./greeter');
    const { ready } = await (await place.loader({ offline: true })).prepare();
    expect(ready.get('greeter')?.group).toBe('signer:identity:https://token.example#release@acme.example');
  });

  it('refuses what is required and absent, before anything of it is built', async () => {
    await using place = await workspace(config(), {
      'greeter/plugin.json': manifest('greeter', { interfaces: ['cli'] }),
      'greeter/mod.ts': 'export default {};\n',
    });
    await expect((await place.loader()).add('./greeter')).rejects.toMatchObject({
      code: 'ERR_POLICY',
      exitCode: 3,
      plugin: './greeter',
      details: { expected: 'signed by a publisher of trust.publishers', actual: 'no signature' },
      hint: expect.stringContaining('trust.require') as string,
    });
    await expect(readFile(place.lockFile)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('runs no code to ask what a plugin is before its signature was found right', async () => {
    // Without a manifest: the sandbox of these tests throws when it is asked for.
    await using place = await workspace(config(), { 'greeter/mod.ts': 'export default {};\n' });
    await expect((await place.loader()).add('./greeter')).rejects.toMatchObject({ code: 'ERR_POLICY' });
    await place.folder.write({
      'greeter/mod.ts.sigstore.json': await signRelease(
        { name: 'greeter', version: '1.0.0', integrity: `sha256:${'0'.repeat(64)}` },
        acme.privateKey,
      ),
    });
    await expect((await place.loader()).add('./greeter')).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it('refuses a wrong signature even where none is required', async () => {
    await using place = await workspace(config({ require: 'none' }), localPlugin('greeter'));
    await signFolder(place, acme, { version: '9.9.9' });
    await expect((await place.loader()).add('./greeter')).rejects.toMatchObject({
      code: 'ERR_SIGNATURE',
      details: { expected: 'greeter@9.9.9', actual: 'greeter@1.0.0', module: 'plugin.sigstore.json' },
    });
    await signFolder(place, acme, { name: 'other' });
    await expect((await place.loader()).add('./greeter')).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
    await signFolder(place, acme);
    await place.folder.write({ 'greeter/lib/util.ts': '// changed\nexport const greet = String;\n' });
    await expect((await place.loader()).add('./greeter')).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it('refuses the signature of another plugin by the same publisher', async () => {
    await using place = await workspace(config(), { ...localPlugin('greeter'), ...localPlugin('other') });
    const bundle = await signFolder(place, acme, { folder: 'other' });
    await place.folder.write({ 'greeter/plugin.sigstore.json': bundle });
    await expect((await place.loader()).add('./greeter')).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it('takes a stranger for nobody: refused where a signature is required, told where not', async () => {
    await using place = await workspace(config(), localPlugin('greeter'));
    await signFolder(place, stranger);
    await expect((await place.loader()).add('./greeter')).rejects.toMatchObject({
      code: 'ERR_SIGNATURE',
      details: { actual: `signed by the key "${stranger.publicKey.id}"` },
    });
    await reconfigure(place, config({ require: 'none' }));
    const logger = recordingLogger();
    await (await place.loader({ logger })).add('./greeter');
    expect((await readLock(place.lockFile)).plugins['greeter']).not.toHaveProperty('signer');
    expect(logger.lines.join('\n')).toContain('a signature counts for nothing');
  });

  it('asks for no signature where nobody is trusted and none is required', async () => {
    const files = await signedFiles();
    await using server = await serve(
      Object.fromEntries(Object.entries(files).map(([path, text]) => [`/${path}`, text])),
    );
    await using place = await workspace('plugins: {}\n');
    await (await place.loader()).add(`${server.url}/mod.ts`);
    expect(server.requests.map(({ path }) => path).filter((path) => path.includes('sigstore'))).toEqual([]);
  });

  it('takes a server that fails for no answer, not for no signature', async () => {
    const { 'plugin.sigstore.json': _, ...files } = await signedFiles();
    await using server = await serve({
      ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`/${path}`, text])),
      '/mod.ts.sigstore.json': (__, response) => void response.writeHead(400).end(),
    });
    await using place = await workspace(config({ require: 'none' }));
    await expect((await place.loader()).add(`${server.url}/mod.ts`)).rejects.toMatchObject({
      code: 'ERR_SOURCE_FETCH',
    });
  });
});

describe('prepare() of a signed plugin', () => {
  async function locked(policy: Policy = {}): Promise<Workspace> {
    const place = await workspace(config({ plugins: GREETER, ...policy }), localPlugin('greeter'));
    await signFolder(place, acme);
    await (await place.loader()).lockAll();
    return place;
  }

  it.each<[what: string, tamper: (place: Workspace) => Promise<void>]>([
    ['is missing', (place) => rm(join(place.folder.path, 'greeter/plugin.sigstore.json'))],
    [
      'changed by a byte',
      async (place) => {
        const file = join(place.folder.path, 'greeter/plugin.sigstore.json');
        await writeFile(file, `${await readFile(file, 'utf8')} `);
      },
    ],
    ['is another right one', async (place) => void (await signFolder(place, labs))],
  ])('refuses a plugin whose signature %s', async (_, tamper) => {
    await using place = await locked({ publishers: { acme, labs } });
    await tamper(place);
    expect(await refusalOf(place)).toMatchObject({
      code: 'ERR_SIGNATURE',
      plugin: 'greeter',
      hint: expect.stringContaining('aitbc plugin update greeter') as string,
      details: { module: 'plugin.sigstore.json' },
    });
  });

  it('verifies the bundle itself again, not only that it is the one that was locked', async () => {
    await using place = await locked();
    const lock = await readLock(place.lockFile);
    const entry = lock.plugins['greeter'];
    if (entry?.signature === undefined) throw new Error('it is not signed');
    const file = join(place.folder.path, 'greeter/plugin.sigstore.json');
    const forged = changed(await readFile(file, 'utf8'), (json) => {
      json.dsseEnvelope.signatures = [{ sig: Buffer.alloc(64).toString('base64'), keyid: '' }];
    });
    await writeFile(file, forged);
    const next = withSigner(entry, {
      signer: acme.publicKey.id,
      signature: { ...entry.signature, digest: digestOf(forged) },
    });
    await writeFile(place.lockFile, formatLock({ ...lock, plugins: { greeter: next } }));
    expect(await refusalOf(place)).toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it('refuses a lock that names another signer than the bundle has', async () => {
    await using place = await locked({ publishers: { acme, labs } });
    const lock = await readLock(place.lockFile);
    const entry = lock.plugins['greeter'];
    if (entry?.signature === undefined) throw new Error('it is not signed');
    const next = withSigner(entry, { signer: labs.publicKey.id, signature: entry.signature });
    await writeFile(place.lockFile, formatLock({ ...lock, plugins: { greeter: next } }));
    expect(await refusalOf(place)).toMatchObject({
      code: 'ERR_SIGNATURE',
      details: { expected: `signed by ${labs.publicKey.id}`, actual: `signed by ${acme.publicKey.id}` },
    });
  });

  it('refuses what was signed by somebody whom the config does not trust any more', async () => {
    await using place = await locked();
    await reconfigure(place, config({ plugins: GREETER, require: 'none', publishers: {} }));
    expect(await refusalOf(place)).toMatchObject({
      code: 'ERR_SIGNATURE',
      details: { expected: `signed by ${acme.publicKey.id}` },
    });
  });

  it('starts what was locked without a signer, until the config asks for one', async () => {
    await using place = await workspace(`${GREETER}\n`, localPlugin('greeter'));
    await (await place.loader()).lockAll();
    const text = await readFile(place.lockFile, 'utf8');
    expect(text).not.toContain('sign');
    expect((await (await place.loader()).prepare()).ready.has('greeter')).toBe(true);
    await reconfigure(place, config({ plugins: GREETER, require: 'none' }));
    expect((await (await place.loader()).prepare()).ready.has('greeter')).toBe(true);
    await reconfigure(place, config({ plugins: GREETER }));
    expect(await refusalOf(place)).toMatchObject({
      code: 'ERR_POLICY',
      hint: expect.stringContaining('aitbc plugin update greeter') as string,
    });
  });

  it('starts nothing of what is signed wrongly, and all the rest', async () => {
    const plugins = `${GREETER}\n  other: { enabled: true, source: ./other, require: none }`;
    await using place = await workspace(config({ plugins }), { ...localPlugin('greeter'), ...localPlugin('other') });
    await signFolder(place, acme);
    await (await place.loader()).lockAll();
    await rm(join(place.folder.path, 'greeter/plugin.sigstore.json'));
    const { ready, refused } = await (await place.loader()).prepare();
    expect([...ready.keys()]).toEqual(['other']);
    expect([...refused.keys()]).toEqual(['greeter']);
    const report = await (await place.loader()).verify();
    expect([...report.verified.keys()]).toEqual(['other']);
    expect(report.refused.get('greeter')?.code).toBe('ERR_SIGNATURE');
  });

  it('says which key of the config is wrong', async () => {
    await using place = await locked();
    await reconfigure(place, `${GREETER}\ntrust: { publishers: { acme: { keys: [./nowhere.pub] } } }\n`);
    expect(await refusalOf(place)).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('trust.publishers.acme.keys[0]') as string,
    });
  });
});

describe('update() and lockAll() of a signed plugin', () => {
  const version = (text: string) => ({ 'greeter/plugin.json': manifest('greeter', { version: text }) });
  async function locked(policy: Policy = {}): Promise<Workspace> {
    const place = await workspace(config({ plugins: GREETER, require: 'none', ...policy }), localPlugin('greeter'));
    await signFolder(place, acme);
    await (await place.loader()).lockAll();
    return place;
  }
  const unsign = async (place: Workspace) => {
    await place.folder.write(version('1.1.0'));
    await rm(join(place.folder.path, 'greeter/plugin.sigstore.json'));
  };

  it('takes a new version with the same trust, also with another key of the same publisher', async () => {
    await using place = await locked();
    await place.folder.write(version('1.1.0'));
    await signFolder(place, acme);
    await (await place.loader()).update(['greeter']);
    await reconfigure(place, config({ plugins: GREETER, require: 'none', publishers: { acme: labs } }));
    await signFolder(place, labs);
    await (await place.loader()).update(['greeter']);
    expect((await readLock(place.lockFile)).plugins['greeter']?.signer).toBe(labs.publicKey.id);
  });

  it('refuses a version that is not signed any more, and writes nothing', async () => {
    await using place = await locked();
    const before = await readFile(place.lockFile, 'utf8');
    await unsign(place);
    const loader = await place.loader();
    for (const work of [
      () => loader.update(),
      () => loader.update(undefined, { acceptLessTrust: async () => ' ' }),
      () => loader.lockAll(),
      () => loader.add('./greeter'),
    ]) {
      await expect(work()).rejects.toMatchObject({
        code: 'ERR_POLICY',
        plugin: 'greeter',
        details: { expected: `acme (${acme.publicKey.id})`, actual: 'not signed' },
        hint: expect.stringContaining('exceptions') as string,
      });
    }
    expect(await readFile(place.lockFile, 'utf8')).toBe(before);
  });

  it('tells of less trust in a dry run and a check, and refuses nothing there', async () => {
    await using place = await locked();
    await unsign(place);
    const loader = await place.loader();
    const less = { state: 'it is not signed any more', before: `acme (${acme.publicKey.id})`, after: 'not signed' };
    expect(await loader.update(undefined, { dryRun: true })).toMatchObject([{ lessTrust: less }]);
    expect(await loader.lockAll({ check: true })).toMatchObject([{ lessTrust: less }]);
  });

  it('writes the reason that is given into the config, before the lock', async () => {
    await using place = await locked();
    await unsign(place);
    const config = join(place.folder.path, 'plugins.yaml');
    const [text, lock] = [await readFile(config, 'utf8'), await readFile(place.lockFile, 'utf8')];
    const asked: string[] = [];
    const acceptLessTrust = async ({ name }: LockChange): Promise<string> => {
      asked.push(name);
      return 'Ada looked at it';
    };
    const loader = await place.loader();
    await loader.update(undefined, { acceptLessTrust, confirm: async () => false });
    expect([await readFile(config, 'utf8'), await readFile(place.lockFile, 'utf8')]).toEqual([text, lock]);
    await loader.update(undefined, { acceptLessTrust });
    expect(asked).toEqual(['greeter', 'greeter']);
    const written = await readFile(config, 'utf8');
    expect(written.startsWith(text.trimEnd())).toBe(true);
    const ends = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    expect(written.slice(text.trimEnd().length)).toMatch(
      new RegExp(`exceptions:\\s+- plugin: greeter\\s+reason: Ada looked at it\\s+expires: ${ends}`),
    );
    // The config is one that is read again, and its exception counts.
    expect((await (await place.loader()).prepare()).ready.size).toBe(1);
    expect(await (await place.loader()).lockAll()).toMatchObject([{ kind: 'unchanged' }]);
  });

  it.each([
    ['${HOME}', 'has ${…} in it'],
    ['one\ntwo', 'is more than one line'],
    ['x'.repeat(1_001), 'has more than 1000 characters'],
  ])('refuses a reason that the config would not take: %j', async (reason, state) => {
    await using place = await locked();
    await unsign(place);
    const before = await readFile(place.lockFile, 'utf8');
    await expect((await place.loader()).update(undefined, { acceptLessTrust: async () => reason })).rejects.toThrow(
      state,
    );
    expect(await readFile(place.lockFile, 'utf8')).toBe(before);
  });

  it('refuses a version by another publisher', async () => {
    await using place = await locked({ publishers: { acme, labs } });
    await place.folder.write(version('1.1.0'));
    await signFolder(place, labs);
    await expect((await place.loader()).update()).rejects.toMatchObject({
      code: 'ERR_POLICY',
      details: { actual: `labs (${labs.publicKey.id})` },
    });
  });

  const exceptionFor = (plugin: string, expires: string) =>
    config({
      plugins: GREETER,
      require: 'none',
      more: `  exceptions: [{ plugin: ${plugin}, reason: moved house, expires: "${expires}" }]\n`,
    });

  it('lets an exception pass', async () => {
    await using place = await locked();
    await unsign(place);
    await reconfigure(place, exceptionFor('greeter', '2999-01-01'));
    await (await place.loader()).update();
    expect((await readLock(place.lockFile)).plugins['greeter']).not.toHaveProperty('signer');
    // What was locked goes on when its exception has ended.
    await reconfigure(place, exceptionFor('greeter', '2020-01-01'));
    expect((await (await place.loader()).prepare()).ready.size).toBe(1);
  });

  it.each([
    ['2020-01-01', 'greeter'],
    ['2999-01-01', 'other'],
  ])('refuses by an exception until %s for "%s"', async (expires, plugin) => {
    await using place = await locked();
    await unsign(place);
    await reconfigure(place, exceptionFor(plugin, expires));
    await expect((await place.loader()).update()).rejects.toMatchObject({ code: 'ERR_POLICY' });
  });

  it('signs up a plugin that was locked unsigned, as soon as its config asks for it', async () => {
    const files = await signedFiles();
    await using server = await serve(
      Object.fromEntries(Object.entries(files).map(([path, text]) => [`/${path}`, text])),
    );
    const plugins = `plugins:\n  greeter: { enabled: true, source: "${server.url}/mod.ts" }`;
    await using place = await workspace(`${plugins}\n`);
    await (await place.loader()).lockAll();
    await reconfigure(place, config({ plugins }));
    expect(await (await place.loader()).lockAll()).toMatchObject([{ kind: 'changed' }]);
    expect((await readLock(place.lockFile)).plugins['greeter']?.signer).toBe(acme.publicKey.id);
    expect(await (await place.loader()).lockAll()).toMatchObject([{ kind: 'unchanged' }]);
  });
});

describe('namespaces', () => {
  const more = '  namespaces: { "greet*": [labs] }\n';
  it.each([
    ['by its own name', {}],
    ['by the name it is given', { name: 'greeting' }],
  ])('must be signed by their publishers, %s', async (_, options) => {
    const plugin = 'name' in options ? 'neutral' : 'greeter';
    await using place = await workspace(
      config({ require: 'none', publishers: { acme, labs }, more }),
      localPlugin(plugin),
    );
    await expect((await place.loader()).add(`./${plugin}`, options)).rejects.toMatchObject({ code: 'ERR_POLICY' });
    await signFolder(place, acme, { folder: plugin });
    await expect((await place.loader()).add(`./${plugin}`, options)).rejects.toMatchObject({
      code: 'ERR_POLICY',
      details: { expected: 'signed by labs', actual: 'signed by acme' },
    });
    await signFolder(place, labs, { folder: plugin });
    await (await place.loader()).add(`./${plugin}`, options);
    expect((await (await place.loader()).prepare()).ready.size).toBe(1);
  });
});
