import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checksumOf } from '../../src/lock/integrity.ts';
import { formatLock } from '../../src/lock/format.ts';
import { readLock } from '../../src/lock/read.ts';
import type { LockEntry } from '../../src/lock/types.ts';
import { signRelease } from '../../src/trust/sign.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { indexEntry, indexOf, pluginFiles, type IndexEntry } from '../support/registry.ts';
import { tarball } from '../support/tarball.ts';
import { below } from '../support/registry.ts';
import { manifest, workspace } from '../loader/support.ts';
import { keys } from '../trust/support.ts';

/**
 * A pull request that edits plugins.lock.json and nothing else, its sums made right. Signatures are required of everything but what comes
 * from the registry "inside".
 */
const acme = keys();
let server: TestServer;
let entries: ReadonlyMap<string, LockEntry>;

const config = (source: string): string => `registries:
  - { name: outside, url: "${server.url}/outside/index.json" }
  - { name: inside, url: "${server.url}/inside/index.json" }
trust:
  require: signed
  publishers: { acme: { keys: ["${acme.publicKey.text}"] } }
  sources: { "${server.url}/inside/": none }
plugins: { greeter: { enabled: true, source: "${source}" } }
`;

/** An archive, signed by acme where `signed`. */
async function archive(name: string, version: string, signed: boolean): Promise<Uint8Array> {
  const files = pluginFiles(name, version);
  if (!signed) return tarball(files);
  await using place = await workspace('plugins: {}\n', below(`${name}/`, files));
  const { entry } = await (await place.loader()).identify(`./${name}`, { signature: 'ignore' });
  const bundle = await signRelease({ name, version, integrity: entry.integrity }, acme.privateKey);
  return tarball({ ...files, 'plugin.sigstore.json': bundle });
}

beforeAll(async () => {
  server = await serve({ '/mod.ts': 'export default 1;\n', '/plugin.json': manifest('greeter', { version: '2.0.0' }) });
  const shelf = { outside: [] as IndexEntry[], inside: [] as IndexEntry[] };
  const wanted = [
    ['outside', 'greeter', '2.0.0', true],
    ['outside', 'greeter', '1.0.0', true],
    ['outside', 'other', '2.0.0', true],
    ['inside', 'greeter', '2.0.0', false],
  ] as const;
  for (const [registry, name, version, signed] of wanted) {
    const bytes = await archive(name, version, signed);
    const at = `${name}-${version}.tgz`;
    server.routes[`/${registry}/${at}`] = bytes;
    shelf[registry].push(indexEntry(name, version, { bytes, at }));
  }
  for (const registry of ['outside', 'inside'] as const)
    server.routes[`/${registry}/index.json`] = indexOf(shelf[registry]);
  const made = new Map<string, LockEntry>();
  const sources = [
    ...wanted.map(([registry, name, version]) => `registry:${registry}/${name}@${version}`),
    `${server.url}/mod.ts`,
  ];
  for (const source of sources) {
    await using place = await workspace(config(source).replace('require: signed', 'require: none'));
    await (await place.loader()).lockAll();
    const entry = (await readLock(place.lockFile)).plugins['greeter'];
    if (entry !== undefined) made.set(source, entry);
  }
  entries = made;
});
afterAll(() => server.close());

/** Of the plugin that the entry makes of `greeter`, whose source the config has: whether it would run, and why not. */
async function outcome(source: string, from: string, change: Partial<LockEntry> = {}) {
  const { checksum: _, ...entry } = { ...entryOf(from), source, ...change };
  const edited = { ...entry, checksum: checksumOf(entry) };
  await using place = await workspace(config(source), {
    'plugins.lock.json': formatLock({ lockfileVersion: 1, plugins: { greeter: edited } }),
  });
  const { ready, refused } = await (await place.loader()).prepare();
  const relocked = await (
    await place.loader({ frozen: false })
  )
    .lockAll({ check: true })
    .catch((error: unknown) => error);
  return { ready: [...ready.keys()], refused: refused.get('greeter')?.code, relocked };
}

function entryOf(source: string): LockEntry {
  const entry = entries.get(source);
  if (entry === undefined) throw new Error(`nothing was locked of ${source}`);
  return entry;
}

const OUTSIDE = 'registry:outside/greeter@^2.0.0';

describe('a lock whose entry was replaced', () => {
  it('runs with the entry that its source gives', async () => {
    expect(await outcome(OUTSIDE, 'registry:outside/greeter@2.0.0')).toMatchObject({
      ready: ['greeter'],
      relocked: [{ kind: 'unchanged' }],
    });
    expect(await outcome('registry:inside/greeter', 'registry:inside/greeter@2.0.0')).toMatchObject({
      ready: ['greeter'],
    });
  });

  it.each([
    ['by an unsigned one of a registry that needs no signature', OUTSIDE, 'registry:inside/greeter@2.0.0'],
    ['by an older version, signed and out of the range', OUTSIDE, 'registry:outside/greeter@1.0.0'],
    ['by another plugin of the same publisher', OUTSIDE, 'registry:outside/other@2.0.0'],
  ])('does not run it: %s', async (_, source, from) => {
    const { ready, refused, relocked } = await outcome(source, from);
    expect({ ready, refused }).toEqual({ ready: [], refused: 'ERR_LOCK_OUTDATED' });
    // And locking does not find it right.
    expect(relocked).not.toMatchObject([{ kind: 'unchanged' }]);
  });

  it('does not run what claims to come from a registry that needs no signature', async () => {
    const source = `${server.url}/mod.ts`;
    expect(await outcome(source, source)).toMatchObject({ ready: [], refused: 'ERR_POLICY' });
    const { registry } = entryOf('registry:inside/greeter@2.0.0');
    expect(await outcome(source, source, registry === undefined ? {} : { registry })).toMatchObject({
      ready: [],
      refused: 'ERR_LOCK_OUTDATED',
    });
  });
});
