/**
 * Compiles the example components from source into their folders: `node scripts/build-components.ts [folder...]`. With
 * `--check` it compiles them elsewhere, and fails where what comes out is not what is committed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { buildComponent, committed } from './components/build.ts';
import { TARGETS, type Target } from './components/targets.ts';
import { missingTools } from './components/tools.ts';

async function main(arguments_: readonly string[]): Promise<number> {
  const folders = arguments_.filter((argument) => argument !== '--check');
  const targets = TARGETS.filter(({ folder }) => folders.length === 0 || folders.includes(folder));
  const missing = missingTools(targets.map(({ language }) => language));
  if (missing.length > 0) {
    console.error(`Cannot build: compilers are missing. Install them:\n  ${missing.join('\n  ')}`);
    return 1;
  }
  const done = arguments_.includes('--check') ? check : build;
  let failed = 0;
  for (const target of targets) if (!(await done(target))) failed += 1;
  return failed === 0 ? 0 : 1;
}

async function build(target: Target): Promise<boolean> {
  const bytes = await buildComponent(target);
  await writeFile(committed(target), bytes);
  console.log(`${target.folder}: ${bytes.length} bytes`);
  return true;
}

async function check(target: Target): Promise<boolean> {
  const same = Buffer.from(await buildComponent(target)).equals(await readFile(committed(target)));
  console.log(`${target.folder}: ${same ? 'as committed' : 'other than committed'}`);
  return same;
}

process.exitCode = await main(process.argv.slice(2));
