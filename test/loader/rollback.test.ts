import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recall } from '../../src/lock/history.ts';
import { readLock } from '../../src/lock/read.ts';
import { formatReviewFile } from '../../src/trust/reviews/file.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { bundles } from '../trust/reviews/support.ts';
import { keys } from '../trust/support.ts';
import { manifest, workspace, type Workspace } from './support.ts';

const files = (version: string, more: Readonly<Record<string, unknown>> = {}) => ({
  '/p/plugin.json': manifest('greeter', { version, ...more }),
  '/p/mod.ts': `export default { version: '${version}' };\n`,
});

/** Locked to 1.0.0, then to 1.1.0. */
async function updated(more: Readonly<Record<string, unknown>> = {}): Promise<{
  readonly place: Workspace;
  readonly server: TestServer;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const server = await serve(files('1.0.0', more));
  const place = await workspace(`plugins:\n  greeter: { enabled: true, source: "${server.url}/p/mod.ts" }`);
  await (await place.loader()).lockAll();
  Object.assign(server.routes, files('1.1.0'));
  await (await place.loader()).update();
  return {
    place,
    server,
    async [Symbol.asyncDispose]() {
      await server.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

const version = async (place: Workspace) => (await readLock(place.lockFile)).plugins['greeter']?.metadata.version;

describe('rollback()', () => {
  it('locks what was locked before, without the network, and forward again', async () => {
    await using shop = await updated();
    const { place, server } = shop;
    await server.close();
    const change = await (await place.loader({ offline: true })).rollback('greeter');
    expect(change).toMatchObject({ kind: 'changed', modules: { changed: ['mod.ts', 'plugin.json'] } });
    expect(await version(place)).toBe('1.0.0');
    expect((await (await place.loader({ offline: true })).prepare()).ready.get('greeter')?.lock.metadata.version).toBe(
      '1.0.0',
    );
    await (await place.loader({ offline: true })).rollback('greeter', { to: '1.1.0' });
    expect(await version(place)).toBe('1.1.0');
  });

  it('shows it, and writes nothing, on a dry run or when nobody confirms', async () => {
    await using shop = await updated();
    const before = await readLock(shop.place.lockFile);
    await (await shop.place.loader()).rollback('greeter', { dryRun: true });
    await (await shop.place.loader()).rollback('greeter', { confirm: () => Promise.resolve(false) });
    expect(await readLock(shop.place.lockFile)).toEqual(before);
  });

  it('refuses bytes that can be had no more, and leaves the lock as it was', async () => {
    await using shop = await updated();
    await rm(join(shop.place.cacheDir), { recursive: true });
    await expect((await shop.place.loader()).rollback('greeter')).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    expect(await version(shop.place)).toBe('1.1.0');
  });

  it('asks the policy of today', async () => {
    await using shop = await updated();
    const { place } = shop;
    await place.folder.write({
      'plugins.yaml': `plugins:\n  greeter: { enabled: true, source: "${shop.server.url}/p/mod.ts" }\ntrust: { require: signed }`,
    });
    await expect((await place.loader()).rollback('greeter')).rejects.toMatchObject({ code: 'ERR_POLICY' });
  });

  it.each([
    ['frozen', undefined, 'the lock is frozen'],
    ['to a version that was never locked', '2.0.0', 'It was locked to 1.0.0'],
  ])('refuses %s', async (what, to, text) => {
    await using shop = await updated();
    const loader = await shop.place.loader({ frozen: what === 'frozen' });
    const error = await loader.rollback('greeter', to === undefined ? {} : { to }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_USAGE' });
    expect(`${(error as Error).message} ${(error as { hint: string }).hint}`).toContain(text);
  });

  it('refuses a plugin that was locked once, has another source by now, or lies on this machine', async () => {
    await using shop = await updated();
    const { place, server } = shop;
    await rm(join(place.folder.path, '.aitbc'), { recursive: true });
    await expect((await place.loader()).rollback('greeter')).rejects.toThrow('it was locked to nothing else');
    await place.folder.write({ 'here/plugin.json': manifest('greeter'), 'here/mod.ts': 'export default {};\n' });
    await (await place.loader()).add('./here', { name: 'greeter', replace: true });
    await expect((await place.loader()).rollback('greeter')).rejects.toThrow('its files are on this machine');
    Object.assign(server.routes, { '/q/plugin.json': manifest('greeter'), '/q/mod.ts': 'export default 1;\n' });
    await (await place.loader()).add(`${server.url}/q/mod.ts`, { name: 'greeter', replace: true });
    await expect((await place.loader()).rollback('greeter')).rejects.toThrow('another source then');
  });

  it('refuses what a reviewer has reported since, and what cannot be looked up though reviews are required', async () => {
    const alice = keys();
    await using shop = await updated();
    const { place, server } = shop;
    const former = (await recall(join(place.folder.path, '.aitbc'), 'greeter'))[0]?.entry;
    if (former === undefined) throw new Error('it was locked before');
    const policy = (from: string, require = '') => `plugins:
  greeter: { enabled: true, source: "${server.url}/p/mod.ts" }
trust:
  reviews: { from: ["${from}"], ${require}reviewers: { alice: { keys: ["${alice.publicKey.text}"] } } }
`;
    const said = {
      version: '1.0.0',
      expires: '2999-01-01',
      integrity: former.integrity,
      verdict: 'violation',
    } as const;
    await place.folder.write({
      'plugins.yaml': policy('./reviews'),
      'reviews/greeter.json': formatReviewFile(await bundles([alice, said])),
    });
    await expect((await place.loader()).rollback('greeter')).rejects.toThrow('alice reports a violation');
    server.routes['/reviews/greeter.json'] = (_, response) => void response.writeHead(500).end();
    const required = 'require: [{ criteria: [safe-to-run] }], ';
    await place.folder.write({ 'plugins.yaml': policy(`${server.url}/reviews/`, required) });
    await expect((await place.loader()).rollback('greeter')).rejects.toThrow('its reviews could not be checked');
    expect(await version(place)).toBe('1.1.0');
  });

  it('gives back no entry that somebody has edited', async () => {
    await using shop = await updated();
    const folder = join(shop.place.folder.path, '.aitbc/lock-history/greeter');
    await rm(folder, { recursive: true });
    await mkdir(folder);
    const { plugins } = await readLock(shop.place.lockFile);
    const edited = { ...plugins['greeter'], metadata: { ...plugins['greeter']?.metadata, version: '6.6.6' } };
    await writeFile(join(folder, 'x.lock.json'), JSON.stringify({ lockfileVersion: 1, plugins: { greeter: edited } }));
    await expect((await shop.place.loader()).rollback('greeter')).rejects.toThrow('it was locked to nothing else');
  });
});

describe('update()', () => {
  it('goes on, and says so, where what was locked before cannot be kept', async () => {
    await using shop = await updated();
    await rm(join(shop.place.folder.path, '.aitbc'), { recursive: true });
    await shop.place.folder.write({ '.aitbc': 'a file' });
    Object.assign(shop.server.routes, files('1.2.0'));
    const logger = recordingLogger();
    await (await shop.place.loader({ logger })).update();
    expect(await version(shop.place)).toBe('1.2.0');
    expect(logger.lines.join('\n')).toContain('it cannot be rolled back');
  });
});
