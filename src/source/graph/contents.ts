import type { Metafile } from 'esbuild';
import type { ModuleId } from '../types.ts';
import { idOfSource } from './names.ts';

/** A module that the bundler read, and what became of it. */
export interface BundledModule {
  /** A module's id; `@aitbc/plugins/sdk` and `node:<name>` are the host's own. */
  readonly id: ModuleId;
  /** Whether code of it is in the program: tree shaking leaves modules out. */
  readonly included: boolean;
  /** What it imports, as far as that was read. */
  readonly imports: readonly ModuleId[];
}

/** What a bundle is made of, by id. */
export function contentsOf({ inputs, outputs }: Metafile): BundledModule[] {
  const included = new Set(
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [idOf(path)] : [])),
    ),
  );
  const modules = new Map<ModuleId, Set<ModuleId>>();
  for (const [path, { imports }] of Object.entries(inputs)) {
    const id = idOf(path);
    if (/^(?:empty|absent):/.test(id)) continue;
    const imported = modules.get(id) ?? new Set();
    for (const { path: to } of imports) imported.add(idOf(to));
    modules.set(id, imported);
  }
  return [...modules]
    .map(([id, imports]) => ({
      id,
      included: included.has(id),
      imports: [...imports].filter((other) => other !== id && modules.has(other)).sort(),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** esbuild tells imports with attributes apart: `data.json with { type: 'json' }`. */
function idOf(path: string): ModuleId {
  return idOfSource(path.replace(/ with \{[^{}]*\}$/, '')).replace(/^node:require /, 'node:');
}
