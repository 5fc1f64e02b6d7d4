import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shownFileError } from '../../../src/capabilities/files/errors.ts';
import { isKernelFolder, openPlainRoot, openRoot, walk } from '../../../src/capabilities/files/folder.ts';
import { PluginError } from '../../../src/core/errors.ts';
import { tempFolder } from '../harness.ts';

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: { code?: unknown }) => error.code,
  );

describe.each([
  ['openRoot()', openRoot],
  ['openPlainRoot(), for other systems than Linux,', openPlainRoot],
])('a folder of %s', (_what, open) => {
  it('enters folders and opens files, and nothing else', async () => {
    const path = await tempFolder();
    await mkdir(join(path, 'sub'));
    await writeFile(join(path, 'sub/file'), 'x');
    await symlink('sub', join(path, 'link'));
    await symlink('sub/file', join(path, 'alias'));
    execFileSync('mkfifo', [join(path, 'fifo')]);
    const folder = await open(path);
    const sub = await folder.enter('sub');
    const file = await sub.open('file', constants.O_RDONLY);
    expect(await file.readFile('utf8')).toBe('x');
    await file.close();
    expect(await codeOf(folder.enter('link'))).toBe('ELOOP');
    expect(await codeOf(folder.enter('none'))).toBe('ENOENT');
    expect(await codeOf(sub.enter('file'))).toBe('ENOTDIR');
    expect(await codeOf(folder.open('alias', constants.O_RDONLY))).toBe('ELOOP');
    expect(await codeOf(folder.open('sub', constants.O_RDONLY))).toBe('EISDIR');
    expect(await codeOf(folder.open('fifo', constants.O_RDONLY))).toBe('ENOTSUP');
    for (const name of ['', '.', '..', 'a/b', '/etc', 'a\0b']) {
      expect(() => folder.at(name)).toThrow('ENOENT');
      expect(await codeOf(folder.enter(name))).toBe('ENOENT');
    }
    await sub.close();
    await folder.close();
    expect(await codeOf(open(join(path, 'sub/file')))).toBe('ENOTDIR');
  });
});

it('walk() closes what it opened when the guard refuses', async () => {
  const path = await tempFolder();
  await mkdir(join(path, 'a/b'), { recursive: true });
  const seen: string[] = [];
  const refusing = async (folder: { self: string }): Promise<void> => {
    seen.push(folder.self);
    if (seen.length === 3) throw new Error('not here');
  };
  const root = await openRoot(path);
  await expect(walk(root, ['a', 'b'], refusing)).rejects.toThrow('not here');
  await expect(root.stat()).rejects.toThrow();
});

it('isKernelFolder() knows /proc and /sys', async () => {
  for (const [path, expected] of [
    ['/proc', true],
    ['/proc/self', true],
    ['/var/tmp', false],
  ] as const) {
    const folder = await openRoot(path);
    expect(await isKernelFolder(folder)).toBe(expected);
    await folder.close();
  }
});

it.each([
  ['ENOSPC', 'ENOSPC', "the host's disk is full"],
  ['EDQUOT', 'EDQUOT', "the host's disk quota is used up"],
  ['EMFILE', 'EMFILE', 'too many files are open'],
  ['EUCLEAN', 'EIO', 'the host could not do it'],
  ['toString', 'EIO', 'the host could not do it'],
])('shownFileError() says of %s what the guest may know', (code, shown, sentence) => {
  const error = shownFileError('write', '/data/a', Object.assign(new Error('write /srv/x'), { code }));
  expect(error).toBeInstanceOf(PluginError);
  expect(error).toMatchObject({
    code: 'ERR_FILE',
    message: `Cannot write "/data/a": ${sentence}`,
    details: { code: shown },
  });
});
