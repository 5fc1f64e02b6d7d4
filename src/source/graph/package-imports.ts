/**
 * Where imports of npm packages lead, when a graph is collected and again when it is built. Guarantees that a module of a package reaches
 * its own package, what package.json declares, and what the host provides, and nothing else; `lookup` says which version a name means.
 * Trusts nothing about specifiers or package.json.
 */
import { isNpmId, npmId, parseNpmId, splitBare, type NpmRequest } from '../npm/names.ts';
import { OWN_PACKAGE, type PackageLookup } from '../npm/types.ts';
import type { ModuleId } from '../types.ts';
import type { GraphSource } from './graph-source.ts';
import { NODE_MODULES } from './node-modules.ts';
import {
  fileCandidates,
  indexCandidates,
  pathsOfSubpath,
  plainPath,
  readPackageJson,
  targetOfImports,
  type Manner,
  type PackageJson,
} from './package-json.ts';
import { denied, isNodeName, MAX_SPECIFIER, resolveNode, SDK, type Resolution } from './resolve.ts';

/** How an import is written: a `require` of what is not there fails when it runs, as in Node. */
export interface Asking {
  readonly manner: Manner;
  /** It runs only where it stands: `require()` and `import()`. */
  readonly late: boolean;
}

export class PackageImports {
  readonly #open: GraphSource['open'];
  readonly #lookup: PackageLookup | undefined;
  readonly #manifests = new Map<string, Promise<PackageJson | undefined>>();

  constructor(source: Pick<GraphSource, 'open' | 'packages'>) {
    this.#open = source.open;
    this.#lookup = source.packages;
  }

  /** `npm:name@range/sub` in a module of the plugin, or of a URL. */
  async request({ name, range, subpath }: NpmRequest, asking: Asking): Promise<Resolution> {
    return this.#dependency(OWN_PACKAGE, `npm:${name}@${range}`, name, subpath, asking);
  }

  /** A bare specifier or `#name` in a module of the plugin; undefined where the plugin is no package, or none is meant. */
  async own(specifier: string, importer: ModuleId, asking: Asking): Promise<Resolution | undefined> {
    if (this.#lookup?.own !== true || isNpmId(importer) || /^https?:/.test(importer)) return undefined;
    const json = await this.#manifest(OWN_PACKAGE);
    return json === undefined ? undefined : this.#bare(specifier, OWN_PACKAGE, json, asking, 0);
  }

  /** Any specifier in a module of a package. */
  async inside(specifier: string, importer: ModuleId, asking: Asking): Promise<Resolution> {
    const from = parseNpmId(importer);
    const json = from === undefined ? undefined : await this.#manifest(from.key);
    if (from === undefined || json === undefined) return denied('its package has no package.json');
    if (specifier === SDK) return { kind: 'sdk' };
    if (specifier.length > MAX_SPECIFIER) return denied('the specifier is too long');
    if (!isRelative(specifier)) return this.#bare(specifier, from.key, json, asking, 0);
    const path = joinInside(from.path, specifier);
    if (path === undefined) return denied('it leads out of its package');
    return this.#file(path, from.key, json, asking);
  }

  async #bare(specifier: string, key: string, json: PackageJson, asking: Asking, depth: number): Promise<Resolution> {
    if (specifier.length > MAX_SPECIFIER) return denied('the specifier is too long');
    if (depth > 8) return denied('its package.json maps it in a circle');
    const mapped = json.browser.get(specifier);
    if (mapped === false) return { kind: 'empty' };
    if (mapped !== undefined && mapped !== specifier) return this.#mapped(mapped, key, json, asking, depth);
    if (specifier.startsWith('#')) {
      const target = targetOfImports(json, specifier, asking.manner);
      if (target === undefined) return denied('"imports" of its package.json does not name it');
      return this.#mapped(target, key, json, asking, depth);
    }
    if (specifier.startsWith('node:')) return resolveNode(specifier.slice('node:'.length));
    const bare = splitBare(specifier);
    if (NODE_MODULES.has(specifier)) return resolveNode(specifier);
    // Names of Node that plugins lack may be packages that stand in for them, where they are declared.
    if (isNodeName(specifier) && !json.dependencies.has(bare?.name ?? '')) return resolveNode(specifier);
    if (bare === undefined) {
      return denied(
        `a package cannot import "${specifier.slice(0, 80)}"`,
        'Packages import packages, and node: modules.',
      );
    }
    if (bare.name === json.name && json.exports !== undefined) return this.#subpath(key, json, bare.subpath, asking);
    return this.#dependency(key, bare.name, bare.name, bare.subpath, asking);
  }

