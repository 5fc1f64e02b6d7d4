import { readdir } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { expect, test } from 'vitest';
import { asset } from '../../../src/core/assets.ts';
import { NODE_MODULES } from '../../../src/source/graph/node-modules.ts';
import { providedAsset, readProvided } from '../../../src/source/graph/provided.ts';
import { buildFiles, execute } from '../../build/support.ts';

test('NODE_MODULES names what is built, and nothing else', async () => {
  const built = (await readdir(asset('guest/node'))).map((file) => `guest/node/${file}`);
  expect([...NODE_MODULES.keys()].map(providedAsset).sort()).toEqual(built.sort());
  expect([...NODE_MODULES.keys()].filter((name) => !builtinModules.includes(name))).toEqual([]);
});

test('readProvided() says what to do where the host is not built', async () => {
  await expect(readProvided('nothing')).rejects.toMatchObject({
    code: 'ERR_INTERNAL',
    hint: expect.stringContaining('npm run build') as string,
  });
});

test.each([...NODE_MODULES.keys()])('build() takes node:%s from the host, with all it imports', async (name) => {
  const program = await buildFiles({ 'mod.ts': `import * as all from 'node:${name}';\nexport default all;` });
  const { sources } = JSON.parse(program.sourceMap) as { sources: string[] };
  expect(sources).toContain(`node:${name}`);
  expect(program.script).not.toMatch(/^import /m);
});

test('build() gives a plugin node:path that works', async () => {
  const program = await buildFiles({
    'mod.ts':
      "import path, { join } from 'node:path';\nexport default [join('/data', '../a'), path.basename('/a/b.txt', '.txt')];",
  });
  expect((await execute(program)).default).toEqual(['/a', 'b']);
});
