import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/core/digest.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { withReviews } from '../../src/lock/entry.ts';
import { formatLock } from '../../src/lock/format.ts';
import { readLock } from '../../src/lock/read.ts';
import { formatReviewFile } from '../../src/trust/reviews/file.ts';
import type { ReviewRecord } from '../../src/trust/reviews/record.ts';
import { signRelease } from '../../src/trust/sign.ts';
import { createRepository } from '../support/git-server.ts';
import { serve } from '../support/http-server.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { below, registryFiles } from '../support/registry.ts';
import { bundles, RECORD } from '../trust/reviews/support.ts';
import { keys, type Keys } from '../trust/support.ts';
import { localPlugin, PLUGIN, workspace, type Workspace } from './support.ts';

const alice = keys();
const bob = keys();
const acme = keys();

interface Policy {
  readonly require?: string;
  readonly reviewers?: Readonly<Record<string, Keys>>;
  readonly from?: string;
  readonly plugins?: string;
}

function config({
  require = '[{ plugins: [greeter], criteria: [safe-to-run] }]',
  reviewers = { alice, bob },
  from = './reviews',
  plugins = 'plugins: {}',
}: Policy = {}): string {
  const known = Object.entries(reviewers).map(
    ([name, { publicKey }]) => `      ${name}: { keys: ["${publicKey.text}"] }\n`,
  );
  return `${plugins}
trust:
  publishers: { acme: { keys: ["${acme.publicKey.text}"] } }
  reviews:
    from: ["${from}"]
    require: ${require}
    reviewers:
${known.join('')}`;
}

const GREETER = 'plugins:\n  greeter: { enabled: true, source: ./greeter }';

type Said = readonly (readonly [Keys, Partial<ReviewRecord>])[];

/** The file of reviews of `./greeter` as it is now. */
async function reviewed(place: Workspace, ...said: Said): Promise<string> {
  const { entry } = await (await place.loader()).identify('./greeter', { signature: 'ignore' });
  const { integrity } = entry;
  const what = said.map(
    ([by, change]) => [by, { version: '1.0.0', expires: '2999-01-01', integrity, ...change }] as const,
  );
  return formatReviewFile(await bundles(...what));
}

async function writeReviews(place: Workspace, ...said: Said): Promise<void> {
  await place.folder.write({ 'reviews/greeter.json': await reviewed(place, ...said) });
}

const added = async (place: Workspace) => (await place.loader()).add('./greeter');
const entryOf = async (place: Workspace) => (await readLock(place.lockFile)).plugins['greeter'];
const refusalOf = async (place: Workspace) => (await (await place.loader()).prepare()).refused.get('greeter');

describe('a place with thousands of wrong reviews', () => {
  it('tells a few of them, and how many more there are', async () => {
    await using place = await workspace(config({ require: '[]' }), localPlugin('greeter'));
    const wrong = Array.from({ length: 2_000 }, (_, index) => ({ index }));
    await place.folder.write({ 'reviews/greeter.json': JSON.stringify({ reviews: wrong }) });
    const logger = recordingLogger();
    await (await place.loader({ logger })).add('./greeter');
    const told = logger.lines.filter((line) => line.startsWith('warn'));
    expect(told).toHaveLength(6);
    expect(told.at(-1)).toContain('"more":1995');
  });
});