  #mapped(target: string, key: string, json: PackageJson, asking: Asking, depth: number): Promise<Resolution> {
    const path = target.startsWith('./') ? plainPath(target) : undefined;
    if (path !== undefined) return this.#file(path, key, json, asking, true);
    return target.startsWith('.')
      ? Promise.resolve(denied('its package.json maps it out of the package'))
      : this.#bare(target, key, json, asking, depth + 1);
  }

  async #dependency(from: string, asked: string, name: string, subpath: string, asking: Asking): Promise<Resolution> {
    if (this.#lookup === undefined) return denied('this source cannot have npm packages');
    const found = await this.#lookup.dependency(from, asked);
    if (found.kind === 'package') {
      const json = await this.#manifest(found.key);
      return json === undefined
        ? denied('its package has no package.json')
        : this.#subpath(found.key, json, subpath, asking);
    }
    if (asking.late) return { kind: 'absent', name };
    const where = from === OWN_PACKAGE ? 'the plugin' : `npm:${from}`;
    return found.optional
      ? denied(`it is optional for ${where}, and not there`, `Name it in the import map: "${name}": "npm:${name}".`)
      : denied(`package.json of ${where} does not name it`, 'Add it to its "dependencies".');
  }

  async #subpath(key: string, json: PackageJson, subpath: string, asking: Asking): Promise<Resolution> {
    const paths = pathsOfSubpath(json, subpath, asking.manner);
    if (paths.length === 0) {
      return denied(
        `"exports" of ${key === OWN_PACKAGE ? 'the plugin' : `npm:${key}`} has no "${subpath}" for this environment`,
      );
    }
    if (json.exports === undefined && subpath !== '.') {
      const path = plainPath(subpath);
      return path === undefined ? denied('it is no path') : this.#file(path, key, json, asking);
    }
    return this.#replaced(paths, key, json) ?? modules(key, paths);
  }

  /** A path in a package: a file, or a folder with a package.json of its own or an index. `exact`: package.json names it. */
  async #file(path: string, key: string, json: PackageJson, asking: Asking, exact = false): Promise<Resolution> {
    const files = fileCandidates(path);
    const replaced = exact ? undefined : this.#replaced([...files, ...indexCandidates(path)], key, json);
    if (replaced !== undefined) return replaced;
    const found = files.length === 0 ? undefined : await this.#open(ids(key, files), undefined);
    if (found !== undefined) return { kind: 'module', candidates: [found.id] };
    const folder = path.replace(/\/$/, '');
    const inner = folder === '' ? undefined : await this.#manifest(key, `${folder}/package.json`);
    const mains = inner === undefined ? [] : pathsOfSubpath({ ...inner, exports: undefined }, '.', asking.manner);
    const candidates = [...mains.map((main) => `${folder}/${main}`), ...indexCandidates(folder)];
    return this.#replaced(candidates, key, json) ?? modules(key, [...files, ...candidates]);
  }

  /** What the `browser` map of package.json has in place of the first of these paths that it names. */
  #replaced(paths: readonly string[], key: string, json: PackageJson): Resolution | undefined {
    if (json.browser.size === 0) return undefined;
    for (const path of paths) {
      const target = json.browser.get(`./${path}`) ?? json.browser.get(path);
      if (target === false) return { kind: 'empty' };
      const other = target === undefined ? undefined : plainPath(target);
      if (other !== undefined && other !== path) return modules(key, fileCandidates(other));
    }
    return undefined;
  }

  #manifest(key: string, path = 'package.json'): Promise<PackageJson | undefined> {
    const id = idOf(key, path);
    let manifest = this.#manifests.get(id);
    if (manifest === undefined) {
      manifest = this.#read(id);
      this.#manifests.set(id, manifest);
    }
    return manifest;
  }

  async #read(id: ModuleId): Promise<PackageJson | undefined> {
    const file = await this.#open([id], undefined);
    if (file === undefined) return undefined;
    try {
      const json: unknown = JSON.parse(new TextDecoder().decode(file.bytes));
      const isObject = json !== null && typeof json === 'object' && !Array.isArray(json);
      return isObject ? readPackageJson(json as Record<string, unknown>) : undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}

function modules(key: string, paths: readonly string[]): Resolution {
  return { kind: 'module', candidates: ids(key, paths) };
}

function ids(key: string, paths: readonly string[]): ModuleId[] {
  return paths.map((path) => idOf(key, path));
}

function idOf(key: string, path: string): ModuleId {
  return key === OWN_PACKAGE ? path : npmId(key, path);
}

function isRelative(specifier: string): boolean {
  return /^\.{1,2}(?:\/|$)/.test(specifier);
}

/** A relative specifier as a path of its package; a slash at the end stays. Undefined for what leads out of it. */
function joinInside(importer: string, specifier: string): string | undefined {
  const parts = importer.split('/').slice(0, -1);
  const segments = specifier.split('/');
  for (const part of segments) {
    if (part === '..' && parts.pop() === undefined) return undefined;
    if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  const folder = ['', '.', '..'].includes(segments.at(-1) ?? '');
  return plainPath(parts.join('/') + (folder && parts.length > 0 ? '/' : ''));
}
