import { createGzip, gzipSync } from 'node:zlib';
import { tar, tarball, type TarEntry } from '../support/tarball.ts';
import { goodModule, hostileCli, type CliCase, type Stage } from './cli-harness.ts';

const whole = { header: { name: 'package/index.ts' }, content: goodModule('p') } satisfies TarEntry;

/** From the server, so that all of the download is under way too. */
const served =
  (make: () => Promise<Uint8Array>) =>
  async (stage: Stage): Promise<string[]> => {
    stage.server.routes['/p.tgz'] = await make();
    return ['plugin', 'add', `${stage.server.url}/p.tgz`, '--yes'];
  };

const holding = (...entries: readonly TarEntry[]) => served(() => tarball([whole, ...entries]));

const unsafe = (name: string, ...entries: readonly TarEntry[]): CliCase => ({
  name,
  plant: holding(...entries),
  fails: 'ERR_ARCHIVE_UNSAFE',
});

async function bomb(): Promise<Uint8Array> {
  const gzip = createGzip();
  const chunks: Uint8Array[] = [];
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
  gzip.write((await tar([{ header: { name: 'package/a.ts' }, content: '' }])).subarray(0, 512));
  for (let index = 0; index < 256; index += 1) gzip.write(Buffer.alloc(1_048_576));
  gzip.end();
  await new Promise((resolve) => gzip.on('end', resolve));
  return Buffer.concat(chunks);
}

const cases: CliCase[] = [
  unsafe('a symbolic link', { header: { name: 'package/x', type: 'symlink', linkname: '/etc/passwd' } }),
  unsafe(
    'a link, and a file written through it',
    { header: { name: 'package/x', type: 'symlink', linkname: '../../..' } },
    { header: { name: 'package/x/owned.txt' }, content: 'x' },
  ),
  unsafe('a hard link', { header: { name: 'package/x', type: 'link', linkname: '../secret.txt' } }),
  unsafe('a device', { header: { name: 'package/x', type: 'block-device' } }),
  unsafe('a FIFO', { header: { name: 'package/x', type: 'fifo' } }),
  unsafe('a name above the root', { header: { name: 'package/../../../owned.txt' }, content: 'x' }),
  unsafe('an absolute name', { header: { name: '/tmp/owned.txt' }, content: 'x' }),
  unsafe('a name of escape sequences', { header: { name: 'package/\u001b[2J\u009b1m\u202e.ts' }, content: 'x' }),
  unsafe('a name that a longer header makes another', {
    header: { name: 'package/x.ts', pax: { path: '../../owned.txt' } },
    content: 'x',
  }),
  unsafe('a manifest twice', { header: { name: 'package/index.ts' }, content: 'x' }),
  unsafe('names that differ in case', { header: { name: 'package/INDEX.ts' }, content: 'x' }),
  unsafe(
    'names that differ in Unicode form',
    { header: { name: 'package/é.ts' }, content: 'x' },
    { header: { name: 'package/e\u0301.ts' }, content: 'y' },
  ),
  { name: 'a gzip bomb', plant: served(bomb), fails: 'ERR_ARCHIVE_UNSAFE' },
  {
    name: 'more than may be unpacked',
    plant: async (stage) => {
      await stage.configure('fetch: { max_archive: 64KiB, retries: 0 }\n');
      return holding({ header: { name: 'package/x' }, content: 'x'.repeat(200_000) })(stage);
    },
    fails: 'ERR_SOURCE_TOO_LARGE',
  },
  {
    name: 'a hundred thousand entries',
    plant: served(() =>
      tarball(Array.from({ length: 100_000 }, (_, index) => ({ header: { name: `package/${index}` }, content: '' }))),
    ),
    fails: 'ERR_ARCHIVE_UNSAFE',
  },
  {
    name: 'only half of itself',
    plant: served(async () => gzipSync((await tar([whole])).subarray(0, 700))),
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'half of its gzip',
    plant: served(async () => (await tarball([whole])).subarray(0, 120)),
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'something else after its end',
    plant: served(async () => Buffer.concat([await tarball([whole]), Buffer.from('#!/bin/sh\nrm -rf /\n')])),
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'an entry that says it is larger than all disks',
    plant: served(async () => {
      const bytes = await tar([whole]);
      bytes.write('77777777777', 124);
      bytes.fill(' ', 148, 156);
      const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return gzipSync(bytes);
    }),
    fails: 'ERR_ARCHIVE_UNSAFE',
  },
  {
    name: 'a manifest that leads out',
    plant: holding({
      header: { name: 'package/plugin.json' },
      content: JSON.stringify({
        name: 'p',
        version: '1.0.0',
        description: 'x',
        author: 'x',
        license: 'MIT',
        entry: '../../secret.txt',
      }),
    }),
    fails: 'ERR_METADATA',
  },
  {
    name: 'install scripts, which are never run',
    plant: holding({
      header: { name: 'package/package.json' },
      content: JSON.stringify({ name: 'p', scripts: { preinstall: 'touch owned', postinstall: 'touch owned' } }),
    }),
    writes: true,
  },
  {
    name: 'other bytes than it was locked with',
    plant: async (stage) => {
      const args = await holding()(stage);
      await stage.aitbc(args);
      stage.server.routes['/p.tgz'] = await tarball([{ ...whole, content: goodModule('p').replace('pong', 'owned') }]);
      await stage.forget(goodModule('p'));
      return ['plugin', 'call', 'p', 'ping'];
    },
    fails: 'ERR_INTEGRITY',
  },
];

hostileCli('aitbc plugin add of an archive that holds', cases);
