import { execFileSync } from 'node:child_process';
import { link, mkdir, readFile, readdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { refusalOf, rig, tempFolder, type Rig } from '../harness.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const codeOf = async (work: Promise<unknown>): Promise<unknown> => {
  const error = await refusalOf(work);
  return error.code === 'ERR_FILE' ? error.details['code'] : error.code;
};

let outside: string;
let secret: string;
beforeEach(async () => {
  outside = await tempFolder();
  secret = join(outside, 'secret.txt');
  await writeFile(secret, 'SECRET');
});

describe('a path of a plugin', () => {
  it.each([
    '/etc/passwd',
    '/data/../etc/passwd',
    '/data/../../../../etc/passwd',
    '/data/./../etc/passwd',
    '//etc/passwd',
    '/proc/self/environ',
    '/proc/1/root/etc/passwd',
    '/proc/self/fd/0',
    '/dev/zero',
    '/sys/kernel',
    '/',
    '/dataset/x',
    '/database',
    '/tmpx',
    '/plugins/x',
    '/DATA/x',
  ])('%s is refused, whatever is asked of it', async (path) => {
    const { ask } = await rig();
    for (const work of [
      ask('files.read', [path]),
      ask('files.stat', [path, true]),
      ask('files.readdir', [path]),
      ask('files.write', [path, bytes('x'), 'w']),
      ask('files.mkdir', [path, true]),
      ask('files.rm', [path, { recursive: true, force: true }]),
      ask('files.rename', [path, '/data/x']),
      ask('files.rename', ['/data/x', path]),
      ask('files.copy', [path, '/data/x']),
      ask('files.truncate', [path, 0]),
    ]) {
      expect((await refusalOf(work)).code).toBe('ERR_PERMISSION_DENIED');
    }
  });

  it.each([
    ['relative'],
    [''],
    ['data/x'],
    ['file:///data/x'],
    ['/data/a\0b'],
    ['/data/\ud800'],
    [7],
    [null],
    [undefined],
    [['/data']],
    [bytes('/data')],
    ['/data/' + 'a/'.repeat(4_000)],
  ])('%j is ERR_VALUE', async (path) => {
    const { ask } = await rig();
    for (const work of [
      ask('files.read', [path]),
      ask('files.write', [path, bytes('x'), 'w']),
      ask('files.rename', ['/data/a', path]),
    ]) {
      expect((await refusalOf(work)).code).toBe('ERR_VALUE');
    }
  });

  it('leads where its text says, without what the disk makes of ..', async () => {
    const it = await rig();
    await it.ask('files.mkdir', ['/data/a/b', true]);
    await it.ask('files.write', ['/data/a/b/../c//./d/..', bytes('x'), 'w']);
    expect(await readdir(join(it.folder, 'data/a'))).toEqual(['b', 'c']);
  });
});

