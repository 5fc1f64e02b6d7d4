import type { Loader, ModuleId } from '../types.ts';

const BY_EXTENSION: ReadonlyMap<string, Loader> = new Map([
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

const BY_MEDIA_TYPE: ReadonlyMap<string, Loader> = new Map([
  ['application/typescript', 'ts'],
  ['application/x-typescript', 'ts'],
  ['text/typescript', 'ts'],
  ['text/x-typescript', 'ts'],
  ['video/mp2t', 'ts'],
  ['text/tsx', 'tsx'],
  ['text/jsx', 'jsx'],
  ['application/javascript', 'js'],
  ['application/ecmascript', 'js'],
  ['application/x-javascript', 'js'],
  ['text/javascript', 'js'],
  ['text/ecmascript', 'js'],
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/wasm', 'wasm'],
]);

/** The loader that follows from an id alone, as the lockfile has it; `binary` for whatever is no code. */
export function loaderOfId(id: ModuleId): Loader {
  return BY_EXTENSION.get(extensionOf(id)) ?? 'binary';
}

/**
 * The loader of what was read: by the extension of where it came from, then of its id, then by its media type. In this
 * order, because two ids that lead to one place are one module.
 */
export function loaderOfFile(id: ModuleId, finalUrl: string | undefined, contentType: string | undefined): Loader {
  return (
    BY_EXTENSION.get(extensionOf(finalUrl ?? id)) ??
    BY_EXTENSION.get(extensionOf(id)) ??
    BY_MEDIA_TYPE.get(contentType ?? '') ??
    'binary'
  );
}

export type ImportAs = { readonly loader: Loader } | { readonly why: string; readonly hint?: string };

/** How one import takes a file: the import attributes decide, then the file's own loader. */
export function importAs(loader: Loader, attributes: Readonly<Record<string, string>>): ImportAs {
  for (const [key, value] of Object.entries(attributes)) {
    if (key !== 'type') return { why: `the import attribute "${key}" is not supported` };
    if (value === 'text') return { loader: 'text' };
    if (value === 'bytes') return { loader: 'binary' };
    if (value !== 'json') return { why: `the import attribute type: "${value}" is not supported` };
    if (loader === 'json' || loader === 'binary' || loader === 'text') return { loader: 'json' };
    return { why: 'it is code, not JSON' };
  }
  if (loader === 'wasm') {
    return { why: 'modules cannot import WebAssembly', hint: 'A WebAssembly component is a plugin of its own.' };
  }
  if (loader === 'binary') {
    return {
      why: 'its kind is unknown',
      hint: "Say what it is: with { type: 'text' }, with { type: 'bytes' } or with { type: 'json' }.",
    };
  }
  return { loader };
}

function extensionOf(id: string): string {
  const path = /^[a-z][a-z0-9+.-]*:/i.test(id) ? (URL.parse(id)?.pathname ?? '') : id;
  return /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
}
