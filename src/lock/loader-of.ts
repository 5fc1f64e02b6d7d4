import type { Loader, ModuleId } from '../source/types.ts';

/** The loader that follows from a module's id; the lock names a loader only where another one is used. */
export function loaderOf(id: ModuleId): Loader {
  const path = URL.canParse(id) ? new URL(id).pathname : id;
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  return LOADERS.get(extension) ?? 'binary';
}

const LOADERS = new Map<string, Loader>([
  ['ts', 'ts'],
  ['mts', 'ts'],
  ['cts', 'ts'],
  ['tsx', 'tsx'],
  ['js', 'js'],
  ['mjs', 'js'],
  ['cjs', 'js'],
  ['jsx', 'jsx'],
  ['json', 'json'],
  ['txt', 'text'],
  ['wasm', 'wasm'],
]);
