/**
 * The npm packages of one plugin: of a registry while it is pinned, of its lock entry when it is fetched again. Guarantees that
 * with a lock nothing is asked for but the tarballs that stand there. Trusts tarballs.ts for the bytes.
 */
import { isPluginError, PluginError } from '../../core/errors.ts';
import { offline } from '../foreign.ts';
import type { ModuleId, SourceContext, SourceFile } from '../types.ts';
import { createPackageGraph } from './graph.ts';
import { isNpmIntegrity } from './integrity.ts';
import { packageKey, parseNpmId, splitKey } from './names.ts';
import { FULL_TYPES, PACKUMENT_TYPES, pickRelease, readTimes, readPackument, type Packument } from './packument.ts';
import { openRegistries, type Registries } from './registries.ts';
import { createTarballs, pinOfRelease, type TarballPin } from './tarballs.ts';
import type { OwnRelease, PackageGraph, PackagePins, Packages } from './types.ts';

/** `locked`: the packages of a lock entry; undefined while one is made. */
export function createPackages(context: SourceContext, locked: PackagePins | undefined): Packages {
  let opened: Promise<Registries> | undefined;
  const registries = (): Promise<Registries> => (opened ??= openRegistries(context));
  const tarballs = createTarballs(registries, context, locked !== undefined);
  const packuments = new Map<string, Promise<Packument>>();
  const picked = new Map<string, TarballPin>(locked === undefined ? [] : pinsOf(locked));
  const requests = new Map<string, string>();
  let own: OwnRelease | undefined;

  const ask = async (name: string, accept: string): Promise<Uint8Array> => {
    if (context.offline) throw offline(`npm:${name}`);
    const { http, urlFor } = await registries();
    const registry = urlFor(name);
    const file = await http
      .get(`${registry}${name.replace('/', '%2f')}`, {
        limit: context.config.maxArchiveBytes,
        expect: 'module',
        accept,
        signal: context.signal,
      })
      .catch((error: unknown) => {
        throw isPluginError(error, 'ERR_SOURCE_NOT_FOUND') ? unknownPackage(name, registry, error) : error;
      });
    return file.bytes;
  };
  const packumentOf = async (name: string): Promise<Packument> => {
    const bytes = await ask(name, PACKUMENT_TYPES);
    return readPackument(name, (await registries()).urlFor(name), bytes);
  };

  const pinOf = (key: string): TarballPin => {
    const pin = picked.get(key);
    if (pin !== undefined) return pin;
    throw new PluginError('ERR_LOCK_OUTDATED', `Cannot read "npm:${key}": the lock does not name this package`, {
      hint: 'run `aitbc plugin lock`',
    });
  };

  const packages: Packages = {
    requests,
    get own() {
      return own;
    },
    async pick(name, range) {
      const asking = packuments.get(name) ?? packumentOf(name);
      packuments.set(name, asking);
      const packument = await asking;
      const registry = (await registries()).urlFor(name);
      const release = pickRelease(packument, range, registry);
      picked.set(release.key, picked.get(release.key) ?? pinOfRelease(release, release.tarball, registry));
      return release;
    },
    files: async (key) => tarballs.get(key, pinOf(key)),
    lockedFiles: (key, pin) => tarballs.get(key, pin),
    pinOf,
    setOwn(key, { manifest }) {
      own = { key, pin: pinOf(key), manifest };
    },
    async read(id) {
      return readFile(packages, id);
    },
    graph: (addresses): Promise<PackageGraph> => Promise.resolve(createPackageGraph(packages, addresses)),
    async published() {
      const times = new Map<string, Date>();
      for (const [name, versions] of byName(picked.keys())) {
        const stated = readTimes(await ask(name, FULL_TYPES));
        for (const version of versions) {
          const time = stated.get(version);
          if (time !== undefined) times.set(packageKey(name, version), time);
        }
      }
      return times;
    },
    async close() {
      const closing = opened;
      opened = undefined;
      // What failed to open was reported when it was asked.
      if (closing !== undefined)
        await closing.then(
          ({ http }) => http.close(),
          () => {},
        );
    },
  };
  return packages;
}

function byName(keys: Iterable<string>): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const key of keys) {
    const split = splitKey(key);
    if (split !== undefined) names.set(split.name, [...(names.get(split.name) ?? []), split.version]);
  }
  return names;
}

async function readFile(packages: Packages, id: ModuleId): Promise<SourceFile> {
  const file = parseNpmId(id);
  if (file === undefined) {
    throw new PluginError('ERR_IMPORT_DENIED', `Cannot import "${id.slice(0, 256)}": it is no module of a package`);
  }
  const bytes = (await packages.files(file.key)).files.get(file.path);
  if (bytes !== undefined) return { bytes };
  throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot read "${id}": the package has no such file`);
}

/** A lock's integrity was checked for its shape when the lock was read; a hand-made entry is not trusted with it. */
function pinsOf(pins: PackagePins): [string, TarballPin][] {
  return Object.entries(pins).flatMap(([key, { integrity, tarball }]): [string, TarballPin][] => {
    if (integrity === undefined || !isNpmIntegrity(integrity) || splitKey(key) === undefined) return [];
    return [[key, { integrity, tarball }]];
  });
}

function unknownPackage(name: string, registry: string, cause: unknown): PluginError {
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "npm:${name}": ${registry} has no such package`, {
    hint: 'correct the name; a private package needs its registry and token in .npmrc',
    cause,
  });
}
