import { describe, expect, test } from 'vitest';
import { build } from '../../src/build/build.ts';
import { execute, type Files, verify } from './support.ts';

async function run(files: Files, entry = 'mod.ts'): Promise<unknown> {
  return (await execute(await build(await verify(files, entry)))).default;
}

describe('build() makes one script of', () => {
  test.each<[string, Files, unknown]>([
    ['one TypeScript file', { 'mod.ts': 'enum E { A = 2 }\nexport default E.A satisfies number;' }, 2],
    [
      'relative imports',
      { 'mod.ts': "import { a } from './lib/a.ts';\nexport default a;", 'lib/a.ts': 'export const a = 1;' },
      1,
    ],
  ])('%s', async (_, files, expected) => {
    expect(await run(files)).toEqual(expected);
  });
});
