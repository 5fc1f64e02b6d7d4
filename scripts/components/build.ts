import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  compileAssemblyScript,
  compileC,
  compileJavaScript,
  compileRust,
  outputIn,
  type CompileJob,
} from './compile.ts';
import { nameExports, withSection, wrap } from './componentize.ts';
import { SBOM_SECTION, sbomOf } from './sbom.ts';
import type { Language, Target } from './targets.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** Where the manifest of a component stands in it. */
const MANIFEST_SECTION = 'aitbc:manifest';

const COMPILERS: Readonly<Record<Language, (job: CompileJob) => void>> = {
  c: compileC,
  rust: compileRust,
  assemblyscript: compileAssemblyScript,
  javascript: compileJavaScript,
};

/** The bytes of one component, compiled from `root`, a copy of the repository or the repository itself. */
export async function buildComponent(target: Target, root: string = REPOSITORY): Promise<Uint8Array> {
  const folder = join(root, 'plugins', target.folder);
  const wit = join(root, 'runtime/wit');
  const scratch = await mkdtemp(join(tmpdir(), 'aitbc-component-'));
  try {
    const output = outputIn(scratch);
    COMPILERS[target.language]({ source: join(folder, target.source), root, wit, world: target.world, output });
    const component = await componentOf(target, await readFile(output), await witSource(wit));
    const described = withSection(component, MANIFEST_SECTION, Buffer.from(JSON.stringify(await manifest(folder))));
    return withSection(described, SBOM_SECTION, sbomOf(target.language));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Path of what is committed for it. */
export function committed(target: Target): string {
  return join(REPOSITORY, 'plugins', target.folder, 'plugin.wasm');
}

async function componentOf({ language, world }: Target, compiled: Uint8Array, wit: string): Promise<Uint8Array> {
  if (language === 'javascript') return compiled;
  if (language === 'assemblyscript') return wrap(await nameExports(compiled), wit, world, 'utf16');
  return wrap(compiled, wit, world);
}

async function witSource(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.wit'));
  // The one that names the package comes first.
  const texts = await Promise.all(files.sort().map((name) => readFile(join(folder, name), 'utf8')));
  const isFirst = (text: string): boolean => /^package /m.test(text);
  return [...texts.filter(isFirst), ...texts.filter((text) => !isFirst(text))].join('\n');
}

/** `plugin.json` without what belongs to its folder alone. */
async function manifest(folder: string): Promise<object> {
  const {
    $schema: _,
    entry: __,
    ...stated
  } = JSON.parse(await readFile(join(folder, 'plugin.json'), 'utf8')) as Record<string, unknown>;
  return stated;
}
