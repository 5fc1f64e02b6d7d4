import { readdir } from 'node:fs/promises';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openLocked, openOrigin } from '../../src/source/open.ts';
import { rejected } from '../support/errors.ts';
import { createRepository, serveGit, type TestRepository } from '../support/git-server.ts';
import type { TestServer } from '../support/http-server.ts';
import { sourceContext } from '../support/source-context.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

const text = (file: { bytes: Uint8Array }): string => Buffer.from(file.bytes).toString();

let folder: TemporaryFolder;
let repository: TestRepository;
let server: TestServer;
let first: string;
let second: string;

beforeEach(async () => {
  folder = await temporaryFolder({ 'tmp/.keep': '' });
  vi.stubEnv('TMPDIR', join(folder.path, 'tmp'));
  repository = await createRepository(folder.path);
  first = await repository.commit({
    'index.ts': 'one',
    'sub/plugin.json': '{"entry":"m.ts"}',
    'sub/m.ts': 'sub',
    'sub/lib/a.ts': 'a',
  });
  await repository.git('tag', 'light');
  await repository.git('tag', '-a', 'v1', '-m', 'annotated');
  await repository.git('branch', 'feature/x');
  second = await repository.commit({ 'index.ts': 'two' });
  server = await serveGit(folder.path);
});

afterEach(async () => {
  await server.close();
  const left = await readdir(join(folder.path, 'tmp'));
  vi.unstubAllEnvs();
  await folder.remove();
  expect(left).toEqual(['.keep']);
});

const ways = [
  ['git+http', () => `git+${server.url}/repo/.git`],
  ['git+file', () => `git+${pathToFileURL(repository.path).href}`],
] as const;

