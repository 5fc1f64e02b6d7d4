import { cp, readFile, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { statementsOf } from '../../src/trust/contents/wasm-statements.ts';
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

describe('what is committed', () => {
  test.each(TARGETS)('of $folder states what its compiler linked into it', async (target) => {
    const { packages, faults } = statementsOf(await readFile(committed(target)));
    expect(faults).toEqual([]);
    expect(packages?.map(({ name }) => name)).toEqual(expect.arrayContaining([LINKED[target.language]]));
  });
});

const LINKED = {
  c: 'debian/wasi-libc',
  rust: 'rust-std',
  assemblyscript: 'assemblyscript',
  javascript: 'quickjs-ng',
} as const;
