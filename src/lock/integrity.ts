import { digestOfJson, type Digest } from '../core/digest.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Loader, ModuleId } from '../source/types.ts';
import { loaderOfId } from '../source/graph/loaders.ts';
import type { LockEntry } from './types.ts';

/** What an entry's `integrity` covers: all that decides what runs, and no location. */
export type RunsAs = Pick<LockEntry, 'entry' | 'sdk' | 'modules' | 'redirects' | 'importMap'>;

/** The plugin's identity for signatures, reviews, audit, grants and caches (DESIGN, Lockfile). */
export function integrityOf(entry: RunsAs): Digest {
  const modules: { [id: ModuleId]: JsonObject } = Object.create(null) as { [id: ModuleId]: JsonObject };
  for (const [id, pin] of Object.entries(entry.modules)) modules[id] = { ...pinOf(id, pin) };
  return digestOfJson({
    entry: entry.entry,
    modules,
    redirects: { ...entry.redirects },
    importMap: entry.importMap ?? {},
    sdk: entry.sdk,
  });
}

/** Digest of all the rest of the entry: notices a field that was edited by hand or merged wrongly. */
export function checksumOf(entry: Omit<LockEntry, 'checksum'>): Digest {
  const { checksum: _, ...rest } = entry as LockEntry;
  return digestOfJson(rest as unknown as Json);
}

export function pinOf(
  id: ModuleId,
  pin: LockEntry['modules'][string],
): { readonly digest: Digest; readonly loader: Loader } {
  return typeof pin === 'string' ? { digest: pin, loader: loaderOfId(id) } : pin;
}
