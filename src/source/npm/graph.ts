/**
 * Which package each import means, for one pass over a plugin's modules. Guarantees that the result does not depend on the order
 * in which imports are found, and that a package reaches its declared dependencies and peers alone. Trusts nothing of
 * package.json but that its bytes were verified.
 */
import { satisfies, validRange } from 'semver';
import { isPluginError, PluginError } from '../../core/errors.ts';
import { isPackageName, isRange, parseNpmRequest, splitKey, type NpmRequest } from './names.ts';
import { isObject, own } from './packument.ts';
import {
  OWN_PACKAGE,
  type Dependency,
  type PackageGraph,
  type PackagePin,
  type PackagePins,
  type Packages,
} from './types.ts';

/** `addresses`: what an import map names; it provides peers, whether it is imported before, after or never. */
export function createPackageGraph(packages: Packages, addresses: readonly string[]): PackageGraph {
  return new Graph(packages, addresses);
}

class Graph implements PackageGraph {
  readonly #packages: Packages;
  readonly #known = new Map<string, Promise<Dependency>>();
  /** Package -> name it imports -> package. */
  readonly #edges = new Map<string, Map<string, string>>();
  readonly #importers = new Map<string, Set<string>>();
  readonly #peers: { readonly from: string; readonly name: string; readonly range: string; readonly key: string }[] =
    [];
  readonly #requestsBefore: number;
  readonly #mapped: readonly NpmRequest[];
  #missedPeer = false;

  constructor(packages: Packages, addresses: readonly string[]) {
    this.#packages = packages;
    const requests = addresses.map((address) => parseNpmRequest(address.slice('npm:'.length)));
    this.#mapped = requests.filter((request) => typeof request !== 'string');
    this.#requestsBefore = packages.requests.size;
  }

  get own(): boolean {
    return this.#packages.own !== undefined;
  }

