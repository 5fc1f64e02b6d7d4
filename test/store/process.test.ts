import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../src/core/digest.ts';
import { openStore } from '../../src/store/store.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { run } from '../support/run.ts';
import { temporaryFolder } from '../support/temp.ts';
import { BWRAP, hasTool } from '../support/tools.ts';

const sealed = hasTool(...BWRAP);

const WRITER = new URL('../support/store-writer.ts', import.meta.url).pathname;

/** Digests that the writer said it had stored before it was killed. */
async function writeAndKill(cacheDir: string, kind: string, size: number, delay: number): Promise<Digest[]> {
  const child = spawn(process.execPath, [WRITER, cacheDir, kind, String(size)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const first = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await first;
  await new Promise((resolve) => setTimeout(resolve, delay));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  return text.split('\n').slice(0, -1) as Digest[];
}

async function stored(cacheDir: string, kind: string): Promise<{ digest: Digest; path: string }[]> {
  const root = join(cacheDir, 'v1', kind);
  const shelves = await readdir(root);
  const all = await Promise.all(
    shelves.map(async (shelf) =>
      (await readdir(join(root, shelf))).map((name) => ({
        digest: `sha256:${shelf}${name}` as Digest,
        path: join(root, shelf, name),
      })),
    ),
  );
  return all.flat();
}

describe('a process that is killed while it stores', () => {
  it('leaves whole blobs and whole builds, and all that it had confirmed', async () => {
    await using folder = await temporaryFolder();
    const confirmed: [kind: 'blobs' | 'builds', digest: Digest][] = [];
    for (let round = 0; round < 8; round += 1) {
      const kind = round % 2 === 0 ? 'blobs' : 'builds';
      const digests = await writeAndKill(folder.path, kind, 200_000, Math.random() * 80);
      confirmed.push(...digests.map((digest) => [kind, digest] as [typeof kind, Digest]));
    }
    for (const { digest, path } of await stored(folder.path, 'blobs'))
      expect(digestOf(await readFile(path))).toBe(digest);
    const logger = recordingLogger();
    const store = openStore({ cacheDir: folder.path, logger });
    for (const { digest } of await stored(folder.path, 'builds')) {
      expect(digestOf((await store.builds.get(digest)) ?? '')).toBe(digest);
    }
    for (const [kind, digest] of confirmed) expect(await store[kind].get(digest)).not.toBe(undefined);
    expect(confirmed.length).toBeGreaterThanOrEqual(8);
    expect(logger.lines).toEqual([]);
  });
});

describe('a store on a full disk', () => {
  it.runIf(sealed)('says so, and leaves no half file', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'small'));
    const small = [
      '--dev-bind',
      '/',
      '/',
      '--size',
      '1048576',
      '--tmpfs',
      join(folder.path, 'small'),
      '--die-with-parent',
    ];
    // The writer ends when the disk is full; what it left is looked at from inside, where the small disk is.
    const look = `"$0" "$@"; find ${folder.path}/small -type f -size -100k ! -name build.key; ls -A ${folder.path}/small/v1/tmp`;
    const result = await run('bwrap', [
      ...small,
      'sh',
      '-c',
      look,
      process.execPath,
      WRITER,
      join(folder.path, 'small'),
      'blobs',
      '200000',
    ]);
    expect(JSON.parse(result.stderr)).toMatchObject({
      code: 'ERR_STORE',
      message: expect.stringContaining('no space is left on the device') as string,
      hint: expect.stringContaining('Free some space') as string,
    });
    const lines = result.stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines.every((line) => line.startsWith('sha256:'))).toBe(true);
  });
});

describe('a read-only store', () => {
  it.runIf(sealed)('reads, and leaves out what it cannot write, saying so once', async () => {
    await using folder = await temporaryFolder();
    const bytes = Buffer.from('one');
    await openStore({ cacheDir: folder.path }).blobs.put(bytes, digestOf(bytes));
    const script = `
      import { openStore } from ${JSON.stringify(new URL('../../src/store/store.ts', import.meta.url).href)};
      import { digestOf } from ${JSON.stringify(new URL('../../src/core/digest.ts', import.meta.url).href)};
      const lines = [];
      const store = openStore({ cacheDir: process.argv[1], logger: { log: (level, text) => lines.push(text) } });
      const other = Buffer.from('two');
      await store.blobs.put(other, digestOf(other));
      await store.builds.put(digestOf(other), other);
      await store.http.put('https://a.example/', { digest: digestOf(other) }, other);
      console.log(JSON.stringify({
        readOnly: store.readOnly,
        one: Buffer.from(await store.blobs.get(digestOf('one'))).toString(),
        two: (await store.blobs.get(digestOf(other))) === undefined,
        lines,
      }));`;
    const arguments_ = [
      '--ro-bind',
      '/',
      '/',
      '--dev',
      '/dev',
      '--proc',
      '/proc',
      process.execPath,
      '--input-type=module',
      '-e',
      script,
    ];
    const { status, stdout, stderr } = await run('bwrap', [...arguments_, folder.path]);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      readOnly: true,
      one: 'one',
      two: true,
      lines: ['the cache is read-only: nothing is added to it'],
    });
  });

  it('may not exist at all', async () => {
    await using folder = await temporaryFolder();
    const logger = recordingLogger();
    const store = openStore({ cacheDir: join(folder.path, 'a', 'b'), readOnly: true, logger });
    await store.blobs.put(Buffer.from('x'), digestOf('x'));
    expect(await store.blobs.get(digestOf('x'))).toBe(undefined);
    expect(await readdir(folder.path)).toEqual([]);
    expect(logger.lines).toHaveLength(1);
  });
});
