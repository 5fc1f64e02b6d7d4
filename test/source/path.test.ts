import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLocked, openOrigin } from '../../src/source/open.ts';
import { rejected } from '../support/errors.ts';
import { serve } from '../support/http-server.ts';
import { sourceContext } from '../support/source-context.ts';
import { temporaryFolder } from '../support/temp.ts';

const text = (file: { bytes: Uint8Array }): string => Buffer.from(file.bytes).toString();

describe('openOrigin() of a path', () => {
  test('gives the files of a folder by id, and lists them', async () => {
    await using folder = await temporaryFolder({
      'p/index.ts': 'export default 1',
      'p/lib/util.ts': 'util',
      'p/node_modules/x/index.js': 'no',
    });
    const origin = await openOrigin('./p', sourceContext(folder.path));
    expect(origin).toMatchObject({
      source: './p',
      resolved: './p',
      entry: 'index.ts',
      git: undefined,
      base: undefined,
    });
    expect(text(await origin.read('index.ts'))).toBe('export default 1');
    expect(text(await origin.read('lib/util.ts'))).toBe('util');
    expect(await origin.list?.()).toEqual(['index.ts', 'lib/util.ts']);
    await origin.close();
  });

  test.each([
    [{ 'plugin.json': '{"entry":"./src/start.ts"}', 'src/start.ts': '', 'index.ts': '' }, 'src/start.ts'],
    [{ 'plugin.json': '{"main":"b.js"}', 'b.js': '', 'index.ts': '' }, 'b.js'],
    [{ 'plugin.json': '{"main":"b.js","entry":"c.js"}', 'b.js': '', 'c.js': '' }, 'c.js'],
    [{ 'plugin.json': '{"name":"x"}', 'mod.ts': '' }, 'mod.ts'],
    [{ 'main.ts': '', 'mod.ts': '', 'index.js': '' }, 'mod.ts'],
    [{ 'plugin.mjs': '' }, 'plugin.mjs'],
    [{ 'plugin.wasm': '' }, 'plugin.wasm'],
  ])('finds the entry of %j', async (files, entry) => {
    await using folder = await temporaryFolder(files);
    const origin = await openOrigin('.', sourceContext(folder.path));
    expect(origin.entry).toBe(entry);
  });

  test.each([
    [{ 'readme.md': '' }, 'ERR_SOURCE_NOT_FOUND', /no entry module/, /index\.ts.*mod\.ts.*main\.ts.*plugin\.ts/],
    [{ 'plugin.json': '{"entry":"gone.ts"}' }, 'ERR_SOURCE_NOT_FOUND', /"gone\.ts"/, /entry/],
    [{ 'plugin.json': '{"entry":"../x.ts"}' }, 'ERR_METADATA', /not a file of its folder/, /relative/],
    [{ 'plugin.json': '{"entry":7}' }, 'ERR_METADATA', /not a file of its folder/, /relative/],
    [{ 'plugin.json': '{oops' }, 'ERR_METADATA', /not JSON/, /./],
    [{ 'plugin.json': '[]' }, 'ERR_METADATA', /not an object/, /^$/],
  ] as const)('refuses a folder with %j', async (files, code, message, hint) => {
    await using folder = await temporaryFolder(files);
    const error = await rejected(openOrigin('.', sourceContext(folder.path)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint ?? '').toMatch(hint);
  });

  test('takes a single file as its entry, with siblings and what is below', async () => {
    await using folder = await temporaryFolder({ 'a/x.ts': 'x', 'a/y.ts': 'y', 'a/b/z.ts': 'z', 'up.ts': 'up' });
    const origin = await openOrigin('./a/x.ts', sourceContext(folder.path));
    expect(origin.entry).toBe('x.ts');
    expect(text(await origin.read('b/z.ts'))).toBe('z');
    expect((await rejected(origin.read('../up.ts'))).code).toBe('ERR_IMPORT_DENIED');
  });

  test.each(['../up.ts', '/etc/passwd', 'a/../../up.ts', 'a\\b.ts', './index.ts', '', 'a//b', 'nul\0.ts'])(
    'denies the id %j',
    async (id) => {
      await using folder = await temporaryFolder({ 'p/index.ts': '', 'up.ts': '' });
      const origin = await openOrigin('./p', sourceContext(folder.path));
      expect((await rejected(origin.read(id))).code).toBe('ERR_IMPORT_DENIED');
    },
  );

  test('follows links that stay inside and denies those that leave', async () => {
    await using folder = await temporaryFolder({ 'p/index.ts': 'in', 'secret.txt': 'secret', 's/key': 'key' });
    await symlink('index.ts', join(folder.path, 'p/alias.ts'));
    await symlink('../secret.txt', join(folder.path, 'p/leak.txt'));
    await symlink('../s', join(folder.path, 'p/deep'));
    await symlink('loop', join(folder.path, 'p/loop'));
    const origin = await openOrigin('./p', sourceContext(folder.path));
    expect(text(await origin.read('alias.ts'))).toBe('in');
    expect(await rejected(origin.read('leak.txt'))).toMatchObject({ code: 'ERR_IMPORT_DENIED' });
    expect(await rejected(origin.read('deep/key'))).toMatchObject({ code: 'ERR_IMPORT_DENIED' });
    expect(await rejected(origin.read('loop'))).toMatchObject({ code: 'ERR_SOURCE_FETCH' });
  });

  test('follows the link that is the source itself', async () => {
    await using folder = await temporaryFolder({ 'real/index.ts': 'real' });
    await symlink('real', join(folder.path, 'link'));
    const origin = await openOrigin('./link', sourceContext(folder.path));
    expect(origin.resolved).toBe('./link');
    expect(text(await origin.read('index.ts'))).toBe('real');
  });

  test('refuses what is missing, no file, or too large', async () => {
    await using folder = await temporaryFolder({ 'p/index.ts': '', 'p/big.ts': 'x'.repeat(2_000), 'p/sub/a.ts': '' });
    execFileSync('mkfifo', [join(folder.path, 'p/pipe')]);
    const context = sourceContext(folder.path, { config: { maxModuleBytes: 1_000 } });
    expect(await rejected(openOrigin('./gone', context))).toMatchObject({
      code: 'ERR_SOURCE_NOT_FOUND',
      hint: expect.stringContaining(folder.path),
    });
    const origin = await openOrigin('./p', context);
    expect(await rejected(origin.read('gone.ts'))).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(await rejected(origin.read('sub'))).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(await rejected(origin.read('big.ts'))).toMatchObject({ code: 'ERR_SOURCE_TOO_LARGE' });
    expect(await rejected(origin.read('pipe'))).toMatchObject({ code: 'ERR_SOURCE_FETCH' });
  });

  test('works offline, but for what it imports from elsewhere', async () => {
    await using server = await serve({ '/x.ts': 'x' });
    await using folder = await temporaryFolder({ 'index.ts': 'i' });
    const origin = await openOrigin('.', sourceContext(folder.path, { offline: true }));
    expect(text(await origin.read('index.ts'))).toBe('i');
    const error = await rejected(origin.read(`${server.url}/x.ts`));
    expect(error.code).toBe('ERR_OFFLINE');
    expect(error.message).toContain(`${server.url}/x.ts`);
    expect(server.requests).toEqual([]);
  });

  test('reads foreign modules over http', async () => {
    await using server = await serve({ '/x.ts': 'x' });
    await using folder = await temporaryFolder({ 'index.ts': 'i' });
    const origin = await openOrigin('.', sourceContext(folder.path));
    expect(await origin.read(`${server.url}/x.ts`)).toMatchObject({ contentType: 'application/typescript' });
    await origin.close();
  });

  test.each([
    'data:text/javascript,1',
    'file:///etc/passwd',
    'node:fs',
    'http://example.com/x.ts',
    'https://u:p@example.com/x.ts',
  ])('denies the import of %s', async (id) => {
    await using folder = await temporaryFolder({ 'index.ts': 'i' });
    const origin = await openOrigin('.', sourceContext(folder.path));
    const error = await rejected(origin.read(id, { importer: 'index.ts' }));
    expect(error.code).toBe('ERR_IMPORT_DENIED');
    expect(error.details).toEqual({ importer: 'index.ts' });
  });
});

test('openLocked() of a path takes the entry of the lock, not of the folder', async () => {
  await using folder = await temporaryFolder({ 'p/index.ts': 'i', 'p/other.ts': 'o' });
  const origin = await openLocked({ source: './p', resolved: './p', entry: 'other.ts' }, sourceContext(folder.path));
  expect(origin.entry).toBe('other.ts');
});