describe('a symbolic link in a folder of a plugin', () => {
  let it_: Rig;
  beforeEach(async () => {
    it_ = await rig();
    await it_.broker.storage();
    const data = join(it_.folder, 'data');
    await symlink(outside, join(data, 'folder'));
    await symlink(secret, join(data, 'file'));
    await symlink('nowhere', join(data, 'dangling'));
    await symlink('.', join(data, 'loop'));
    await symlink('/proc/self/environ', join(data, 'proc'));
  });

  it.each([
    ['files.read', ['/data/file']],
    ['files.read', ['/data/proc']],
    ['files.read', ['/data/dangling']],
    ['files.read', ['/data/folder/secret.txt']],
    ['files.stat', ['/data/file', true]],
    ['files.stat', ['/data/folder/secret.txt', false]],
    ['files.readdir', ['/data/folder']],
    ['files.readdir', ['/data/loop']],
    ['files.write', ['/data/file', bytes('x'), 'w']],
    ['files.write', ['/data/file', bytes('x'), 'a']],
    ['files.write', ['/data/dangling', bytes('x'), 'a']],
    ['files.write', ['/data/folder/new', bytes('x'), 'w']],
    ['files.write', ['/data/folder/new', bytes('x'), 'wx']],
    ['files.mkdir', ['/data/folder/new', true]],
    ['files.truncate', ['/data/file', 0]],
    ['files.copy', ['/data/file', '/data/stolen']],
    ['files.rm', ['/data/folder/secret.txt', { recursive: true, force: false }]],
    ['files.rename', ['/data/folder/secret.txt', '/data/stolen']],
  ] as const)('is not followed by %s %j', async (op, args) => {
    expect(await codeOf(it_.ask(op, args))).toBe('ELOOP');
    expect(await readFile(secret, 'utf8')).toBe('SECRET');
    expect(await readdir(outside)).toEqual(['secret.txt']);
  });

  it('is seen as what it is, and removed as itself', async () => {
    expect((await it_.ask('files.stat', ['/data/file', false])).value).toMatchObject({ kind: 'link' });
    await it_.ask('files.rm', ['/data/folder', { recursive: true, force: false }]);
    await it_.ask('files.rm', ['/data/file', { recursive: false, force: false }]);
    expect(await readFile(secret, 'utf8')).toBe('SECRET');
  });

  it('is not followed when /tmp is removed or /data is counted', async () => {
    await it_.ask('files.mkdir', ['/tmp/a', true]);
    const [name = ''] = await readdir(join(it_.folder, 'tmp'));
    await symlink(outside, join(it_.folder, 'tmp', name, 'a/folder'));
    await it_.broker.close();
    expect(await readdir(join(it_.folder, 'tmp'))).toEqual([]);
    const again = await rig({}, { folder: it_.folder });
    await again.broker.storage();
    expect(await readFile(secret, 'utf8')).toBe('SECRET');
  });
});

describe('a swap of a folder for a symbolic link, over and over', () => {
  /** Swaps `place` between a real folder and a link to `outside` until it is stopped. */
  function swapping(parent: string): () => Promise<void> {
    const stopping = new AbortController();
    const place = join(parent, 'place');
    const spare = join(parent, 'spare');
    const done = (async () => {
      await mkdir(place);
      await writeFile(join(place, 'secret.txt'), 'own');
      while (!stopping.signal.aborted) {
        await rename(place, spare);
        await symlink(outside, place);
        await unlink(place);
        await rename(spare, place).catch(async () => {
          await rm(place, { recursive: true, force: true });
          await rename(spare, place);
        });
      }
    })();
    return () => {
      stopping.abort();
      return done;
    };
  }

  it('never lets a read, a write or a removal out', async () => {
    const it = await rig({}, { limits: { storage: 1e9, files: 1e6 } });
    await it.broker.storage();
    const stop = swapping(join(it.folder, 'data'));
    const outcomes = new Set<string>();
    const seen: (string | undefined)[] = [];
    const until = performance.now() + 1_000;
    const attempt = async (work: Promise<{ value: unknown }>): Promise<void> => {
      try {
        const { value } = await work;
        outcomes.add('done');
        seen.push(value instanceof Uint8Array ? Buffer.from(value).toString() : JSON.stringify(value));
      } catch (error) {
        outcomes.add(String((error as { details?: { code?: string } }).details?.code));
      }
    };
    await writeFile(join(outside, 'marker'), 'x');
    while (performance.now() < until) {
      await Promise.all([
        attempt(it.ask('files.read', ['/data/place/secret.txt'])),
        attempt(it.ask('files.readdir', ['/data/place'])),
        attempt(it.ask('files.write', ['/data/place/written', bytes('x'), 'w'])),
        attempt(it.ask('files.write', ['/data/place/secret.txt', bytes('own'), 'a'])),
        attempt(it.ask('files.rm', ['/data/place/marker', { recursive: true, force: false }])),
      ]);
    }
    await stop();
    expect(seen.filter((each) => each?.includes('SECRET') || each?.includes('marker'))).toEqual([]);
    expect((await readdir(outside)).toSorted()).toEqual(['marker', 'secret.txt']);
    expect(await readFile(secret, 'utf8')).toBe('SECRET');
    // The race was real: some attempts met the folder, some the link or nothing.
    expect(outcomes).toContain('done');
    expect(outcomes.has('ELOOP') || outcomes.has('ENOENT')).toBe(true);
  });

  it('never lets a recursive removal out', async () => {
    const it = await rig({}, { limits: { storage: 1e9, files: 1e6 } });
    await it.broker.storage();
    const data = join(it.folder, 'data');
    const until = performance.now() + 1_000;
    for (let round = 0; performance.now() < until; round++) {
      await mkdir(join(data, 'tree'), { recursive: true });
      for (let at = 0; at < 5; at++) await mkdir(join(data, `tree/d${at}`), { recursive: true });
      const victim = join(data, `tree/d${round % 5}`);
      const swap = rename(victim, join(data, `moved${round}`))
        .then(() => symlink(outside, victim))
        .catch(() => undefined);
      await it.ask('files.rm', ['/data/tree', { recursive: true, force: true }]).catch(() => undefined);
      await swap;
      await rm(join(data, 'tree'), { recursive: true, force: true });
    }
    expect(await readFile(secret, 'utf8')).toBe('SECRET');
  });
});

