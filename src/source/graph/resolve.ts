import type { ModuleId } from '../types.ts';
import { applyImportMap, type ImportMap } from './import-map.ts';
import { NODE_MODULES } from './node-modules.ts';
import { parseNpmRequest, type NpmRequest } from '../npm/names.ts';
import { joinOwn, ownCandidates, ownPathOf, ownUrl } from './own-path.ts';

/**
 * The one resolution of imports, used when a graph is collected and again when it is built. Guarantees: what comes out is
 * a file below the plugin's root, an http(s) URL, a request for a package, something the host provides, or a refusal that says why. It is pure:
 * no file, network or environment. Trusts nothing about specifiers.
 */
export type Resolution =
  /** The first of `candidates` that exists; a foreign module has one. */
  | { readonly kind: 'module'; readonly candidates: readonly ModuleId[] }
  | { readonly kind: 'sdk' }
  | { readonly kind: 'node'; readonly name: string }
  /** A module without anything, as `browser` of package.json asks for. */
  | { readonly kind: 'empty' }
  /** A package that is not there: it throws when it is evaluated, as in Node. */
  | { readonly kind: 'absent'; readonly name: string }
  | { readonly kind: 'denied'; readonly why: string; readonly hint?: string };

/** What a specifier says by itself: where it names a package, `PackageImports` says which module that is. */
export type Named =
  | Resolution
  | { readonly kind: 'package'; readonly request: NpmRequest }
  /** A bare name that no import map has: the plugin's own package.json may. */
  | { readonly kind: 'bare'; readonly otherwise: Resolution };

export interface ResolveContext {
  readonly importMap: ImportMap;
  /** The URL own ids are relative to, for a plugin that is a module at a URL (`Origin.base`). */
  readonly base: string | undefined;
}

export const SDK = '@aitbc/plugins/sdk';
export const MAX_SPECIFIER = 2_048;

/** `importer`: an own id, or the URL that a foreign module finally came from. */
export function resolveImport(specifier: string, importer: ModuleId, context: ResolveContext): Named {
  if (specifier.length > MAX_SPECIFIER) return denied('the specifier is too long');
  if (specifier === SDK) return { kind: 'sdk' };
  const foreign = isUrl(importer);
  const importerUrl = foreign ? importer : ownUrl(importer);
  const relative = /^\.{0,2}[/\\]/.test(specifier) || specifier === '.' || specifier === '..';
  if (relative && !foreign) return resolveOwn(specifier, importer, importerUrl, context);

  const url = relative ? URL.parse(specifier, importer)?.href : URL.parse(specifier)?.href;
  if (relative && url === undefined) return denied('it is not a URL');
  const mapped = applyImportMap(context.importMap, url ?? specifier, importerUrl);
  if (mapped?.kind === 'blocked') return denied('the import map blocks it');
  if (mapped !== undefined) return classify(mapped.url);
  return url === undefined ? resolveBare(specifier) : classify(url);
}

export function isUrl(id: ModuleId): boolean {
  return /^https?:\/\//.test(id);
}

function resolveOwn(specifier: string, importer: ModuleId, importerUrl: string, context: ResolveContext): Named {
  if (specifier.startsWith('/')) {
    return denied('it begins with "/"', 'Write the path relative to the file that imports it: "./lib/util.ts".');
  }
  const joined = joinOwn(importer, specifier);
  if (joined.kind === 'bad') return denied(joined.why);
  if (joined.kind === 'above') {
    if (context.base === undefined) {
      return denied('it leads above the root of the plugin', 'Move the file below the folder of plugin.json.');
    }
    return classify(new URL(specifier, context.base + importer).href);
  }
  const mapped = applyImportMap(context.importMap, ownUrl(joined.path), importerUrl);
  if (mapped?.kind === 'blocked') return denied('the import map blocks it');
  return mapped === undefined ? { kind: 'module', candidates: ownCandidates(joined.path) } : classify(mapped.url);
}

/** Whether plain http: may be used with a host is for the one who reads it to say: it is no property of the specifier. */
function classify(href: string): Named {
  const url = URL.parse(href);
  if (url === null) return denied('it is not a URL');
  switch (url.protocol) {
    case 'plugin:': {
      const own = ownPathOf(url.href);
      return own.kind === 'own'
        ? { kind: 'module', candidates: ownCandidates(own.path) }
        : denied(own.kind === 'bad' ? own.why : 'it leads above the root of the plugin');
    }
    case 'https:':
    case 'http:': {
      if (url.username !== '' || url.password !== '') {
        return denied('the URL has a user name or password', 'Give a token for the host in the config instead.');
      }
      url.hash = '';
      return { kind: 'module', candidates: [url.href] };
    }
    case 'node:':
      return resolveNode(href.slice('node:'.length));
    case 'npm:': {
      const request = parseNpmRequest(decodeBlanks(href.slice('npm:'.length)));
      return typeof request === 'string'
        ? denied(request, 'Write "npm:<name>@<range>".')
        : { kind: 'package', request };
    }
    case 'jsr:':
      return denied(
        '"jsr:" packages are not supported by this version',
        'Import the package from npm: "npm:@jsr/<scope>__<name>@<range>", with "@jsr:registry=https://npm.jsr.io" in .npmrc.',
      );
    default:
      return denied(`modules cannot come from "${url.protocol}"`, 'Use a relative path or an https: URL.');
  }
}

function resolveBare(specifier: string): Named {
  if (isNodeName(specifier)) return resolveNode(specifier);
  if (specifier === '@aitbc/plugins') return denied('a plugin has the SDK alone', `Import it from "${SDK}".`);
  const otherwise = denied(
    'no import map names it',
    `Map the name in "import_map" of plugin.json, import "npm:<name>@<range>" or a URL, or use "${SDK}" and node: modules.`,
  );
  return { kind: 'bare', otherwise };
}

/** Whether a bare name means a part of Node, provided or not. A slash at its end means a package. */
export function isNodeName(specifier: string): boolean {
  if (specifier.endsWith('/')) return false;
  return NODE_MODULES.has(specifier) || NODE_ONLY.has(specifier.split('/')[0] ?? '');
}

/** URL parsers leave blanks in npm: URLs, and some writers escape them. */
function decodeBlanks(text: string): string {
  return text.replaceAll('%20', ' ');
}

export function resolveNode(name: string): Resolution {
  if (NODE_MODULES.has(name)) return { kind: 'node', name };
  return denied(
    `plugins do not have "node:${name}"`,
    `Available: ${[...NODE_MODULES.keys()].map((known) => `node:${known}`).join(', ')}.`,
  );
}

/** Names that mean a part of Node wherever no import map says otherwise: refused with the reason, not as a package. */
const NODE_ONLY: ReadonlySet<string> = new Set(
  'async_hooks child_process cluster dgram diagnostics_channel dns http http2 https inspector module net readline repl sqlite tls tty v8 vm wasi worker_threads zlib'.split(
    ' ',
  ),
);

export function denied(why: string, hint?: string): Resolution {
  return hint === undefined ? { kind: 'denied', why } : { kind: 'denied', why, hint };
}
