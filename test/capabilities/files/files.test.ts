import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/protocol/values.ts';
import { LIMITS, refusalOf, rig, type Rig } from '../harness.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = async ({ ask }: Rig, path: string): Promise<string> =>
  Buffer.from((await ask('files.read', [path])).value as Uint8Array).toString();
const codeOf = async (work: Promise<unknown>): Promise<unknown> => (await refusalOf(work)).details['code'];

describe('files.*', () => {
  it('keeps what a plugin writes in its own folders', async () => {
    const it = await rig();
    const { ask } = it;
    await ask('files.mkdir', ['/data/a/b', true]);
    await ask('files.write', ['/data/a/b/c.txt', bytes('one'), 'w']);
    await ask('files.write', ['/data/a/b/c.txt', bytes(' two'), 'a']);
    await ask('files.write', ['/data/a/new.txt', bytes('appended'), 'a']);
    expect(await text(it, '/data/a/b/c.txt')).toBe('one two');
    expect((await ask('files.readdir', ['/data/a'])).value).toEqual([
      { name: 'b', kind: 'folder' },
      { name: 'new.txt', kind: 'file' },
    ]);
    expect((await ask('files.readdir', ['/data'])).value).toEqual([{ name: 'a', kind: 'folder' }]);
    expect((await ask('files.stat', ['/data/a/b/c.txt', true])).value).toMatchObject({ kind: 'file', size: 7 });
    expect((await ask('files.stat', ['/data', true])).value).toMatchObject({ kind: 'folder' });
    await ask('files.rename', ['/data/a/b/c.txt', '/tmp/d.txt']);
    await ask('files.copy', ['/tmp/d.txt', '/data/e.txt']);
    await ask('files.truncate', ['/data/e.txt', 3]);
    expect(await text(it, '/data/e.txt')).toBe('one');
    await ask('files.truncate', ['/data/e.txt', 5]);
    expect(await text(it, '/data/e.txt')).toBe('one\0\0');
    await ask('files.rename', ['/data/a', '/data/f']);
    await ask('files.rm', ['/data/f', { recursive: true, force: false }]);
    await ask('files.rm', ['/data/f', { recursive: true, force: true }]);
    expect(await readdir(join(it.folder, 'data'))).toEqual(['e.txt']);
    expect((await stat(join(it.folder, 'data'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(it.folder, 'data/e.txt'))).mode & 0o777).toBe(0o600);
    expect(await it.broker.storage()).toEqual({ bytes: 12, files: 2 });
    expect(it.audited[0]).toMatchObject({ capability: 'write', value: '/data/a', outcome: 'allowed', rule: 'default' });
  });

  it('reads in ranges', async () => {
    const { ask } = await rig();
    await ask('files.write', ['/tmp/a', bytes('0123456789'), 'w']);
    const range = async (offset: number, length: number): Promise<string> =>
      Buffer.from((await ask('files.read', ['/tmp/a', { offset, length }])).value as Uint8Array).toString();
    expect([await range(0, 3), await range(8, 5), await range(10, 1), await range(99, 1)]).toEqual([
      '012',
      '89',
      '',
      '',
    ]);
  });

  it('reads at once no more than a message holds', async () => {
    const { ask } = await rig({}, { limits: { message: 65_536, storage: 1_000_000 } });
    for (let count = 0; count < 2; count++) await ask('files.write', ['/data/a', new Uint8Array(65_000), 'a']);
    expect(await codeOf(ask('files.read', ['/data/a']))).toBe('EFBIG');
    const part = (await ask('files.read', ['/data/a', { offset: 0, length: 1e9 }])).value as Uint8Array;
    expect(part.byteLength).toBe(61_440);
  });

  it('shows the plugin its own files in /plugin, read-only', async () => {
    const it = await rig(
      {},
      {
        plugin: new Map([
          ['mod.ts', bytes('code')],
          ['assets/a/logo.txt', bytes('logo')],
          ['https://example.com/x.ts', bytes('foreign')],
          ['../escape', bytes('no')],
          ['__proto__/x', bytes('proto')],
        ]),
      },
    );
    const { ask } = it;
    expect(await text(it, '/plugin/assets/a/logo.txt')).toBe('logo');
    expect((await ask('files.readdir', ['/plugin'])).value).toEqual([
      { name: 'mod.ts', kind: 'file' },
      { name: 'assets', kind: 'folder' },
      { name: '__proto__', kind: 'folder' },
    ]);
    expect((await ask('files.stat', ['/plugin/assets', true])).value).toMatchObject({ kind: 'folder' });
    expect(await codeOf(ask('files.read', ['/plugin/none']))).toBe('ENOENT');
    expect(await codeOf(ask('files.read', ['/plugin/assets']))).toBe('EISDIR');
    expect(await codeOf(ask('files.readdir', ['/plugin/mod.ts']))).toBe('ENOTDIR');
    expect(await codeOf(ask('files.write', ['/plugin/mod.ts', bytes('x'), 'w']))).toBe('EROFS');
    expect(await codeOf(ask('files.rename', ['/plugin/mod.ts', '/data/x']))).toBe('EROFS');
    expect(await codeOf(ask('files.rm', ['/plugin', { recursive: true, force: true }]))).toBe('EROFS');
    await ask('files.copy', ['/plugin/mod.ts', '/data/copy.ts']);
    expect(await text(it, '/data/copy.ts')).toBe('code');
    // What a guest got is a copy: changing it changes nothing.
    const first = (await ask('files.read', ['/plugin/mod.ts'])).value as Uint8Array;
    first.fill(0);
    expect(await text(it, '/plugin/mod.ts')).toBe('code');
  });

  it('gives each host a /tmp of its own, and removes what a host left that is gone', async () => {
    const first = await rig();
    await first.ask('files.write', ['/tmp/mine', bytes('1'), 'w']);
    const gone = spawnSync(process.execPath, ['-e', '0']).pid;
    const [name = ''] = await readdir(join(first.folder, 'tmp'));
    const stale = join(first.folder, 'tmp', name.replace(`.${process.pid}.`, `.${gone}.`));
    await mkdir(join(stale, 'a/b'), { recursive: true });
    const second = await rig({}, { folder: first.folder });
    expect((await second.ask('files.readdir', ['/tmp'])).value).toEqual([]);
    expect(await readdir(join(first.folder, 'tmp'))).toHaveLength(2);
    await second.broker.close();
    expect(await text(first, '/tmp/mine')).toBe('1');
  });

  it('begins with an empty /tmp and keeps /data, counted again', async () => {
    const first = await rig();
    await first.ask('files.write', ['/data/kept', bytes('12345'), 'w']);
    await first.ask('files.mkdir', ['/tmp/a/b', true]);
    await first.ask('files.write', ['/tmp/a/b/gone', bytes('1'), 'w']);
    await first.broker.close();
    await writeFile(join(first.folder, 'data/.aitbc-0123456789abcdef.part'), 'left by a crash');
    const again = await rig({}, { folder: first.folder });
    expect(await again.broker.storage()).toEqual({ bytes: 5, files: 1 });
    expect((await again.ask('files.readdir', ['/tmp'])).value).toEqual([]);
    expect(await readdir(join(first.folder, 'data'))).toEqual(['kept']);
  });

  const failures: [string, string, readonly Value[], string][] = [
    ['reading nothing', 'files.read', ['/data/none'], 'ENOENT'],
    ['reading below nothing', 'files.read', ['/data/none/x'], 'ENOENT'],
    ['reading below a file', 'files.read', ['/data/file/x'], 'ENOTDIR'],
    ['reading a folder', 'files.read', ['/data/folder'], 'EISDIR'],
    ['reading a root', 'files.read', ['/data'], 'EISDIR'],
    ['listing a file', 'files.readdir', ['/data/file'], 'ENOTDIR'],
    ['writing over a folder', 'files.write', ['/data/folder', bytes('x'), 'w'], 'EISDIR'],
    ['appending to a folder', 'files.write', ['/data/folder', bytes('x'), 'a'], 'EISDIR'],
    ['creating what exists', 'files.write', ['/data/file', bytes('x'), 'wx'], 'EEXIST'],
    ['writing without a folder', 'files.write', ['/data/none/x', bytes('x'), 'w'], 'ENOENT'],
    ['writing a root', 'files.write', ['/data', bytes('x'), 'w'], 'EBUSY'],
    ['making what exists', 'files.mkdir', ['/data/folder', false], 'EEXIST'],
    ['making a root', 'files.mkdir', ['/data', false], 'EEXIST'],
    ['making over a file', 'files.mkdir', ['/data/file', true], 'EEXIST'],
    ['making below a file', 'files.mkdir', ['/data/file/x', true], 'EEXIST'],
    ['removing nothing', 'files.rm', ['/data/none', { recursive: false, force: false }], 'ENOENT'],
    ['removing a full folder', 'files.rm', ['/data/folder', { recursive: false, force: true }], 'ENOTEMPTY'],
    ['removing a root', 'files.rm', ['/data', { recursive: true, force: true }], 'EBUSY'],
    ['removing a root by another spelling', 'files.rm', ['/data/folder/..', { recursive: true, force: true }], 'EBUSY'],
    ['moving a root', 'files.rename', ['/data', '/tmp/x'], 'EBUSY'],
    ['moving over a root', 'files.rename', ['/data/folder', '/tmp'], 'EBUSY'],
    ['moving nothing', 'files.rename', ['/data/none', '/data/x'], 'ENOENT'],
    ['moving into itself', 'files.rename', ['/data/folder', '/data/folder/x'], 'EINVAL'],
    ['moving a file over a folder', 'files.rename', ['/data/file', '/data/folder'], 'EISDIR'],
    ['moving a folder over a full one', 'files.rename', ['/data/empty', '/data/folder'], 'ENOTEMPTY'],
    ['copying a folder', 'files.copy', ['/data/folder', '/data/x'], 'EISDIR'],
    ['truncating nothing', 'files.truncate', ['/data/none', 0], 'ENOENT'],
    ['a name that is too long', 'files.write', [`/data/${'a'.repeat(256)}`, bytes('x'), 'w'], 'ENAMETOOLONG'],
    ['a name of too many bytes', 'files.write', [`/data/${'é'.repeat(128)}`, bytes('x'), 'w'], 'ENAMETOOLONG'],
    ['too many folders', 'files.mkdir', [`/data${'/a'.repeat(64)}`, true], 'ENAMETOOLONG'],
    ['a name of the host', 'files.write', ['/data/.aitbc-0123456789abcdef.part', bytes('x'), 'w'], 'EPERM'],
  ];
  it.each(failures)('%s is %s %j: %s', async (_what, op, args, code) => {
    const { ask } = await rig();
    await ask('files.mkdir', ['/data/folder/full', true]);
    await ask('files.mkdir', ['/data/empty', true]);
    await ask('files.write', ['/data/file', bytes('x'), 'w']);
    const error = await refusalOf(ask(op as 'files.read', args));
    expect(error).toMatchObject({ code: 'ERR_FILE', details: { code } });
    expect(error.message).not.toContain('/proc/');
  });

  it('says what is wrong without a path of the host', async () => {
    const it = await rig();
    const error = await refusalOf(it.ask('files.read', ['/data/none']));
    expect(error.message).toBe('Cannot read "/data/none": there is no such file or folder');
    expect(JSON.stringify([error.message, error.details, error.hint])).not.toContain(it.folder);
  });

  it('keeps unicode names as they are', async () => {
    const it = await rig();
    const names = ['é', 'e\u0301', '日本', '🙂', ' space ', 'a\\b', '-rf', '*', '"'];
    for (const name of names) await it.ask('files.write', [`/data/${name}`, bytes(name), 'wx']);
    const found = ((await it.ask('files.readdir', ['/data'])).value as { name: string }[]).map(({ name }) => name);
    expect(found.toSorted()).toEqual(names.toSorted());
    for (const name of names) expect(await text(it, `/data/${name}`)).toBe(name);
  });

  it('fails with the cause in the log, when its folders cannot be made', async () => {
    const it = await rig({}, { folder: '/dev/null' });
    expect((await refusalOf(it.ask('files.read', ['/data/a']))).details['code']).toBe('ENOTDIR');
    expect(it.logged).toMatchObject([{ level: 'error', message: expect.stringContaining('cannot be prepared') }]);
  });
});

describe('limits.storage and limits.files', () => {
  const limits = { storage: 100, files: 4 };

  it('refuse what would pass them, in every way to grow', async () => {
    const it = await rig({}, { limits });
    const { ask } = it;
    await ask('files.write', ['/data/a', new Uint8Array(60), 'w']);
    await ask('files.write', ['/tmp/b', new Uint8Array(30), 'w']);
    for (const [op, args] of [
      ['files.write', ['/data/c', new Uint8Array(11), 'w']],
      ['files.write', ['/data/c', new Uint8Array(11), 'wx']],
      ['files.write', ['/data/c', new Uint8Array(11), 'a']],
      ['files.write', ['/data/a', new Uint8Array(11), 'a']],
      ['files.write', ['/data/a', new Uint8Array(71), 'w']],
      ['files.truncate', ['/data/a', 71]],
      ['files.truncate', ['/data/a', 2 ** 50]],
      ['files.copy', ['/data/a', '/data/c']],
    ] as const) {
      const error = await refusalOf(ask(op, args));
      expect(error).toMatchObject({ code: 'ERR_LIMIT_STORAGE', details: { code: 'EDQUOT', limit: 'storage' } });
    }
    expect(await it.broker.storage()).toEqual({ bytes: 90, files: 2 });
    await ask('files.write', ['/data/a', new Uint8Array(70), 'w']);
    await ask('files.mkdir', ['/data/f1', true]);
    await ask('files.mkdir', ['/data/f2', true]);
    for (const [op, args] of [
      ['files.write', ['/data/c', new Uint8Array(0), 'w']],
      ['files.mkdir', ['/data/f3', true]],
      ['files.copy', ['/tmp/b', '/data/c']],
    ] as const) {
      expect((await refusalOf(ask(op, args))).code).toBe('ERR_LIMIT_STORAGE');
    }
    expect(await it.broker.storage()).toEqual({ bytes: 100, files: 4 });
    await ask('files.rename', ['/data/a', '/tmp/b']);
    await ask('files.truncate', ['/tmp/b', 10]);
    await ask('files.rm', ['/data/f1', { recursive: true, force: false }]);
    expect(await it.broker.storage()).toEqual({ bytes: 10, files: 2 });
  });

  it('hold against many at the same time', async () => {
    const it = await rig({}, { limits: { storage: 1_000, files: 50 } });
    const all = Array.from({ length: 60 }, (_, at) =>
      it.ask('files.write', [`/data/f${at % 20}`, new Uint8Array(20), 'a']),
    );
    const done = await Promise.allSettled(all);
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    let real = 0;
    const folder = join(it.folder, 'data');
    for (const name of await readdir(folder)) real += (await readFile(join(folder, name))).byteLength;
    expect(await it.broker.storage()).toEqual({ bytes: real, files: 20 });
    expect(real).toBe(1_000);
  });

  it('count what an earlier run left', async () => {
    const it = await rig();
    await it.broker.close();
    await mkdir(join(it.folder, 'data/old'), { recursive: true });
    await writeFile(join(it.folder, 'data/old/a'), 'x'.repeat(95));
    const again = await rig({}, { limits: { ...LIMITS, ...limits }, folder: it.folder });
    expect((await refusalOf(again.ask('files.write', ['/data/b', new Uint8Array(6), 'w']))).code).toBe(
      'ERR_LIMIT_STORAGE',
    );
    await again.ask('files.write', ['/data/b', new Uint8Array(5), 'w']);
  });
});

it('files.write replaces atomically: a reader sees the old content or the new', async () => {
  const it = await rig({}, { limits: { storage: 10_000_000 } });
  const size = 200_000;
  await it.ask('files.write', ['/data/a', Buffer.alloc(size, 'a'), 'w']);
  const finished = new AbortController();
  const writer = (async () => {
    for (let round = 0; round < 20; round++) {
      await it.ask('files.write', ['/data/a', Buffer.alloc(size, round % 2 === 0 ? 'b' : 'a'), 'w']);
    }
    finished.abort();
  })();
  while (!finished.signal.aborted) {
    const seen = await readFile(join(it.folder, 'data/a'), 'latin1');
    expect(seen.length === size && (seen === 'a'.repeat(size) || seen === 'b'.repeat(size))).toBe(true);
  }
  await writer;
});