describe('add() of a plugin that must be reviewed', () => {
  it('locks the reviews it rests on; a run needs no place, and no review that is still good', async () => {
    await using place = await workspace(config(), localPlugin('greeter'));
    await writeReviews(
      place,
      [alice, { expires: new Date().toISOString().slice(0, 10) }],
      [bob, { criteria: ['pretty'] }],
    );
    await added(place);
    expect(Object.keys((await entryOf(place))?.reviews ?? {})).toHaveLength(1);
    await rm(join(place.folder.path, 'reviews'), { recursive: true });
    expect((await (await place.loader({ offline: true })).prepare()).ready.size).toBe(1);
  });

  it.each<[string, Said, string]>([
    ['nobody reviewed', [], 'is not reviewed for "safe-to-run" as trust.reviews.require[0] asks'],
    ['a stranger reviewed', [[keys(), {}]], 'is not reviewed'],
    [
      'was reviewed until yesterday',
      [[alice, { expires: '2020-01-01' }]],
      'alice looked at it, and that expired with 2020-01-01',
    ],
    [
      'has a violation beside a pass',
      [
        [alice, {}],
        [bob, { verdict: 'violation', notes: 'phones home' }],
      ],
      'bob reports a violation of safe-to-run in it: phones home',
    ],
    ['was reviewed as other bytes', [[alice, { integrity: RECORD.integrity }]], 'is not reviewed'],
  ])('refuses one that %s, and writes nothing', async (_, said, message) => {
    await using place = await workspace(config(), localPlugin('greeter'));
    await writeReviews(place, ...said);
    await expect(added(place)).rejects.toMatchObject({
      code: 'ERR_POLICY',
      message: expect.stringContaining(message) as string,
    });
    expect((await readLock(place.lockFile)).plugins).toEqual({});
  });

  it('does not count the publisher that signed it, under any name', async () => {
    await using place = await workspace(config({ reviewers: { someone: acme } }), localPlugin('greeter'));
    const { entry } = await (await place.loader()).identify('./greeter', { signature: 'ignore' });
    const release = { name: 'greeter', version: '1.0.0', integrity: entry.integrity };
    await place.folder.write({ 'greeter/plugin.sigstore.json': await signRelease(release, acme.privateKey) });
    await writeReviews(place, [acme, {}]);
    await expect(added(place)).rejects.toMatchObject({
      code: 'ERR_POLICY',
      message: expect.stringContaining('someone is its author') as string,
    });
  });

  it('asks for reviews by publisher, and of no other plugin', async () => {
    const require = '[{ publishers: [acme], criteria: [safe-to-run] }]';
    await using place = await workspace(config({ require }), localPlugin('greeter'));
    await added(place);
    const { integrity } = (await entryOf(place)) ?? {};
    const bundle = await signRelease(
      { name: 'greeter', version: '1.0.0', integrity: integrity as Digest },
      acme.privateKey,
    );
    await place.folder.write({ 'greeter/plugin.sigstore.json': bundle });
    await expect((await place.loader()).update(['greeter'])).rejects.toMatchObject({ code: 'ERR_POLICY' });
  });

  it('runs no code of a plugin without a manifest before its reviews were judged', async () => {
    await using place = await workspace(
      config({ plugins: 'plugins:\n  greeter: { enabled: true, source: ./mod.ts }' }),
      {
        'mod.ts': PLUGIN.replace("import { greet } from './lib/util.ts';", 'const greet = String;'),
      },
    );
    // The loader's sandbox throws when it is asked for.
    await expect((await place.loader()).lockAll()).rejects.toMatchObject({ code: 'ERR_POLICY' });
    await expect((await place.loader()).identify('./mod.ts')).rejects.toThrow('nothing may be run here');
    await place.folder.write({ 'plugins.yaml': config({ require: '[{ criteria: [safe-to-run] }]' }) });
    await expect((await place.loader()).identify('./mod.ts')).rejects.toMatchObject({
      code: 'ERR_POLICY',
      message: expect.stringContaining('no manifest') as string,
    });
  });
});

describe('places of reviews', () => {
  it('are read over http, too', async () => {
    await using place = await workspace(config(), localPlugin('greeter'));
    const server = await serve({ '/r/greeter.json': await reviewed(place, [alice, {}]) });
    await place.folder.write({ 'plugins.yaml': config({ from: `${server.url}/r/` }) });
    await added(place);
    await server.close();
    expect((await (await place.loader({ offline: true })).prepare()).ready.size).toBe(1);
  });

  it.each<[string, (text: string) => string | undefined]>([
    ['does not answer', () => undefined],
    ['gives half a file', (text) => text.slice(0, -20)],
  ])('that %s are no place without a violation', async (_, spoil) => {
    await using place = await workspace(config({ require: '[]' }), localPlugin('greeter'));
    const spoilt = spoil(await reviewed(place, [alice, { verdict: 'violation' }]));
    const server = await serve(spoilt === undefined ? {} : { '/r/greeter.json': spoilt });
    if (spoilt === undefined) await server.close();
    await using _server = { [Symbol.asyncDispose]: () => server.close() };
    const from = `${server.url}/r/`;
    await place.folder.write({ 'plugins.yaml': config({ from }) });
    await expect(added(place)).rejects.toMatchObject({
      code: 'ERR_POLICY',
      message: expect.stringContaining('could not be checked') as string,
    });
    // Where nothing is required it is told, and goes on.
    await place.folder.write({ 'plugins.yaml': config({ from, require: '[]' }) });
    const logger = recordingLogger();
    await (await place.loader({ logger })).add('./greeter');
    expect(logger.lines.join('\n')).toContain('could not check the reviews');
  });

  it('that report a violation refuse the plugin where nothing is required', async () => {
    await using place = await workspace(config({ require: '[]' }), localPlugin('greeter'));
    await writeReviews(place, [bob, { verdict: 'violation' }]);
    await expect(added(place)).rejects.toMatchObject({ code: 'ERR_POLICY' });
  });
});