describe('what is no regular file', () => {
  it('is neither opened nor waited for: a FIFO', async () => {
    const it = await rig();
    await it.broker.storage();
    execFileSync('mkfifo', [join(it.folder, 'data/fifo')]);
    expect(await codeOf(it.ask('files.read', ['/data/fifo']))).toBe('ENOTSUP');
    expect(await codeOf(it.ask('files.write', ['/data/fifo', bytes('x'), 'a']))).toBe('ENOTSUP');
    expect(await codeOf(it.ask('files.write', ['/data/fifo', bytes('x'), 'w']))).toBe('ENOTSUP');
    expect(await codeOf(it.ask('files.truncate', ['/data/fifo', 0]))).toBe('ENOTSUP');
    expect(await codeOf(it.ask('files.copy', ['/data/fifo', '/data/x']))).toBe('ENOTSUP');
    expect((await it.ask('files.stat', ['/data/fifo', true])).value).toMatchObject({ kind: 'other' });
  });

  it('a socket', async () => {
    const it = await rig();
    await it.broker.storage();
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(join(it.folder, 'data/socket'), resolve);
    });
    expect(await codeOf(it.ask('files.read', ['/data/socket']))).toBe('ENOTSUP');
    await new Promise((resolve) => server.close(resolve));
  });

  it('a file with a second name is replaced but not changed in place', async () => {
    const it = await rig();
    await it.broker.storage();
    await link(secret, join(it.folder, 'data/linked'));
    expect(await codeOf(it.ask('files.write', ['/data/linked', bytes('x'), 'a']))).toBe('EMLINK');
    expect(await codeOf(it.ask('files.truncate', ['/data/linked', 0]))).toBe('EMLINK');
    await it.ask('files.write', ['/data/linked', bytes('own'), 'w']);
    expect(await readFile(secret, 'utf8')).toBe('SECRET');
    expect(await readFile(join(it.folder, 'data/linked'), 'utf8')).toBe('own');
  });
});

it('a tree cannot grow deeper than the host goes', async () => {
  const { ask } = await rig({}, { limits: { files: 10_000 } });
  await ask('files.mkdir', [`/data${'/a'.repeat(40)}`, true]);
  await ask('files.mkdir', [`/data${'/b'.repeat(40)}`, true]);
  expect(await codeOf(ask('files.rename', ['/data/a', `/data${'/b'.repeat(40)}/a`]))).toBe('ENAMETOOLONG');
  await ask('files.rename', ['/data/a', '/data/b/a']);
  await ask('files.rm', ['/data/b', { recursive: true, force: false }]);
});
