import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../src/core/digest.ts';
import { openStore } from '../../src/store/store.ts';
import { recordingLogger } from '../support/recording-logger.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'store-'));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

const bytes = Buffer.from('export const x = 1;\n');
const digest = digestOf(bytes);
const file = (kind: string, id: Digest) => join(cacheDir, 'v1', kind, id.slice(7, 9), id.slice(9));

describe('blobs.get() and put()', () => {
  it('returns what was put, and undefined for what was not', async () => {
    const { blobs } = openStore({ cacheDir });
    expect(await blobs.get(digest)).toBe(undefined);
    await blobs.put(bytes, digest);
    expect(Buffer.from((await blobs.get(digest)) ?? [])).toEqual(bytes);
    expect(await readdir(join(cacheDir, 'v1', 'tmp'))).toEqual([]);
  });

  it('refuses bytes of another digest before it writes anything', async () => {
    const { blobs } = openStore({ cacheDir });
    await blobs.put(bytes, digest);
    const other = Buffer.from('evil');
    await expect(blobs.put(other, digest)).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      details: { expected: digest, actual: digestOf(other) },
    });
    expect(await readFile(file('blobs', digest))).toEqual(bytes);
    expect(await readdir(join(cacheDir, 'v1', 'tmp'))).toEqual([]);
  });

  it.each([0, 5, bytes.length - 1])('refuses a stored blob whose byte %i changed, and put heals it', async (place) => {
    const { blobs } = openStore({ cacheDir });
    await blobs.put(bytes, digest);
    const bad = Buffer.from(bytes);
    bad[place] = bad[place] === 0x20 ? 0x21 : 0x20;
    await writeFile(file('blobs', digest), bad);
    await expect(blobs.get(digest)).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      exitCode: 3,
      details: { expected: digest, actual: digestOf(bad) },
    });
    await blobs.put(bytes, digest);
    expect(Buffer.from((await blobs.get(digest)) ?? [])).toEqual(bytes);
  });

  it('refuses a truncated and an empty blob', async () => {
    const { blobs } = openStore({ cacheDir });
    await blobs.put(bytes, digest);
    for (const short of [bytes.subarray(0, 7), Buffer.alloc(0)]) {
      await writeFile(file('blobs', digest), short);
      await expect(blobs.get(digest)).rejects.toMatchObject({ code: 'ERR_INTEGRITY' });
    }
  });

  it('takes many writers of one blob at once', async () => {
    const large = Buffer.alloc(300_000, 7);
    const id = digestOf(large);
    await Promise.all(Array.from({ length: 20 }, () => openStore({ cacheDir }).blobs.put(large, id)));
    expect(digestOf((await openStore({ cacheDir }).blobs.get(id)) ?? '')).toBe(id);
  });

  it('says what it cannot write and leaves nothing half', async () => {
    const { blobs } = openStore({ cacheDir });
    await mkdir(join(cacheDir, 'v1'), { recursive: true });
    await writeFile(join(cacheDir, 'v1', 'blobs'), 'a file where a folder belongs');
    await expect(blobs.put(bytes, digest)).rejects.toMatchObject({ code: 'ERR_STORE', exitCode: 1 });
    expect(await readdir(join(cacheDir, 'v1', 'tmp'))).toEqual([]);
  });

  it('sweeps temporary files of dead processes, and no others', async () => {
    const temp = join(cacheDir, 'v1', 'tmp');
    await mkdir(temp, { recursive: true });
    const name = (pid: number) => `.x.${pid}.0123456789abcdef.tmp`;
    const dead = 4_194_303;
    const old = new Date(Date.now() - 120_000);
    for (const pid of [dead, process.pid]) {
      await writeFile(join(temp, name(pid)), 'half');
      await utimes(join(temp, name(pid)), old, old);
    }
    await writeFile(join(temp, name(dead - 1)), 'young');
    await openStore({ cacheDir }).blobs.put(bytes, digest);
    expect((await readdir(temp)).sort()).toEqual([name(process.pid), name(dead - 1)].sort());
  });
});

