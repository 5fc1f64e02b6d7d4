import { cp, readFile, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { buildComponent, committed } from '../../scripts/components/build.ts';
import { TARGETS } from '../../scripts/components/targets.ts';
import { missingTools } from '../../scripts/components/tools.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

/** `AITBC_TOOLCHAINS=all`: a compiler that is missing is a failure. */
const ALL = process.env['AITBC_TOOLCHAINS'] === 'all';
const here = TARGETS.filter(({ language }) => ALL || missingTools([language]).length === 0);
const missing = missingTools(TARGETS.map(({ language }) => language));
if (!ALL && missing.length > 0) {
  const left = TARGETS.filter((target) => !here.includes(target)).map(({ folder }) => folder);
  console.warn(`Not rebuilt from source here: ${left.join(', ')}. To have it checked:\n  ${missing.join('\n  ')}`);
}

let elsewhere: TemporaryFolder;
beforeAll(async () => {
  elsewhere = await temporaryFolder();
  for (const folder of ['plugins', 'runtime/wit']) await cp(folder, `${elsewhere.path}/${folder}`, { recursive: true });
  await symlink(`${process.cwd()}/node_modules`, `${elsewhere.path}/node_modules`);
});
afterAll(() => elsewhere.remove());

describe.runIf(here.length > 0)('buildComponent()', () => {
  test.each(here)('makes of $folder in another folder what is committed', async (target) => {
    const fresh = await buildComponent(target, elsewhere.path);
    expect(digestOf(fresh)).toBe(digestOf(await readFile(committed(target))));
  });
});
