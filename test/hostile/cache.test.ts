import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { openStore, type StoreOptions } from '../../src/store/store.ts';
import type { Store } from '../../src/store/types.ts';
import { serve, type Handler } from '../support/http-server.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { indexEntry, indexOf, registryFiles } from '../support/registry.ts';
import { manifest, workspace, type Workspace } from '../loader/support.ts';

/** Puts what another host kept into the cache folder of this one: all but the key, which no attacker has. */
async function poison(place: Workspace, keep: (store: Store) => Promise<void>): Promise<void> {
  const options: StoreOptions = { cacheDir: join(place.folder.path, 'foreign') };
  await keep(openStore(options));
  await rm(join(options.cacheDir, 'v1/build.key'), { force: true });
  await cp(options.cacheDir, place.cacheDir, { recursive: true });
}

const GOOD = 'export default { good: true };\n';
const EVIL = 'export default { evil: true };\n';

describe('a cache folder that somebody else filled', () => {
  it('puts no index into the place of a registry, whatever serial it has', async () => {
    const files = await registryFiles([{ name: 'greeter', version: '1.0.0' }], { serial: 3 });
    await using server = await serve({
      '/index.json': files['index.json'] ?? '',
      '/greeter-1.0.0.tgz': files['greeter-1.0.0.tgz'] ?? '',
      '/evil.ts': EVIL,
    });
    const url = `${server.url}/index.json`;
    await using place = await workspace(`registries: [{ name: acme, url: "${url}" }]\nplugins: {}\n`);
    const bytes = Buffer.from(
      indexOf([indexEntry('greeter', '9.0.0', { bytes: EVIL, at: 'evil.ts' })], { serial: 1e15 }),
    );
    const seen = { bytes, base: url, fetched: new Date(), serial: 1e15 };
    await poison(place, (store) => store.indexes.put(url, seen));
    expect((await (await place.loader()).add('greeter')).change.after?.metadata.version).toBe('1.0.0');

    // Nor where the registry cannot be asked.
    await using offline = await workspace(`registries: [{ name: acme, url: "${url}" }]\nplugins: {}\n`);
    await poison(offline, (store) => store.indexes.put(url, seen));
    await expect((await offline.loader({ offline: true })).offers('greeter')).rejects.toMatchObject({
      code: 'ERR_OFFLINE',
    });
  });

  it('puts no bytes into the mouth of a server that says "not modified"', async () => {
    const conditional =
      (text: string): Handler =>
      (request, response) => {
        const same = request.headers['if-none-match'] === '"1"';
        response.writeHead(same ? 304 : 200, { etag: '"1"', 'content-type': 'application/typescript' });
        response.end(same ? undefined : text);
      };
    await using server = await serve({
      '/p/plugin.json': conditional(manifest('greeter')),
      '/p/mod.ts': conditional(GOOD),
    });
    const url = `${server.url}/p/mod.ts`;
    await using place = await workspace('plugins: {}\n');
    const answer = {
      etag: '"1"',
      lastModified: undefined,
      contentType: 'application/typescript',
      digest: digestOf(EVIL),
    };
    await poison(place, (store) => store.http.put(url, answer, Buffer.from(EVIL)));
    const { change } = await (await place.loader()).add(url);
    expect(change.after?.modules['mod.ts']).toBe(digestOf(GOOD));
  });

  it('is no loss for who filled it alone: an own index and own answers count', async () => {
    const { 'index.json': index = '', ...archives } = await registryFiles([{ name: 'greeter', version: '1.0.0' }], {
      serial: 3,
    });
    const routes = Object.fromEntries(Object.entries(archives).map(([path, bytes]) => [`/${path}`, bytes]));
    await using server = await serve({ ...routes, '/index.json': index });
    const logger = recordingLogger();
    await using place = await workspace(`registries: [{ name: acme, url: "${server.url}/index.json" }]\nplugins: {}\n`);
    expect((await (await place.loader()).offers('greeter')).releases).toHaveLength(1);
    delete server.routes['/index.json'];
    expect((await (await place.loader({ logger })).offers('greeter')).releases).toHaveLength(1);
    expect(logger.lines.join('\n')).toContain('its last good copy is used');
  });
});
