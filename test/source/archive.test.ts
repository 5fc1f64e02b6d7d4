import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { unpack } from '../../src/source/archive/unpack.ts';
import { openOrigin } from '../../src/source/open.ts';
import { rejected } from '../support/errors.ts';
import { sourceContext } from '../support/source-context.ts';
import { tar, tarball, type TarEntry } from '../support/tarball.ts';
import { temporaryFolder } from '../support/temp.ts';

const limits = { maxBytes: 1_000_000, maxFileBytes: 100_000, maxEntries: 100 };
const names = async (bytes: Uint8Array): Promise<string[]> => [...(await unpack('p.tgz', bytes, limits)).keys()].sort();

describe('unpack() gives', () => {
  test('files, with folders and a leading ./ left out', async () => {
    const bytes = await tarball([
      { header: { name: './', type: 'directory' } },
      { header: { name: './lib', type: 'directory' } },
      { header: { name: './lib/a.ts' }, content: 'a' },
      { header: { name: './index.ts' }, content: 'i' },
      { header: { name: 'empty.ts' } },
    ]);
    expect(await names(bytes)).toEqual(['empty.ts', 'index.ts', 'lib/a.ts']);
  });

  test.each(['package', 'repo-1.2.0'])('what is in the single top folder %s', async (top) => {
    const bytes = await tarball({ [`${top}/plugin.json`]: '{}', [`${top}/src/index.ts`]: 'x' });
    expect(await names(bytes)).toEqual(['plugin.json', 'src/index.ts']);
  });

  test('a bare tar too, and long names and names beyond ASCII', async () => {
    const long = `${'very-'.repeat(30)}long/näme.ts`;
    expect(await names(await tar({ 'a.ts': '', [long]: 'x' }))).toEqual(['a.ts', long]);
  });
});

