import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scanPluginPaths } from '../../src/source/scan.ts';
import { temporaryFolder } from '../support/temp.ts';

test('scanPluginPaths() finds folders and single modules, and reports all that is broken', async () => {
  await using elsewhere = await temporaryFolder({ 'linked/index.ts': '' });
  await using folder = await temporaryFolder({
    'a/greeter/plugin.json': '{"entry":"src/g.ts"}',
    'a/greeter/src/g.ts': '',
    'a/plain/mod.ts': '',
    'a/single.ts': '',
    'a/native.wasm': '',
    'a/types.d.ts': '',
    'a/README.md': '',
    'a/.hidden/index.ts': '',
    'a/empty/notes.txt': '',
    'a/garbled/plugin.json': '{',
    'a/bad_name/index.ts': '',
    'b/single.js': '',
    'b/other.js': '',
  });
  await symlink(join(elsewhere.path, 'linked'), join(folder.path, 'a/linked'));
  await symlink('nowhere', join(folder.path, 'a/dangling'));
  const at = (name: string): string => join(folder.path, name);
  const scan = await scanPluginPaths([at('a'), at('gone'), at('b')]);
  expect(Object.fromEntries(scan.found)).toEqual({
    greeter: at('a/greeter'),
    linked: at('a/linked'),
    native: at('a/native.wasm'),
    other: at('b/other.js'),
    plain: at('a/plain'),
    single: at('a/single.ts'),
  });
  expect(scan.missing).toEqual([at('gone')]);
  expect(scan.broken.map(({ path, error }) => [path, error.code])).toEqual([
    [at('a/bad_name'), 'ERR_METADATA'],
    [at('a/dangling'), 'ERR_SOURCE_FETCH'],
    [at('a/empty'), 'ERR_SOURCE_NOT_FOUND'],
    [at('a/garbled'), 'ERR_METADATA'],
    [at('b/single.js'), 'ERR_METADATA'],
  ]);
});
