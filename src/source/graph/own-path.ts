/**
 * Paths of a plugin's own modules. Guarantees: what comes out is a plain relative path below the plugin's root, without
 * `.` or `..`, that no URL parser and no file system reads as anything else. Trusts nothing about the specifier.
 */
export type OwnPath =
  | { readonly kind: 'own'; readonly path: string }
  | { readonly kind: 'above' }
  | { readonly kind: 'bad'; readonly why: string };

const OWN_PREFIX = 'plugin:///';
const MAX_PATH = 1_024;

/** Joins a relative specifier to the own module that imports it. `''` is the root itself. */
export function joinOwn(importer: string, specifier: string): OwnPath {
  if (specifier.includes('\\')) return { kind: 'bad', why: 'write paths with "/"' };
  if (/[?#]/.test(specifier)) return { kind: 'bad', why: 'a file of the plugin takes no query and no fragment' };
  const parts = importer.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return { kind: 'above' };
  }
  return checkOwn(parts.join('/'));
}

/** An own module as the URL it has in import maps and `import.meta.url`. */
export function ownUrl(path: string): string {
  return new URL(OWN_PREFIX + path.replaceAll(/[%?#]/g, encodeURIComponent)).href;
}

/** The own path of a `plugin:///` URL. */
export function ownPathOf(url: string): OwnPath {
  if (!url.startsWith(OWN_PREFIX)) return { kind: 'bad', why: 'it has a host' };
  if (/[?#]/.test(url)) return { kind: 'bad', why: 'a file of the plugin takes no query and no fragment' };
  try {
    const parts = url
      .slice(OWN_PREFIX.length)
      .split('/')
      .map((part) => decodeURIComponent(part));
    if (parts.some((part) => part === '.' || part === '..' || /[/\\]/.test(part))) {
      return { kind: 'bad', why: 'it is not a plain path' };
    }
    return checkOwn(parts.filter((part) => part !== '').join('/'));
  } catch {
    return { kind: 'bad', why: 'its escapes are not UTF-8' };
  }
}

/** Ids to try for an own path, in order: as written, TypeScript's `.js` for `.ts`, known extensions, a folder's index. */
export function ownCandidates(path: string): string[] {
  if (path === '') return INDEXES;
  const candidates = [path];
  const written = /^(.*)\.(js|mjs|cjs|jsx)$/.exec(path);
  if (written?.[1] !== undefined && written[2] !== undefined) {
    for (const extension of TYPESCRIPT[written[2]] ?? []) candidates.push(`${written[1]}.${extension}`);
  }
  // A path with a known extension is a file; anything else may be a stem (`util`, `user.model`) or a folder.
  if (!/\.(?:[cm]?[jt]s|[jt]sx|json|txt|wasm)$/i.test(path)) {
    for (const extension of EXTENSIONS) candidates.push(`${path}.${extension}`);
    for (const index of INDEXES) candidates.push(`${path}/${index}`);
  }
  return candidates;
}

const EXTENSIONS = ['ts', 'tsx', 'mts', 'js', 'jsx', 'mjs', 'json'];
const INDEXES = ['index.ts', 'index.tsx', 'index.js', 'index.jsx'];
const TYPESCRIPT: Readonly<Record<string, readonly string[]>> = {
  js: ['ts', 'tsx'],
  jsx: ['tsx'],
  mjs: ['mts'],
  cjs: ['cts'],
};

function checkOwn(path: string): OwnPath {
  if (path.length > MAX_PATH) return { kind: 'bad', why: 'the path is too long' };
  if (/[\u0000-\u001f\u007f]/.test(path) || !path.isWellFormed()) {
    return { kind: 'bad', why: 'the path has a control character' };
  }
  // A URL parser reads these as `.` and `..`.
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(path)) return { kind: 'bad', why: 'it is not a plain path' };
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return { kind: 'bad', why: 'the path begins like a URL' };
  return { kind: 'own', path };
}
