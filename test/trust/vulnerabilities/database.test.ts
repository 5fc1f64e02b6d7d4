import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import { createHttpClient } from '../../../src/source/http/client.ts';
import { openDatabase } from '../../../src/trust/vulnerabilities/database/open.ts';
import { updateDatabase, type UpdateDatabaseOptions } from '../../../src/trust/vulnerabilities/database/update.ts';
import { openVulnerabilitySource } from '../../../src/trust/vulnerabilities/source.ts';
import type { Looked, PackageRef } from '../../../src/trust/vulnerabilities/types.ts';
import { rejected } from '../../support/errors.ts';
import { serve } from '../../support/http-server.ts';
import { LODASH, MINIMIST, ndjson, OTHER, record } from '../../support/osv.ts';
import { fetchConfig } from '../../support/source-context.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temp.ts';
import { zip, type ZipEntry } from '../../support/zip.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const at = (name: string): string => join(folder.path, name);
const update = async (sources: readonly string[], more: Partial<UpdateDatabaseOptions> = {}) => {
  const clients: { close(): Promise<void> }[] = [];
  try {
    return await updateDatabase({
      sources,
      cacheDir: folder.path,
      allowInsecure: [],
      http: async () => {
        const client = createHttpClient({ config: fetchConfig, logger: silentLogger });
        clients.push(client);
        return client;
      },
      ...more,
    });
  } finally {
    for (const client of clients) await client.close();
  }
};
const ref = (name: string, version: string, ecosystem = 'npm'): PackageRef => ({
  purl: `${name}@${version}`,
  ecosystem,
  name,
  version,
});
const look = async (name: string, version: string, ecosystem?: string): Promise<Looked | undefined> => {
  const database = await openDatabase(folder.path);
  const one = ref(name, version, ecosystem);
  return (await database?.look([one]))?.get(one.purl);
};
const ids = (looked: Looked | undefined): readonly string[] =>
  looked !== undefined && 'hits' in looked ? looked.hits.map(({ advisory }) => advisory.id) : ['?'];
const asZip = (records: readonly { readonly id: string }[]): ZipEntry[] =>
  records.map((item) => ({ name: `${item.id}.json`, content: JSON.stringify(item) }));

describe('updateDatabase()', () => {
  const forms: readonly (readonly [string, () => Promise<string>])[] = [
    [
      'a zip archive',
      async () => (
        await writeFile(at('all.zip'), zip([{ name: 'README.md', content: 'x' }, ...asZip([LODASH, OTHER])])),
        at('all.zip')
      ),
    ],
    ['one record a line', async () => (await writeFile(at('a.ndjson'), ndjson([LODASH, OTHER])), at('a.ndjson'))],
    ['a list', async () => (await writeFile(at('a.json'), JSON.stringify([LODASH, OTHER])), at('a.json'))],
    [
      'a folder and those in it',
      async () => {
        await folder.write({
          'osv/a/b/1.json': JSON.stringify(LODASH),
          'osv/2.json': JSON.stringify(OTHER),
          'osv/NOTES': 'x',
        });
        return at('osv');
      },
    ],
  ];
  it.each(forms)('imports %s', async (_, make) => {
    const info = await update([await make()]);
    expect(info).toMatchObject({ records: 2, withdrawn: 0, ecosystems: { npm: 2 }, newest: LODASH['modified'] });
    expect(ids(await look('lodash', '4.17.20'))).toEqual(['GHSA-35jh-r3h4-6jhm']);
    expect(ids(await look('lodash', '4.17.21'))).toEqual([]);
    expect(ids(await look('nobody-knows-it', '1.0.0'))).toEqual([]);
  });

  it('imports what a server has, and several sources together; the newest of one id counts', async () => {
    const withdrawn = { ...LODASH, withdrawn: '2026-01-01T00:00:00Z', modified: new Date().toISOString() };
    await using server = await serve({ '/npm/all.zip': zip(asZip([MINIMIST, LODASH])) });
    await folder.write({ 'more.json': JSON.stringify(withdrawn) });
    const info = await update([`${server.url}/npm/all.zip`, at('more.json')]);
    expect(info).toMatchObject({ records: 2, withdrawn: 1 });
    expect(ids(await look('lodash', '4.17.20'))).toEqual([]);
    expect(ids(await look('minimist', '1.2.5'))).toEqual(['GHSA-xvch-5gv4-984h']);
    expect((await readdir(at('osv'))).filter((name) => name.startsWith('download-'))).toEqual([]);
  });

  it('is not as new as a record from the future says', async () => {
    await folder.write({ 'a.ndjson': ndjson([OTHER, { ...LODASH, modified: '2999-01-01T00:00:00Z' }]) });
    expect((await update([at('a.ndjson')])).newest).toBe(OTHER['modified']);
  });

  it.each([
    ['a name that leads out', zip([{ name: '../x.json', content: '{}' }]), 'ERR_ARCHIVE_UNSAFE'],
    ['an absolute name', zip([{ name: '/etc/x.json', content: '{}' }]), 'ERR_ARCHIVE_UNSAFE'],
    [
      'a bomb',
      zip(
        Array.from({ length: 12 }, (_, index) => ({
          name: `${index}.json`,
          content: JSON.stringify(LODASH) + ' '.repeat(15 * 2 ** 20),
        })),
      ),
      'ERR_ARCHIVE_UNSAFE',
    ],
    ['one enormous record', zip([{ name: 'a.json', content: Buffer.alloc(17 * 2 ** 20, 32) }]), 'ERR_ARCHIVE_UNSAFE'],
    [
      'a record that is larger than it says',
      zip([{ name: 'a.json', content: JSON.stringify(LODASH), lies: { size: 20 } }]),
      'ERR_ARCHIVE_UNSAFE',
    ],
    [
      'a record that is smaller than it says',
      zip([{ name: 'a.json', content: '{}', lies: { size: 9_000 } }]),
      'ERR_ARCHIVE_UNSAFE',
    ],
    [
      'a size that leads past the end',
      zip([{ name: 'a.json', content: '{}', lies: { compressedSize: 900_000 } }]),
      'ERR_ARCHIVE_UNSAFE',
    ],
    ['more entries than are there', zip(asZip([LODASH]), { count: 60_000 }), 'ERR_ARCHIVE_UNSAFE'],
    ['an unknown compression', zip([{ name: 'a.json', content: '{}', lies: { method: 99 } }]), 'ERR_ARCHIVE_UNSAFE'],
    ['an archive that was cut', zip(asZip([LODASH, OTHER])).subarray(0, 300), 'ERR_ARCHIVE_UNSAFE'],
    ['no record', zip([{ name: 'README.md', content: 'x' }]), 'ERR_SOURCE_FETCH'],
    [
      'one record that is no JSON among others',
      zip([...asZip([OTHER]), { name: 'x.json', content: '{' }]),
      'ERR_SOURCE_FETCH',
    ],
    [
      'one record without an id among others',
      zip([...asZip([OTHER]), { name: 'x.json', content: '{"modified":"2026-01-01T00:00:00Z"}' }]),
      'ERR_SOURCE_FETCH',
    ],
    ['what is no text', Buffer.from([0xff, 0xfe, 0, 1]), 'ERR_SOURCE_FETCH'],
    ['nested without end', Buffer.from(`[${'['.repeat(200_000)}`), 'ERR_SOURCE_FETCH'],
    ['an HTML page', Buffer.from('<!doctype html><p>Sign in'), 'ERR_SOURCE_FETCH'],
  ])('refuses %s, and leaves the database as it was', async (_, bytes, code) => {
    await folder.write({ 'good.ndjson': ndjson([LODASH]), 'bad.zip': bytes });
    await update([at('good.ndjson')]);
    const before = await readFile(at('osv/current.json'), 'utf8');
    const error = await rejected(update([at('good.ndjson'), at('bad.zip')]));
    expect(error.code).toBe(code);
    expect(await readFile(at('osv/current.json'), 'utf8')).toBe(before);
    expect(ids(await look('lodash', '4.17.20'))).toEqual(['GHSA-35jh-r3h4-6jhm']);
    expect(await readdir(at('osv'))).toHaveLength(2);
  });

  it.each([
    ['answers 404', '/none', 'ERR_SOURCE_NOT_FOUND'],
    ['ends in the middle', '/cut', 'ERR_SOURCE_FETCH'],
  ])('refuses a server that %s, and leaves nothing behind', async (_, path, code) => {
    await using server = await serve({
      '/cut': (_request, response) => {
        response.writeHead(200, { 'content-length': '9000' });
        response.write(zip(asZip([LODASH])));
        setTimeout(() => response.destroy(), 20);
      },
    });
    expect((await rejected(update([`${server.url}${path}`]))).code).toBe(code);
    expect(await readdir(at('osv'))).toEqual([]);
  });

  it('asks over plain http: on this machine alone, and no URL with a password', async () => {
    expect((await rejected(update(['http://osv.example/all.zip']))).message).toContain(
      'plain http: is allowed to loopback alone',
    );
    expect((await rejected(update(['https://me:secret@osv.example/all.zip']))).code).toBe('ERR_USAGE');
  });
});

