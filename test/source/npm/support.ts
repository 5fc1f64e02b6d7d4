import { createContext, Script } from 'node:vm';
import { build } from '../../../src/build/build.ts';
import { lockEntryOf } from '../../../src/lock/entry.ts';
import type { LockEntry } from '../../../src/lock/types.ts';
import { verify } from '../../../src/lock/verify.ts';
import { scriptName, wrapScript } from '../../../src/protocol/script.ts';
import { collectGraph } from '../../../src/source/graph/collect.ts';
import { openLocked, openOrigin } from '../../../src/source/open.ts';
import type { Artifact, SourceContext } from '../../../src/source/types.ts';
import type { NpmRegistry } from '../../support/npm-registry.ts';
import { sourceContext } from '../../support/source-context.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temp.ts';

/** A folder with a plugin and an `.npmrc` that names the registry. */
export async function project(
  registry: Pick<NpmRegistry, 'url'>,
  files: Readonly<Record<string, string>> = {},
): Promise<TemporaryFolder & { readonly context: SourceContext }> {
  const folder = await temporaryFolder({ '.npmrc': `registry=${registry.url}\n`, ...files });
  return { ...folder, context: sourceContext(folder.path) };
}

export async function artifactOf(source: string, context: SourceContext): Promise<Artifact> {
  const origin = await openOrigin(source, context);
  try {
    const graph = await collectGraph(origin, origin.entry);
    return { source, resolved: origin.resolved, git: origin.git, entry: origin.entry, ...graph };
  } finally {
    await origin.close();
  }
}

const DESCRIPTION = {
  metadata: { name: 'test', version: '1.0.0', description: '', author: '', license: 'MIT' },
  permissions: {},
  commands: [],
};

export async function lock(source: string, context: SourceContext): Promise<LockEntry> {
  return lockEntryOf(await artifactOf(source, context), DESCRIPTION);
}

/** Reads what the lock names from where it names it, verifies, builds and runs it. */
export async function runLocked(entry: LockEntry, context: SourceContext): Promise<Record<string, unknown>> {
  const origin = await openLocked(entry, context);
  try {
    const verified = await verify('test', entry, { read: async (id) => (await origin.read(id)).bytes });
    const program = await build(verified);
    const script = new Script(wrapScript(program.script), { filename: scriptName('test') });
    return await (script.runInContext(createContext({})) as () => Promise<Record<string, unknown>>)();
  } finally {
    await origin.close();
  }
}

/** Pins a plugin of one module and gives its lock entry and its default export, built from the lock. */
export async function pinAndRun(
  code: string,
  registry: Pick<NpmRegistry, 'url'>,
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly entry: LockEntry; readonly value: unknown }> {
  await using folder = await project(registry, { 'p/mod.js': code, ...files });
  const entry = await lock('./p', folder.context);
  return { entry, value: (await runLocked(entry, folder.context))['default'] };
}
