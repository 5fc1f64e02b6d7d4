import { digestOf, digestOfJson, type Digest } from '../core/digest.ts';
import { canonicalJson, type Json, type JsonObject } from '../core/json.ts';
import { OWN_PACKAGE, type PackagePins } from '../source/npm/types.ts';
import type { Loader, ModuleId } from '../source/types.ts';
import { loaderOfId } from '../source/graph/loaders.ts';
import type { LockEntry } from './types.ts';

/** What an entry's `integrity` covers: all that decides what runs, and no location. */
export type RunsAs = Pick<LockEntry, 'entry' | 'sdk' | 'modules' | 'redirects' | 'importMap' | 'packages'>;

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
  const identities = entry.packages === undefined ? {} : packageIdentities(entry.packages);
  const packages = Object.keys(identities).length === 0 ? '' : `"packages":${canonicalJson(identities)},`;
  return digestOf(
    `{"entry":${JSON.stringify(entry.entry)},"importMap":${importMap},"modules":{${modules.join(',')}},${packages}` +
      `"redirects":${redirects},"sdk":${JSON.stringify(entry.sdk)}}`,
  );
}

/**
 * Without their places: a mirror gives the same packages. Of the plugin itself without the sum of its tarball, which holds
 * the signature of what is put together here; its modules are named one by one.
 */
function packageIdentities(packages: PackagePins): JsonObject {
  const all = Object.entries(packages).map(([key, { integrity, dependencies }]): [string, JsonObject] => [
    key,
    {
      ...(integrity === undefined || key === OWN_PACKAGE ? {} : { integrity }),
      ...(dependencies === undefined ? {} : { dependencies }),
    },
  ]);
  return Object.fromEntries(all.filter(([key, identity]) => key !== OWN_PACKAGE || Object.keys(identity).length > 0));
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

/** Field by field, whatever their order. */
export function isSameEntry(a: LockEntry | undefined, b: LockEntry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);
}
