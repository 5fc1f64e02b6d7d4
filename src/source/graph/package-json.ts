/**
 * What a package.json says of the modules of its package: `exports`, `imports`, `browser`, `main` and `module`, as Node and bundlers read
 * them. Guarantees that a path that comes out is a plain path of the package, whatever package.json holds. It is pure.
 */
import { isPackagePath } from '../npm/names.ts';

export interface PackageJson {
  readonly name: string | undefined;
  readonly exports: unknown;
  readonly imports: unknown;
  readonly main: string | undefined;
  readonly module: string | undefined;
  /** The field as text. */
  readonly browserMain: string | undefined;
  /** The field as a map: `./lib/a.js`, or a name, to another, or false. */
  readonly browser: ReadonlyMap<string, string | false>;
  readonly dependencies: ReadonlySet<string>;
}

/** How a module is asked for: it chooses between the conditions `import` and `require`. */
export type Manner = 'import' | 'require';

/**
 * Plugins have the web's API, no DOM and no Node: what a package has for workers comes before what it has for Node. The order is that of
 * package.json, not of this list.
 */
export const CONDITIONS: readonly string[] = ['worker', 'browser', 'module', 'production', 'default'];

export function readPackageJson(manifest: Readonly<Record<string, unknown>>): PackageJson {
  const field = (key: string): unknown => (Object.hasOwn(manifest, key) ? manifest[key] : undefined);
  const text = (key: string): string | undefined => {
    const value = field(key);
    return typeof value === 'string' ? value : undefined;
  };
  const names = ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((key) => {
    const value = field(key);
    return isObject(value) ? Object.keys(value) : [];
  });
  return {
    name: text('name'),
    exports: field('exports') ?? undefined,
    imports: field('imports'),
    main: text('main'),
    module: text('module'),
    browserMain: text('browser'),
    browser: browserMap(field('browser')),
    dependencies: new Set(names),
  };
}

/** Paths to try for a subpath (`.`, `./sub`) of a package, best first; none where `exports` has no such subpath. */
export function pathsOfSubpath(json: PackageJson, subpath: string, manner: Manner): readonly string[] {
  if (json.exports !== undefined) {
    const target = matchSubpath(json.exports, subpath, manner);
    const path = typeof target === 'string' ? plainPath(target) : undefined;
    return path === undefined ? [] : [path];
  }
  if (subpath !== '.') return pathCandidates(plainPath(subpath));
  const mains = manner === 'import' ? [json.browserMain, json.module, json.main] : [json.browserMain, json.main];
  return [...mains.flatMap((main) => (main === undefined ? [] : pathCandidates(plainPath(main)))), ...INDEXES];
}

/** The same for a plugin that is a package. */
export function entryOfPackage(json: PackageJson, subpath: string): readonly string[] {
  return pathsOfSubpath(json, subpath, 'import');
}

/** What `#name` means: a path of the package as `./path`, or a bare specifier; undefined where `imports` has none. */
export function targetOfImports(json: PackageJson, specifier: string, manner: Manner): string | undefined {
  if (!isObject(json.imports) || specifier === '#' || specifier.startsWith('#/')) return undefined;
  return matchKeys(json.imports, specifier, manner);
}

/** Files to try for a path in a package: as written, with an extension, then a folder's index. */
export function pathCandidates(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  return [...fileCandidates(path), ...indexCandidates(path)];
}

export function fileCandidates(path: string): readonly string[] {
  if (path === '' || path.endsWith('/')) return [];
  return [path, ...EXTENSIONS.map((extension) => `${path}.${extension}`)];
}

export function indexCandidates(folder: string): readonly string[] {
  const inside = folder.replace(/\/$/, '');
  return inside === '' ? INDEXES : INDEXES.map((index) => `${inside}/${index}`);
}

/** `./lib/a.js` as `lib/a.js`; undefined for what leads elsewhere. A slash at the end stays: it says folder. */
export function plainPath(written: string): string | undefined {
  const path = written.replace(/^(?:\.\/+)+/, '').replace(/^\.$/, '');
  const bare = path.replace(/\/$/, '');
  if (bare === '') return '';
  const plain = isPackagePath(bare) && !bare.split('/').includes('node_modules');
  return plain ? path : undefined;
}

const EXTENSIONS = ['js', 'mjs', 'cjs', 'json', 'ts', 'mts'];
const INDEXES = EXTENSIONS.map((extension) => `index.${extension}`);
const MAX_DEPTH = 32;
const MAX_TARGET = 1_024;

function matchSubpath(exports: unknown, subpath: string, manner: Manner): string | undefined {
  const keyed = isObject(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  if (keyed) return matchKeys(exports, subpath, manner);
  return subpath === '.' ? targetOf(exports, undefined, manner, 0) : undefined;
}

/** An exact key, else the pattern with the longest beginning; a key that ends with `/` is the old form of `/*`. */
function matchKeys(table: Readonly<Record<string, unknown>>, wanted: string, manner: Manner): string | undefined {
  if (Object.hasOwn(table, wanted) && !wanted.includes('*') && !wanted.endsWith('/')) {
    return targetOf(table[wanted], undefined, manner, 0);
  }
  let best: { readonly key: string; readonly base: string; readonly rest: string } | undefined;
  for (const key of Object.keys(table)) {
    const [base = '', tail = '', ...others] = key.endsWith('/') ? [key, ''] : key.split('*');
    const pattern = others.length === 0 && (key.endsWith('/') || key.includes('*'));
    if (!pattern || !wanted.startsWith(base) || !wanted.endsWith(tail)) continue;
    if (wanted.length <= base.length + tail.length - (key.endsWith('/') ? 0 : 1)) continue;
    const longer =
      best === undefined || base.length > best.base.length || (base === best.base && key.length > best.key.length);
    if (longer) best = { key, base, rest: wanted.slice(base.length, wanted.length - tail.length) };
  }
  return best === undefined ? undefined : targetOf(table[best.key], best.rest, manner, 0);
}

/** `rest` replaces `*`. Conditions are tried in the order of package.json; null ends the search. */
function targetOf(target: unknown, rest: string | undefined, manner: Manner, depth: number): string | undefined {
  const found = search(target, manner, depth);
  // Before `*` is replaced, however often it stands there.
  if (typeof found !== 'string' || found.length > MAX_TARGET) return undefined;
  if (rest === undefined) return found;
  return found.endsWith('/') && !found.includes('*') ? found + rest : found.replaceAll('*', () => rest);
}

/** Undefined: no condition holds, so that the search goes on; null: it ends. */
function search(target: unknown, manner: Manner, depth: number): string | null | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (typeof target === 'string' || target === null) return target;
  if (Array.isArray(target)) {
    for (const item of target as unknown[]) {
      const found = search(item, manner, depth + 1);
      if (typeof found === 'string') return found;
    }
    return undefined;
  }
  if (!isObject(target)) return undefined;
  for (const [condition, value] of Object.entries(target)) {
    if (condition !== manner && !CONDITIONS.includes(condition)) continue;
    const found = search(value, manner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function browserMap(field: unknown): ReadonlyMap<string, string | false> {
  const map = new Map<string, string | false>();
  if (!isObject(field)) return map;
  for (const [key, value] of Object.entries(field)) {
    if (typeof value === 'string' || value === false) map.set(key, value);
  }
  return map;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
