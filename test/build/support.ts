import { createContext, Script } from 'node:vm';
import { build } from '../../src/build/build.ts';
import { PluginError } from '../../src/core/errors.ts';
import { lockEntryOf } from '../../src/lock/entry.ts';
import { verify as verifyLocked } from '../../src/lock/verify.ts';
import type { Verified } from '../../src/lock/types.ts';
import type { Program } from '../../src/build/types.ts';
import { scriptName, wrapScript } from '../../src/protocol/script.ts';
import { collectGraph, type CollectOptions, type Graph } from '../../src/source/graph/collect.ts';
import type { Origin } from '../../src/source/types.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;
type GraphOrigin = Pick<Origin, 'read' | 'base' | 'source'>;

/** An origin whose files are here. */
export function originOf(files: Files, base?: string): GraphOrigin & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    source: 'test',
    base,
    asked,
    read(id) {
      asked.push(id);
      const content = files[id];
      if (content === undefined) {
        return Promise.reject(new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot read "${id}": no such file`));
      }
      return Promise.resolve({ bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content });
    },
  };
}

const DESCRIPTION = {
  metadata: { name: 'test', version: '1.0.0', description: '', author: '', license: 'MIT' },
  permissions: {},
  commands: [],
};

/** A graph as the lock has it, verified. `resolved`: where the entry came from. */
export async function verifiedOf(graph: Graph, entry: string, resolved = './test'): Promise<Verified> {
  const artifact = { ...graph, source: './test', resolved, kind: 'module' as const, git: undefined, entry };
  const lock = lockEntryOf(artifact, DESCRIPTION);
  return await verifyLocked('test', lock, { read: (id) => Promise.resolve(graph.files.get(id)?.bytes) });
}

export async function verify(files: Files, entry = 'mod.ts', options: CollectOptions = {}): Promise<Verified> {
  return await verifiedOf(await collectGraph(originOf(files), entry, options), entry);
}

/** Collects, locks, verifies and builds. */
export async function buildFiles(files: Files, entry = 'mod.ts'): Promise<Program> {
  return await build(await verify(files, entry));
}

/** Runs a program's script as the guest does, in a context of its own with the globals given. */
export async function execute(program: Program, globals: Readonly<Record<string, unknown>> = {}): Promise<Exports> {
  const script = new Script(wrapScript(program.script), { filename: scriptName('test') });
  return await (script.runInContext(createContext({ ...globals })) as () => Promise<Exports>)();
}

export type Exports = { readonly default: unknown; readonly [name: string]: unknown };
