import { digestOf, digestOfJson, type Digest } from '../core/digest.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import type { Loader, ModuleId } from '../source/types.ts';
import { loaderOfId } from '../source/graph/loaders.ts';
import type { LockEntry } from './types.ts';

/** What an entry's `integrity` covers: all that decides what runs, and no location. */
export type RunsAs = Pick<LockEntry, 'entry' | 'sdk' | 'modules' | 'redirects' | 'importMap'>;

/** The plugin's identity for signatures, reviews, audit, grants and caches (DESIGN, Lockfile). */
export function integrityOf(entry: RunsAs): Digest {
  // Canonical JSON, put together by hand for modules: there may be thousands, and each start does this.
  const modules = Object.keys(entry.modules)
    .sort()
    .map((id) => {
      const { digest, loader } = pinOf(id, entry.modules[id] as LockEntry['modules'][string]);
      return `${JSON.stringify(id)}:{"digest":"${digest}","loader":"${loader}"}`;
    });
  const importMap = canonicalJson(entry.importMap ?? {});
  const redirects = canonicalJson({ ...entry.redirects });
  return digestOf(
    `{"entry":${JSON.stringify(entry.entry)},"importMap":${importMap},"modules":{${modules.join(',')}},` +
      `"redirects":${redirects},"sdk":${JSON.stringify(entry.sdk)}}`,
  );
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