  dependency(from: string, name: string): Promise<Dependency> {
    const id = `${from} ${name}`;
    let found = this.#known.get(id);
    if (found === undefined) {
      found = this.#resolve(from, name).then(async (dependency) => {
        // Here, so that a tarball that is gone is its own error, and not a module that is not there.
        if (dependency.kind === 'package') await this.#packages.files(dependency.key);
        return dependency;
      });
      this.#known.set(id, found);
    }
    return found;
  }

  pins(): PackagePins | undefined {
    const pins: Record<string, PackagePin> = {};
    for (const key of [...this.#importers.keys()].sort()) pins[key] = this.#pin(key, this.#packages.pinOf(key));
    const { own: ownRelease } = this.#packages;
    const self = this.#pin(OWN_PACKAGE, ownRelease?.pin);
    if (ownRelease !== undefined || self.dependencies !== undefined) pins[OWN_PACKAGE] = self;
    return Object.keys(pins).length === 0 ? undefined : pins;
  }

  async settled(): Promise<boolean> {
    for (const { from, name, range, key } of this.#peers) {
      const now = await this.#provider(from, name, range);
      if (now !== key) return false;
    }
    return true;
  }

  mayHelpToRepeat(): boolean {
    return this.#missedPeer && this.#packages.requests.size > this.#requestsBefore;
  }

  #pin(key: string, pin: { readonly integrity: string; readonly tarball: string | undefined } | undefined): PackagePin {
    const edges = [...(this.#edges.get(key) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...(pin === undefined ? {} : { integrity: pin.integrity }),
      ...(pin?.tarball === undefined ? {} : { tarball: pin.tarball }),
      ...(edges.length === 0 ? {} : { dependencies: Object.fromEntries(edges) }),
    };
  }

  async #resolve(from: string, name: string): Promise<Dependency> {
    if (name.startsWith('npm:')) {
      const key = await this.#request(name);
      this.#connect(from, name, key);
      return { kind: 'package', key };
    }
    const manifest = await this.#manifest(from);
    const declared = await this.#declared(from, name);
    if (declared !== undefined) {
      if (declared.kind === 'package') this.#connect(from, name, declared.key);
      return declared;
    }
    const range = textOf(manifest['peerDependencies'], name);
    if (range === undefined) return { kind: 'absent', optional: false };
    const key = await this.#provider(from, name, range);
    if (key === undefined) {
      if (isOptionalPeer(manifest, name)) return { kind: 'absent', optional: true };
      throw this.#missed(missingPeer(from, name, range));
    }
    this.#peers.push({ from, name, range, key });
    this.#connect(from, name, key);
    return { kind: 'package', key };
  }

  async #request(name: string): Promise<string> {
    const known = this.#packages.requests.get(name);
    if (known !== undefined) return known;
    const request = parseNpmRequest(name.slice('npm:'.length));
    if (typeof request === 'string') throw new PluginError('ERR_IMPORT_DENIED', `Cannot import "${name}": ${request}`);
    const { key } = await this.#packages.pick(request.name, request.range);
    this.#packages.requests.set(name, key);
    return key;
  }

  #connect(from: string, name: string, key: string): void {
    const edges = this.#edges.get(from) ?? new Map<string, string>();
    this.#edges.set(from, edges.set(name, key));
    this.#importers.set(key, (this.#importers.get(key) ?? new Set()).add(from));
  }

  async #manifest(key: string): Promise<Readonly<Record<string, unknown>>> {
    if (key === OWN_PACKAGE) return this.#packages.own?.manifest ?? {};
    return (await this.#packages.files(key)).manifest;
  }

  /** A dependency or optional dependency; undefined where package.json names neither. */
  async #declared(from: string, name: string): Promise<Dependency | undefined> {
    const manifest = await this.#manifest(from);
    const optional = textOf(manifest['optionalDependencies'], name);
    const written = optional ?? textOf(manifest['dependencies'], name);
    if (written === undefined) return undefined;
    try {
      const { name: real, range } = readDependency(from, name, written);
      return { kind: 'package', key: (await this.#packages.pick(real, range)).key };
    } catch (error) {
      // A registry that cannot be asked is no reason to do without: the result would depend on the weather.
      if (optional !== undefined && isPluginError(error, 'ERR_SOURCE_NOT_FOUND'))
        return { kind: 'absent', optional: true };
      throw error;
    }
  }

  /**
   * The one package that all importers of `from` provide for its peer: each its own dependency, else what its importers have, else
   * what the plugin imports. Throws ERR_INCOMPATIBLE for two, or one that is not in the range.
   */
  async #provider(from: string, name: string, range: string): Promise<string | undefined> {
    const keys = new Set<string>();
    for (const importer of from === OWN_PACKAGE ? [OWN_PACKAGE] : (this.#importers.get(from) ?? [])) {
      await this.#collectProviders(importer, name, range, keys, new Set([from]));
    }
    const [key, ...others] = [...keys].sort();
    if (key === undefined) return undefined;
    if (others.length > 0) throw this.#missed(conflictingPeer(from, name, [key, ...others]));
    const wanted = validRange(range, { loose: true });
    const { version = '' } = splitKey(key) ?? {};
    const fits = wanted === null || satisfies(version, wanted, { loose: true, includePrerelease: true });
    if (!fits) throw this.#missed(wrongPeer(from, name, range, key));
    return key;
  }

  #missed(error: PluginError): PluginError {
    this.#missedPeer = true;
    return error;
  }

  async #collectProviders(
    at: string,
    name: string,
    range: string,
    keys: Set<string>,
    seen: Set<string>,
  ): Promise<void> {
    if (seen.has(at)) return;
    seen.add(at);
    const declared = await this.#declared(at, name);
    if (declared?.kind === 'package') {
      keys.add(declared.key);
      return;
    }
    if (at !== OWN_PACKAGE) {
      for (const importer of this.#importers.get(at) ?? []) {
        await this.#collectProviders(importer, name, range, keys, seen);
      }
      return;
    }
    const ownPeer = textOf((await this.#manifest(at))['peerDependencies'], name);
    if (ownPeer !== undefined) {
      // Nobody is above a plugin: its peers are its dependencies.
      keys.add((await this.#packages.pick(name, readDependency(at, name, ownPeer).range)).key);
      return;
    }
    const imported = [...this.#packages.requests].flatMap(([request, key]) =>
      request.startsWith(`npm:${name}@`) ? [key] : [],
    );
    for (const mapped of this.#mapped) {
      if (mapped.name === name) imported.push((await this.#packages.pick(name, mapped.range)).key);
    }
    const wanted = validRange(range, { loose: true }) ?? '*';
    const fitting = imported.filter((key) =>
      satisfies(splitKey(key)?.version ?? '', wanted, { includePrerelease: true }),
    );
    for (const key of fitting.length > 0 ? fitting : imported) keys.add(key);
  }
}

/** `^1`, `latest`, or `npm:real@^1`. What comes from elsewhere than a registry is refused. */
function readDependency(
  from: string,
  name: string,
  written: string,
): { readonly name: string; readonly range: string } {
  const alias = written.startsWith('npm:') ? parseNpmRequest(written.slice('npm:'.length)) : undefined;
  if (typeof alias === 'object' && alias.subpath === '.') return { name: alias.name, range: alias.range };
  if (alias === undefined && isRange(written)) return { name, range: written.trim() || '*' };
  throw new PluginError(
    'ERR_IMPORT_DENIED',
    `Cannot import "${name}" in ${show(from)}: it does not come from a registry`,
    {
      hint: 'dependencies on git, files and URLs are not followed: use a version that was published without them',
      details: { dependency: `${name}: ${written.slice(0, 256)}` },
    },
  );
}

function textOf(object: unknown, name: string): string | undefined {
  const value = isObject(object) && isPackageName(name) ? own(object, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

function isOptionalPeer(manifest: Readonly<Record<string, unknown>>, name: string): boolean {
  const meta = own(manifest, 'peerDependenciesMeta');
  const entry = isObject(meta) ? own(meta, name) : undefined;
  return isObject(entry) && own(entry, 'optional') === true;
}

function show(key: string): string {
  return key === OWN_PACKAGE ? 'the plugin' : `npm:${key}`;
}

function missingPeer(from: string, name: string, range: string): PluginError {
  return new PluginError(
    'ERR_INCOMPATIBLE',
    `Cannot import "${name}" in ${show(from)}: it is a peer that nothing provides`,
    {
      hint: `import it in the plugin too, or name it in the import map: "${name}": "npm:${name}@${range}"`,
      details: { package: from, peer: `${name}@${range}` },
    },
  );
}

function conflictingPeer(from: string, name: string, keys: readonly string[]): PluginError {
  return new PluginError(
    'ERR_INCOMPATIBLE',
    `Cannot import "${name}" in ${show(from)}: its importers give it different ones`,
    {
      hint: `bring these to one version: ${keys.join(', ')}`,
      details: { package: from, peer: name, found: keys.join(', ') },
    },
  );
}

function wrongPeer(from: string, name: string, range: string, key: string): PluginError {
  return new PluginError(
    'ERR_INCOMPATIBLE',
    `Cannot import "${name}" in ${show(from)}: it needs ${name}@${range}, and gets ${key}`,
    {
      hint: `use a version of ${name} in that range, or another one of ${show(from)}`,
      details: { package: from, peer: `${name}@${range}`, found: key },
    },
  );
}
