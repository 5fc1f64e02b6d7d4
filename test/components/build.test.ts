import { cp, readFile, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { buildComponent, committed } from '../../scripts/components/build.ts';
import { TARGETS, type Target } from '../../scripts/components/targets.ts';
import { missingTools } from '../../scripts/components/tools.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

const here = (target: Target): boolean => missingTools([target.language]).length === 0;
const missing = missingTools(TARGETS.map(({ language }) => language));
if (missing.length > 0) {
  const left = TARGETS.filter((target) => !here(target)).map(({ folder }) => folder);
  console.warn(`Not rebuilt from source here: ${left.join(', ')}. To have it checked:\n  ${missing.join('\n  ')}`);
}

let elsewhere: TemporaryFolder;
beforeAll(async () => {
  elsewhere = await temporaryFolder();
  for (const folder of ['plugins', 'runtime/wit']) await cp(folder, `${elsewhere.path}/${folder}`, { recursive: true });
  await symlink(`${process.cwd()}/node_modules`, `${elsewhere.path}/node_modules`);
});
afterAll(() => elsewhere.remove());

describe('buildComponent()', () => {
  for (const target of TARGETS) {
    test.runIf(here(target))(`makes of ${target.folder} in another folder what is committed`, async () => {
      const fresh = await buildComponent(target, elsewhere.path);
      expect(digestOf(fresh)).toBe(digestOf(await readFile(committed(target))));
    });
  }
});