describe('openDatabase()', () => {
  it('knows none where none was imported', async () => {
    expect(await openDatabase(folder.path)).toBeUndefined();
  });

  it('says so where an ecosystem is not in it, and where a record cannot be understood', async () => {
    await folder.write({ 'a.ndjson': ndjson([record('GHSA-odd', 'odd', [{ introduced: 'soon' }])]) });
    await update([at('a.ndjson')]);
    expect(await look('serde', '1.0.0', 'crates.io')).toEqual({ why: 'the local database has nothing of crates.io' });
    expect(await look('odd', '1.0.0')).toMatchObject({ hits: [{ why: 'soon is no semantic version' }] });
  });

  it.each(['cut', 'changed', 'gone'])('tells a part that was %s from a package without advisories', async (how) => {
    await folder.write({ 'a.ndjson': ndjson([LODASH]) });
    await update([at('a.ndjson')]);
    const { generation } = JSON.parse(await readFile(at('osv/current.json'), 'utf8')) as { generation: string };
    const [shard = ''] = (await readdir(at(`osv/${generation}`))).filter((name) => name.endsWith('.ndjson'));
    const file = at(`osv/${generation}/${shard}`);
    if (how === 'cut') await truncate(file, 10);
    else if (how === 'changed') await writeFile(file, '');
    else await rm(file);
    expect(await look('lodash', '4.17.20')).toMatchObject({
      why: expect.stringContaining('the local database cannot be read') as string,
    });
  });

  it.each([
    ['no JSON', 'x'],
    ['another layout', '{"layout":2}'],
    ['a generation elsewhere', '{"layout":1,"generation":"../../etc"}'],
    ['null', 'null'],
  ])('as a source, says that it is damaged with %s in its pointer', async (_, text) => {
    await folder.write({ 'osv/current.json': text });
    const source = await openVulnerabilitySource({
      config: { cacheDir: folder.path, fetch: fetchConfig },
      offline: false,
      http: () => Promise.reject(new Error('not asked')),
    });
    expect(source.state).toMatchObject({ kind: 'none', why: expect.stringContaining('cannot be read') as string });
    expect([...(await source.look([ref('a', '1.0.0')])).values()]).toMatchObject([
      { why: expect.any(String) as string },
    ]);
  });
});
