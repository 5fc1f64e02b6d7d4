import { isPluginError } from '../../core/errors.ts';
import { parseStrictJson } from '../../core/parse-json.ts';
import { isForeign } from '../module-id.ts';
import type { ModuleId } from '../types.ts';
import type { BundledModule } from './contents.ts';

const MAX_DEPTH = 32;

/**
 * The package.json files, below the plugin's root, of packages whose copies lie in its folder: the nearest one with name and version above
 * each own module. They are kept with the plugin, so that what they say of it is as locked as its code.
 */
export async function vendoredManifests(
  contents: readonly BundledModule[],
  read: (id: ModuleId) => Promise<Uint8Array | undefined>,
): Promise<ModuleId[]> {
  const stated = new Map<ModuleId, boolean>();
  const found = new Set<ModuleId>();
  for (const { id } of contents) {
    if (isForeign(id) || id.startsWith('@aitbc/plugins/')) continue;
    for (const manifest of manifestsAbove(id)) {
      const states = stated.get(manifest) ?? statesPackage(await readIfAllowed(manifest, read));
      stated.set(manifest, states);
      if (!states) continue;
      found.add(manifest);
      break;
    }
  }
  return [...found].sort();
}

/** `a/b/package.json`, `a/package.json` for `a/b/mod.ts`: nearest first, and never the root's own. */
export function manifestsAbove(id: ModuleId): ModuleId[] {
  const folders = id.split('/').slice(0, -1);
  return folders
    .slice(0, MAX_DEPTH)
    .map((_, depth) => [...folders.slice(0, folders.length - depth), 'package.json'].join('/'));
}

/** One that leads out of the plugin's folder by a link is none. */
async function readIfAllowed(
  id: ModuleId,
  read: (id: ModuleId) => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  try {
    return await read(id);
  } catch (error) {
    if (isPluginError(error, 'ERR_IMPORT_DENIED')) return undefined;
    throw error;
  }
}

function statesPackage(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && packageOf(bytes) !== undefined;
}

/** Name and version as a package.json states them; undefined where it states not both, or is no JSON. */
export function packageOf(bytes: Uint8Array): { readonly name: string; readonly version: string } | undefined {
  const parsed = parseStrictJson(new TextDecoder().decode(bytes));
  if (!parsed.ok || parsed.value === null || typeof parsed.value !== 'object' || Array.isArray(parsed.value))
    return undefined;
  const { name, version } = parsed.value;
  return typeof name === 'string' && typeof version === 'string' ? { name, version } : undefined;
}