describe.each(ways)('openOrigin() of %s', (name, url) => {
  // Over http no git may be needed.
  beforeEach(() => void (name === 'git+http' && vi.stubEnv('PATH', '/nonexistent')));

  test.each([
    ['', 'two', () => second],
    ['#main', 'two', () => second],
    ['#feature/x', 'one', () => first],
    ['#light', 'one', () => first],
    ['#v1', 'one', () => first],
    ['#refs/tags/v1', 'one', () => first],
    ['#refs/heads/main', 'two', () => second],
  ])('resolves "%s"', async (ref, content, commit) => {
    const origin = await openOrigin(url() + ref, sourceContext(folder.path));
    expect(origin).toMatchObject({
      entry: 'index.ts',
      git: { commit: commit(), folder: '' },
      resolved: `${url()}#${commit()}`,
    });
    expect(text(await origin.read('index.ts'))).toBe(content);
    await origin.close();
  });

  test('opens a commit that is no tip, and a folder of it', async () => {
    const origin = await openOrigin(`${url()}#${first}:sub`, sourceContext(folder.path));
    expect(origin).toMatchObject({
      entry: 'm.ts',
      git: { commit: first, folder: 'sub' },
      resolved: `${url()}#${first}:sub`,
    });
    expect(text(await origin.read('lib/a.ts'))).toBe('a');
    expect(await origin.list?.()).toEqual(['lib/a.ts', 'm.ts', 'plugin.json']);
    expect(await rejected(origin.read('../index.ts'))).toMatchObject({ code: 'ERR_IMPORT_DENIED' });
    expect(await rejected(origin.read('gone.ts'))).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(await rejected(origin.read('lib'))).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    await origin.close();
  });

  test('reads large and many files in parallel', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`f${index}.ts`, String(index).repeat(20_000)]),
    );
    await repository.commit(files);
    const origin = await openOrigin(url(), sourceContext(folder.path));
    const read = await Promise.all(Object.keys(files).map(async (id) => [id, text(await origin.read(id))]));
    expect(Object.fromEntries(read)).toEqual(files);
    await origin.close();
  });

  test.each([
    ['#gone', 'ERR_SOURCE_NOT_FOUND', /no branch or tag "gone"/, /feature\/x/],
    ['#abcdef1', 'ERR_SOURCE_NOT_FOUND', /all of its 40 digits/, /main/],
    [`#${'0'.repeat(39)}1`, 'ERR_SOURCE_NOT_FOUND', /.*/, /pushed|check/],
    ['#main:gone', 'ERR_SOURCE_NOT_FOUND', /no folder "gone"/, /colon/],
    ['#main:index.ts', 'ERR_SOURCE_NOT_FOUND', /no folder "index\.ts"/, /colon/],
  ])('refuses "%s"', async (ref, code, message, hint) => {
    const error = await rejected(openOrigin(url() + ref, sourceContext(folder.path)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  test('refuses a name that is a branch and another tag', async () => {
    await repository.git('branch', 'light');
    const error = await rejected(openOrigin(`${url()}#light`, sourceContext(folder.path)));
    expect(error).toMatchObject({ code: 'ERR_SPECIFIER', hint: expect.stringContaining('#refs/heads/light') });
  });

  test('refuses links, submodules and pointers of LFS when they are read', async () => {
    await symlink('/etc/passwd', join(repository.path, 'link.ts'));
    await symlink('sub', join(repository.path, 'linked'));
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 7\n`;
    await repository.commit({ 'big.bin': pointer });
    await repository.git('update-index', '--add', '--cacheinfo', `160000,${first},module`);
    await repository.git('commit', '-q', '-m', 'submodule');
    const origin = await openOrigin(url(), sourceContext(folder.path));
    for (const [id, kind] of [
      ['link.ts', 'symbolic link'],
      ['linked/m.ts', 'symbolic link'],
      ['module', 'submodule'],
      ['module/x.ts', 'submodule'],
      ['big.bin', 'LFS'],
    ]) {
      const error = await rejected(origin.read(id!));
      expect(error).toMatchObject({ code: 'ERR_SOURCE_FETCH', message: expect.stringContaining(kind!) });
    }
    expect(await origin.list?.()).not.toContain('link.ts');
    await origin.close();
    expect(await rejected(openOrigin(`${url()}#main:linked`, sourceContext(folder.path)))).toMatchObject({
      code: 'ERR_SOURCE_FETCH',
    });
  });

  test('refuses a file above the limit, and goes on', async () => {
    await repository.commit({ 'big.ts': 'x'.repeat(3_000) });
    const origin = await openOrigin(url(), sourceContext(folder.path, { config: { maxModuleBytes: 1_000 } }));
    expect(await rejected(origin.read('big.ts'))).toMatchObject({
      code: 'ERR_SOURCE_TOO_LARGE',
      message: expect.stringContaining('"big.ts"'),
    });
    expect(text(await origin.read('index.ts'))).toBe('two');
    await origin.close();
  });

  test('says that an empty repository has no commits', async () => {
    await createRepository(folder.path, 'empty');
    const error = await rejected(openOrigin(url().replace(/repo(\/\.git)?$/, 'empty$1'), sourceContext(folder.path)));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', message: expect.stringContaining('no commits') });
  });

  test('says that there is no repository', async () => {
    const error = await rejected(openOrigin(url().replace('repo', 'none'), sourceContext(folder.path)));
    expect(error).toMatchObject({
      code: 'ERR_SOURCE_NOT_FOUND',
      message: expect.stringContaining('no such repository'),
    });
  });

  test('gives nothing once it is closed, and closes twice', async () => {
    const origin = await openOrigin(url(), sourceContext(folder.path));
    const reading = Promise.allSettled([origin.read('index.ts'), origin.read('sub/m.ts')]);
    await origin.close();
    await origin.close();
    await reading;
    expect(await rejected(origin.read('sub/lib/a.ts'))).toMatchObject({ code: 'ERR_ABORTED' });
  });

  test('stops when it is aborted', async () => {
    const error = await rejected(openOrigin(url(), sourceContext(folder.path, { signal: AbortSignal.abort() })));
    expect(error.code).toBe('ERR_ABORTED');
  });
});

describe('openLocked() of git', () => {
  test('opens the pinned commit though the branch went on', async () => {
    const source = `git+${server.url}/repo/.git#main`;
    const locked = {
      source,
      resolved: `git+${server.url}/repo/.git#${first}`,
      git: { commit: first, folder: '' },
      entry: 'index.ts',
    };
    const origin = await openLocked(locked, sourceContext(folder.path));
    expect(server.requests).toEqual([]);
    expect(text(await origin.read('index.ts'))).toBe('one');
    await origin.close();
  });

  test('works offline for git+file, and names what is missing otherwise', async () => {
    const context = sourceContext(folder.path, { offline: true });
    const file = await openOrigin(`git+${pathToFileURL(repository.path).href}`, context);
    expect(text(await file.read('index.ts'))).toBe('two');
    await file.close();
    const source = `git+${server.url}/repo/.git`;
    expect(await rejected(openOrigin(source, context))).toMatchObject({ code: 'ERR_OFFLINE' });
    const origin = await openLocked(
      { source, resolved: `${source}#${first}`, git: { commit: first, folder: '' }, entry: 'index.ts' },
      context,
    );
    const error = await rejected(origin.read('index.ts'));
    expect(error).toMatchObject({ code: 'ERR_OFFLINE', message: expect.stringContaining(first) });
    await origin.close();
    expect(server.requests).toEqual([]);
  });
});
