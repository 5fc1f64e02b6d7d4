import { createContext, Script } from 'node:vm';
import { digestOf, digestOfJson } from '../../src/core/digest.ts';
import { PluginError } from '../../src/core/errors.ts';
import type { LockEntry, Verified } from '../../src/lock/types.ts';
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

/** Stands in for `verify()`: the graph as it was collected, unchanged. */
export function verifiedOf(graph: Graph, entry: string, changes: Partial<LockEntry> = {}): Verified {
  const modules = Object.fromEntries([...graph.files].map(([id, file]) => [id, file.digest]));
  const lock: LockEntry = {
    source: './test',
    resolved: './test',
    kind: 'module',
    integrity: digestOfJson(modules),
    checksum: digestOf(''),
    entry,
    sdk: '1',
    metadata: { name: 'test', version: '1.0.0', description: '', author: '', license: 'MIT' },
    permissions: {},
    commands: [],
    modules,
    redirects: graph.redirects,
    ...(graph.importMap === undefined ? {} : { importMap: graph.importMap }),
    ...changes,
  };
  return { name: 'test', lock, files: graph.files } as Verified;
}

export async function verify(files: Files, entry = 'mod.ts', options: CollectOptions = {}): Promise<Verified> {
  return verifiedOf(await collectGraph(originOf(files), entry, options), entry);
}

/** Runs a program's script as the guest does, in a context of its own with the globals given. */
export async function execute(program: Program, globals: Readonly<Record<string, unknown>> = {}): Promise<Exports> {
  const script = new Script(wrapScript(program.script), { filename: scriptName('test') });
  return await (script.runInContext(createContext({ ...globals })) as () => Promise<Exports>)();
}

export type Exports = { readonly default: unknown; readonly [name: string]: unknown };
