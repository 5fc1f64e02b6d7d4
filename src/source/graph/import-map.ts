import type { Json, JsonObject } from '../../core/json.ts';

/** A checked import map: keys and addresses as URLs or bare names, longest first, as WHATWG HTML resolves them. */
export interface ImportMap {
  readonly imports: readonly Mapping[];
  readonly scopes: readonly { readonly prefix: string; readonly imports: readonly Mapping[] }[];
  /** Where the automatic JSX runtime comes from; undefined: `React.createElement`, or the file's own pragma. */
  readonly jsxImportSource: string | undefined;
}

interface Mapping {
  readonly key: string;
  /** Null blocks the specifier. */
  readonly address: string | null;
}

export const NO_IMPORT_MAP: ImportMap = { imports: [], scopes: [], jsxImportSource: undefined };

/** Relative keys and addresses start from the plugin's root. */
const BASE = 'plugin:///';
const MAX_ENTRIES = 2_000;
const MAX_TEXT = 2_048;

/** Reads `{imports, scopes, jsxImportSource}` of untrusted JSON; returns what is wrong with it as text. */
export function readImportMap(json: JsonObject | undefined): ImportMap | string {
  if (json === undefined) return NO_IMPORT_MAP;
  const { imports = {}, scopes = {}, jsxImportSource } = json;
  if (!isObject(imports)) return '"imports" is not an object';
  if (!isObject(scopes)) return '"scopes" is not an object';
  if (jsxImportSource !== undefined && !isText(jsxImportSource)) return '"jsxImportSource" is not a text';
  const top = readMappings(imports, 'imports');
  if (typeof top === 'string') return top;
  const scoped: { prefix: string; imports: readonly Mapping[] }[] = [];
  for (const [key, value] of Object.entries(scopes)) {
    const prefix = URL.parse(key, BASE)?.href;
    if (prefix === undefined || !isText(key)) return `the scope ${JSON.stringify(key)} is not a URL`;
    if (!isObject(value)) return `the scope ${JSON.stringify(key)} is not an object`;
    const inner = readMappings(value, `scopes[${JSON.stringify(key)}]`);
    if (typeof inner === 'string') return inner;
    scoped.push({ prefix, imports: inner });
  }
  if (scoped.length > MAX_ENTRIES) return `it has more than ${MAX_ENTRIES} scopes`;
  return { imports: top, scopes: scoped.sort((a, b) => longestFirst(a.prefix, b.prefix)), jsxImportSource };
}

/** The `npm:` addresses of a map. */
export function npmAddresses(map: ImportMap): readonly string[] {
  const all = [map.imports, ...map.scopes.map((scope) => scope.imports)].flat();
  return all.flatMap(({ address }) => (address?.startsWith('npm:') ? [address] : []));
}

export type Mapped = { readonly kind: 'mapped'; readonly url: string } | { readonly kind: 'blocked' } | undefined;

/**
 * What the map says of a specifier in a module at `importer` (a URL). `normalized` is the specifier as a URL where it is
 * relative or absolute, else as written. Undefined: the map says nothing.
 */
export function applyImportMap(map: ImportMap, normalized: string, importer: string): Mapped {
  for (const scope of map.scopes) {
    if (scope.prefix !== importer && !(scope.prefix.endsWith('/') && importer.startsWith(scope.prefix))) continue;
    const mapped = applyMappings(scope.imports, normalized);
    if (mapped !== undefined) return mapped;
  }
  return applyMappings(map.imports, normalized);
}

function applyMappings(mappings: readonly Mapping[], normalized: string): Mapped {
  for (const { key, address } of mappings) {
    if (key === normalized) return address === null ? { kind: 'blocked' } : { kind: 'mapped', url: address };
    if (!key.endsWith('/') || !normalized.startsWith(key) || !mayBePrefixed(normalized)) continue;
    if (address === null) return { kind: 'blocked' };
    const url = joinAddress(address, normalized.slice(key.length));
    // What leads back above the address it was mapped to is refused, not resolved.
    return url === undefined ? { kind: 'blocked' } : { kind: 'mapped', url };
  }
  return undefined;
}

/** Bare names and URLs with a hierarchy; never `data:` or `node:`. */
function mayBePrefixed(normalized: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/i.test(normalized) || /^(?:https?|plugin):/i.test(normalized);
}

function joinAddress(address: string, rest: string): string | undefined {
  if (/^(?:npm|jsr|node):/.test(address)) return rest.includes('..') ? undefined : address + rest;
  const url = URL.parse(rest, address)?.href;
  return url?.startsWith(address) ? url : undefined;
}

function readMappings(object: JsonObject, where: string): readonly Mapping[] | string {
  const entries = Object.entries(object);
  if (entries.length > MAX_ENTRIES) return `${where} has more than ${MAX_ENTRIES} entries`;
  const mappings: Mapping[] = [];
  for (const [key, value] of entries) {
    const name = `${where}[${JSON.stringify(key.slice(0, 80))}]`;
    if (key === '' || !isText(key)) return `${name}: the key is empty or too long`;
    if (value !== null && !isText(value)) return `${name} is neither a text nor null`;
    if (typeof value === 'string' && key.endsWith('/') && !value.endsWith('/')) {
      return `${name} must end with "/", as its key does`;
    }
    const address = value === null ? null : addressOf(value);
    if (address === undefined) return `${name} is neither a URL nor a path that begins with "./", "../" or "/"`;
    mappings.push({ key: addressOf(key) ?? key, address });
  }
  return mappings.sort((a, b) => longestFirst(a.key, b.key));
}

/** The URL of an absolute or relative address; undefined for a bare name. */
function addressOf(text: string): string | undefined {
  return /^\.{0,2}\//.test(text) ? URL.parse(text, BASE)?.href : URL.parse(text)?.href;
}

/** WHATWG sorts keys in descending code unit order, which puts the longer of two prefixes first. */
function longestFirst(a: string, b: string): number {
  return a < b ? 1 : a > b ? -1 : 0;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT;
}
