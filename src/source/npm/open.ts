import { PluginError } from '../../core/errors.ts';
import { parseStrictJson } from '../../core/parse-json.ts';
import { findEntry } from '../entry.ts';
import { createForeignReader } from '../foreign.ts';
import { entryOfPackage, readPackageJson } from '../graph/package-json.ts';
import { assertOwnId, isForeign } from '../module-id.ts';
import type { NpmSpecifier } from '../specifier.ts';
import type { LockedSource, ModuleId, Origin, SourceContext } from '../types.ts';
import { isVersion, packageKey } from './names.ts';
import { isObject } from './packument.ts';
import type { PackageFiles } from './tarballs.ts';
import { OWN_PACKAGE, type Packages } from './types.ts';

/** The newest release in the range, unpacked in memory. */
export async function openNpm(spec: NpmSpecifier, packages: Packages, context: SourceContext): Promise<Origin> {
  const { key } = await packages.pick(spec.name, spec.range);
  const found = await packages.files(key);
  packages.setOwn(key, found);
  return origin({ source: spec.text, key, entry: await entryOf(spec, key, found) }, found, context);
}

/** The version that the lock names, with the sha512 that stands there. */
export async function openLockedNpm(
  locked: LockedSource,
  target: NpmSpecifier,
  packages: Packages,
  context: SourceContext,
): Promise<Origin> {
  const key = packageKey(target.name, target.range);
  const own = locked.packages?.[OWN_PACKAGE];
  if (!isVersion(target.range) || own?.integrity === undefined) {
    throw new PluginError('ERR_LOCK_OUTDATED', `Cannot open "${locked.source}": the lock has no integrity for ${key}`, {
      hint: 'run `aitbc plugin lock`',
    });
  }
  const found = await packages.lockedFiles(key, { integrity: own.integrity, tarball: own.tarball });
  return origin({ source: locked.source, key, entry: locked.entry }, found, context);
}

function origin(
  { source, key, entry }: { readonly source: string; readonly key: string; readonly entry: ModuleId },
  { files, url }: PackageFiles,
  context: SourceContext,
): Origin {
  const foreign = createForeignReader(context);
  return {
    source,
    resolved: `npm:${key}`,
    git: undefined,
    entry,
    base: undefined,
    read: async (id, options = {}) => {
      if (isForeign(id)) return foreign.read(id, options, url);
      assertOwnId(id, source);
      const bytes = files.get(id);
      if (bytes !== undefined) return { bytes };
      throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot read "${id}" of "${source}": the package has no such file`);
    },
    list: async () => [...files.keys()].sort(),
    close: () => foreign.close(),
  };
}

/** The subpath's export; without one `entry` of plugin.json, else the package's own main module. */
async function entryOf(spec: NpmSpecifier, key: string, { files, manifest }: PackageFiles): Promise<ModuleId> {
  const whole = spec.subpath === '.';
  if (whole && statesEntry(files.get('plugin.json'))) return findEntry(spec.text, reader(files));
  const found = entryOfPackage(readPackageJson(manifest), spec.subpath).find((path) => files.has(path));
  if (found !== undefined) return found;
  if (whole) return findEntry(spec.text, reader(files));
  throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot open "${spec.text}": ${key} has no module "${spec.subpath}"`, {
    hint: 'name a subpath of its "exports", or a file of it where it has none',
  });
}

/** Whether plugin.json names the entry; true for one that cannot be read, so that `findEntry` says what is wrong. */
function statesEntry(bytes: Uint8Array | undefined): boolean {
  if (bytes === undefined) return false;
  const parsed = parseStrictJson(new TextDecoder().decode(bytes));
  return !parsed.ok || !isObject(parsed.value) || 'entry' in parsed.value || 'main' in parsed.value;
}

function reader(files: PackageFiles['files']): Parameters<typeof findEntry>[1] {
  return { exists: async (id) => files.has(id), read: async (id) => files.get(id) };
}