describe('unpack() refuses', () => {
  const hostile: readonly (readonly [name: string, entries: readonly TarEntry[], state: RegExp])[] = [
    ['..', [{ header: { name: '../evil.ts' } }], /"\.\.\/evil\.ts" leads out/],
    ['.. inside', [{ header: { name: 'a/../../evil.ts' } }], /leads out/],
    ['.. as a folder', [{ header: { name: 'a/..', type: 'directory' } }], /leads out/],
    ['an absolute path', [{ header: { name: '/etc/passwd' } }], /"\/etc\/passwd" has an absolute path/],
    ['a drive', [{ header: { name: 'C:evil.ts' } }], /absolute path/],
    ['a backslash', [{ header: { name: '..\\evil.ts' } }], /backslash/],
    [
      'a symbolic link',
      [{ header: { name: 'a.ts', type: 'symlink', linkname: '/etc/passwd' } }],
      /"a\.ts" is a symbolic link/,
    ],
    ['a hard link', [{ header: { name: 'a.ts', type: 'link', linkname: 'b.ts' } }], /hard link/],
    ['a FIFO', [{ header: { name: 'a.ts', type: 'fifo' } }], /of type "fifo"/],
    ['a device', [{ header: { name: 'a.ts', type: 'character-device' } }], /of type "character-device"/],
    [
      'a name twice',
      [
        { header: { name: 'a.ts' }, content: '1' },
        { header: { name: 'a.ts' }, content: '2' },
      ],
      /name of another/,
    ],
    ['a name twice through ./', [{ header: { name: 'a.ts' } }, { header: { name: './a.ts' } }], /name of another/],
    [
      'names that differ in case',
      [{ header: { name: 'a.ts' } }, { header: { name: 'A.ts' } }],
      /"A\.ts" has the name of another/,
    ],
    ['folders that hide a file', [{ header: { name: 'lib' } }, { header: { name: 'LIB/a.ts' } }], /below a file/],
    ['a file in place of a folder', [{ header: { name: 'lib/a.ts' } }, { header: { name: 'lib' } }], /name of another/],
    [
      'names that differ in Unicode form',
      [{ header: { name: 'é.ts' } }, { header: { name: 'e\u0301.ts' } }],
      /name of another/,
    ],
    [
      'names that differ in ß',
      [{ header: { name: 'strasse.ts' } }, { header: { name: 'straße.ts' } }],
      /name of another/,
    ],
    ['a NUL', [{ header: { name: 'x', pax: { path: 'a.ts\0.png' } } }], /NUL/],
    ['a line feed', [{ header: { name: 'a\nb.ts' } }], /control character/],
    ['a device of Windows', [{ header: { name: 'lib/NUL.ts' } }], /device/],
    ['a stream of Windows', [{ header: { name: 'a.ts:hidden' } }], /not every file system/],
    ['a dot at the end', [{ header: { name: 'a.ts.' } }], /ends with a dot/],
    ['an empty part', [{ header: { name: 'a//b.ts' } }], /empty part/],
    [
      'a file named as a folder',
      [{ header: { name: 'a/', type: 'file' }, content: 'x' }],
      /name of a folder|folder with content/,
    ],
    ['a large file', [{ header: { name: 'a.ts' }, content: 'x'.repeat(100_001) }], /larger than 100000 bytes/],
  ];
  test.each(hostile)('%s', async (_name, entries, state) => {
    const error = await rejected(unpack('p.tgz', await tarball(entries), limits));
    expect(error.code).toBe('ERR_ARCHIVE_UNSAFE');
    expect(error.message).toMatch(state);
    expect(error.details['entry']).toBeTypeOf('string');
  });

  test('a folder that carries content, which would be read as headers', async () => {
    const bytes = await tar([{ header: { name: 'lib', type: 'directory' } }]);
    bytes.write('00000001000', 124);
    let sum = 256;
    bytes.fill(' ', 148, 156);
    sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect(await rejected(unpack('p.tgz', bytes, limits))).toMatchObject({ code: 'ERR_ARCHIVE_UNSAFE' });
  });

  test('too many entries', async () => {
    const files = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`f${index}.ts`, '']));
    expect(await rejected(unpack('p.tgz', await tarball(files), limits))).toMatchObject({ code: 'ERR_ARCHIVE_UNSAFE' });
  });

  test('more bytes than allowed, together', async () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}.ts`, 'x'.repeat(90_000)]));
    expect(await rejected(unpack('p.tgz', await tarball(files), limits))).toMatchObject({
      code: expect.stringMatching(/ERR_SOURCE_TOO_LARGE|ERR_ARCHIVE_UNSAFE/),
    });
  });

  test('a gzip bomb, long before it is through', async () => {
    const gzip = createGzip();
    const chunks: Uint8Array[] = [];
    gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
    const header = await tar([{ header: { name: 'a.ts' }, content: '' }]);
    gzip.write(header.subarray(0, 512));
    for (let index = 0; index < 512; index++) gzip.write(Buffer.alloc(1024 * 1024));
    gzip.end();
    await new Promise((resolve) => gzip.on('end', resolve));
    const before = process.memoryUsage().rss;
    const wide = { maxBytes: 10 ** 9, maxFileBytes: 10 ** 9, maxEntries: 100 };
    const error = await rejected(unpack('p.tgz', Buffer.concat(chunks), wide));
    expect(error).toMatchObject({ code: 'ERR_ARCHIVE_UNSAFE', message: expect.stringContaining('bomb') });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  test.each([
    ['what is no archive', async () => Buffer.from('export default 1'), /not a gzip-compressed tar/],
    ['gzip of something else', async () => gzipSync('export default 1;'.repeat(100)), /damaged|too early/],
    ['a truncated gzip', async () => (await tarball({ 'a.ts': 'x'.repeat(5_000) })).subarray(0, 60), /too early/],
    [
      'a truncated tar',
      async () => gzipSync((await tar({ 'a.ts': 'x'.repeat(5_000) })).subarray(0, 2_000)),
      /too early/,
    ],
  ])('%s', async (_name, make, state) => {
    const error = await rejected(unpack('p.tgz', await make(), limits));
    expect(error.code).toBe('ERR_SOURCE_FETCH');
    expect(error.message).toMatch(state);
  });
});

test('openOrigin() opens an archive on disk, and nothing is written', async () => {
  await using folder = await temporaryFolder({
    'p.tgz': await tarball({ 'package/index.ts': 'i', 'package/b.json': '{}' }),
  });
  const origin = await openOrigin('./p.tgz', sourceContext(folder.path, { offline: true }));
  expect(origin).toMatchObject({ entry: 'index.ts', resolved: './p.tgz', base: undefined });
  expect(await origin.list?.()).toEqual(['b.json', 'index.ts']);
  expect(Buffer.from((await origin.read('b.json')).bytes).toString()).toBe('{}');
  await origin.close();
});