describe('builds.get() and put()', () => {
  const key = digestOf('key');

  it('returns what was put, from another process of the same host too', async () => {
    await openStore({ cacheDir }).builds.put(key, bytes);
    expect(Buffer.from((await openStore({ cacheDir }).builds.get(key)) ?? [])).toEqual(bytes);
    expect((await stat(join(cacheDir, 'v1', 'build.key'))).mode & 0o777).toBe(0o600);
  });

  it.each([0, 31, 32, 40])('counts a build whose byte %i changed as missing, and logs it', async (place) => {
    await openStore({ cacheDir }).builds.put(key, bytes);
    const stored = await readFile(file('builds', key));
    stored[place] = (stored[place] ?? 0) ^ 1;
    await writeFile(file('builds', key), stored);
    const logger = recordingLogger();
    expect(await openStore({ cacheDir, logger }).builds.get(key)).toBe(undefined);
    expect(logger.lines).toContainEqual(expect.stringContaining('a cached build does not verify'));
  });

  it('refuses a build that was moved to another key', async () => {
    const other = digestOf('other');
    await openStore({ cacheDir }).builds.put(key, bytes);
    await openStore({ cacheDir }).builds.put(other, Buffer.from('other'));
    await writeFile(file('builds', other), await readFile(file('builds', key)));
    expect(await openStore({ cacheDir }).builds.get(other)).toBe(undefined);
  });

  it('trusts no key that others can read, and makes a new one', async () => {
    const path = join(cacheDir, 'v1', 'build.key');
    await openStore({ cacheDir }).builds.put(key, bytes);
    const before = await readFile(path);
    await chmod(path, 0o644);
    const logger = recordingLogger();
    expect(await openStore({ cacheDir, logger }).builds.get(key)).toBe(undefined);
    expect(logger.lines.join('\n')).toContain('is not private to this user');
    expect(await readFile(path)).not.toEqual(before);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('agrees on one key when many begin at once', async () => {
    const keys = Array.from({ length: 12 }, (_, index) => digestOf(`key ${index}`));
    await Promise.all(keys.map((id) => openStore({ cacheDir }).builds.put(id, bytes)));
    const { builds } = openStore({ cacheDir });
    for (const id of keys) expect(await builds.get(id)).not.toBe(undefined);
  });
});

describe('http.get() and put()', () => {
  const url = 'https://example.com/mod.ts';
  const answer = { etag: '"1"', lastModified: undefined, contentType: 'text/typescript', digest };

  it('returns answer and bytes by URL', async () => {
    const { http } = openStore({ cacheDir });
    await http.put(url, answer, bytes);
    const found = await http.get(url);
    expect({ ...found, bytes: Buffer.from(found?.bytes ?? []) }).toEqual({ ...answer, bytes });
    expect(await http.get(`${url}#x`)).toBe(undefined);
  });

  it.each(['', 'null', '[]', '{"url":"https://evil.example/"}', '{"digest":"sha256:0"}'])(
    'counts %j as missing',
    async (text) => {
      const { http } = openStore({ cacheDir });
      await http.put(url, answer, bytes);
      await writeFile(file('http', digestOf(url)), text);
      expect(await http.get(url)).toBe(undefined);
    },
  );

  it('counts an answer whose bytes changed as missing, and says so', async () => {
    const logger = recordingLogger();
    const { http } = openStore({ cacheDir, logger });
    await http.put(url, answer, bytes);
    await writeFile(file('blobs', digest), 'changed');
    expect(await http.get(url)).toBe(undefined);
    expect(logger.lines.join()).toContain('a cached answer cannot be used');
    await http.put(url, answer, bytes);
    expect(await http.get(url)).not.toBe(undefined);
  });

  it('does not fail a fetch when the disk refuses', async () => {
    const logger = recordingLogger();
    await writeFile(join(cacheDir, 'v1'), 'a file where a folder belongs');
    await openStore({ cacheDir, logger }).http.put(url, answer, bytes);
    expect(logger.lines.join()).toContain('a cached answer cannot be used');
  });
});