describe('a locked plugin', () => {
  it('is refused when reviews are asked for later, until `lock` finds them', async () => {
    await using place = await workspace(config({ require: '[]', plugins: GREETER }), localPlugin('greeter'));
    await (await place.loader()).lockAll();
    await place.folder.write({ 'plugins.yaml': config({ plugins: GREETER }) });
    expect(await refusalOf(place)).toMatchObject({
      code: 'ERR_POLICY',
      hint: expect.stringContaining('plugin lock greeter') as string,
    });
    await writeReviews(place, [alice, {}]);
    await (await place.loader()).lockAll();
    expect((await (await place.loader()).prepare()).ready.size).toBe(1);
  });

  it('is refused when its reviewer is taken out of the config', async () => {
    await using place = await workspace(config({ plugins: GREETER }), localPlugin('greeter'));
    await writeReviews(place, [alice, {}]);
    await (await place.loader()).lockAll();
    await place.folder.write({ 'plugins.yaml': config({ plugins: GREETER, reviewers: { bob } }) });
    expect(await refusalOf(place)).toMatchObject({ code: 'ERR_POLICY' });
  });

  it.each<[string, (reviews: Record<Digest, JsonObject>) => Promise<Record<Digest, JsonObject>>]>([
    ['taken out', () => Promise.resolve({})],
    ['of other bytes', async () => Object.fromEntries(await bundles([alice, { expires: '2999-01-01' }]))],
    ['by a stranger', async () => Object.fromEntries(await bundles([keys(), { expires: '2999-01-01' }]))],
  ])('is refused with reviews %s in a lock whose checksum was made right', async (_, forge) => {
    await using place = await workspace(config({ plugins: GREETER }), localPlugin('greeter'));
    await writeReviews(place, [alice, {}]);
    await (await place.loader()).lockAll();
    const lock = await readLock(place.lockFile);
    const entry = lock.plugins['greeter'];
    if (entry === undefined) throw new Error('it is locked');
    const forged = withReviews(entry, await forge({ ...entry.reviews }));
    await writeFile(place.lockFile, formatLock({ ...lock, plugins: { greeter: forged } }));
    expect(await refusalOf(place)).toMatchObject({ code: 'ERR_POLICY' });
  });

  it('has one line in the lock for each review', async () => {
    await using place = await workspace(
      config({ plugins: GREETER, require: '[{ criteria: [safe-to-run], reviewers: 2 }]' }),
      localPlugin('greeter'),
    );
    await writeReviews(place, [alice, {}], [bob, {}]);
    await (await place.loader()).lockAll();
    const text = await readFile(place.lockFile, 'utf8');
    expect(text.split('\n').filter((line) => line.includes('dsseEnvelope'))).toHaveLength(2);
  });
});

describe('reviews beside the index of a registry', () => {
  const inRegistry = (url: string, extra = ''): string =>
    `registries: [{ name: own, url: "${url}" }]\n${config({ from: './none' })}${extra}`;

  /** A registry with `greeter`, reviewed by alice; the place its files are put into says where it is. */
  async function registry(): Promise<Record<string, string | Uint8Array>> {
    const files = await registryFiles([{ name: 'greeter', version: '1.0.0' }]);
    await using place = await workspace('registries: [./registry]\nplugins: {}\n', below('registry/', files));
    const { entry } = await (await place.loader()).identify('greeter');
    const review = await bundles([alice, { version: '1.0.0', integrity: entry.integrity, expires: '2999-01-01' }]);
    return { ...files, 'reviews/greeter.json': formatReviewFile(review) };
  }

  it('are read in a folder, on a server and in a repository, and are not asked for at a start', async () => {
    const files = await registry();
    const server = await serve(below('/reg/', files));
    await using place = await workspace(inRegistry('./registry'), below('registry/', files));
    const repository = await createRepository(place.folder.path);
    await repository.commit(below('reg/', files));
    for (const url of ['./registry', `${server.url}/reg/`, `git+file://${repository.path}#main:reg`]) {
      await place.folder.write({ 'plugins.yaml': inRegistry(url) });
      await (await place.loader()).add('greeter@1.0.0', { replace: true, rebind: true });
      expect(Object.keys((await entryOf(place))?.reviews ?? {})).toHaveLength(1);
    }
    await server.close();
    expect((await (await place.loader({ offline: true })).prepare()).ready.size).toBe(1);
  });

  it('that cannot be read refuse a plugin that must be reviewed', async () => {
    const { 'reviews/greeter.json': reviews = '', ...files } = await registry();
    await using server = await serve({
      ...below('/reg/', files),
      '/reg/reviews/greeter.json': (_, response) => void response.writeHead(503).end(String(reviews)),
    });
    await using place = await workspace(inRegistry(`${server.url}/reg/`));
    await expect((await place.loader()).add('greeter')).rejects.toMatchObject({
      code: 'ERR_POLICY',
      message: expect.stringContaining('could not be checked') as string,
    });
  });
});
