/**
 * Names of npm packages and of the modules in them. Guarantees that a name, a version or a path that comes out is safe in a
 * URL, in an id and as a key. Trusts nobody: they come from import statements, package.json files and registries.
 */
import { isOwnId } from '../module-id.ts';
import type { ModuleId } from '../types.ts';

/** What is asked for: `npm:@scope/name@^1/sub`. */
export interface NpmRequest {
  readonly name: string;
  /** A semver range or a dist-tag; `latest` where none was written. */
  readonly range: string;
  /** As in `exports`: `.` or `./sub`. */
  readonly subpath: string;
}

/** One file of one version of a package: `npm:zod@4.1.0/index.js`. */
export interface NpmFile {
  /** `zod@4.1.0` */
  readonly key: string;
  readonly path: string;
}

const NAME = /^(?:@[a-z0-9~_-][a-z0-9._~-]*\/)?[a-z0-9~_-][a-z0-9._~-]*$/i;
const NUMBER = '(?:0|[1-9]\\d{0,14})';
const PRERELEASE = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PRERELEASE}(?:\\.${PRERELEASE})*)?$`);
const REQUEST = /^((?:@[^/@]+\/)?[^/@]+)(?:@([^/]*))?(?:\/(.*))?$/s;

export function isPackageName(name: string): boolean {
  return name.length <= 214 && NAME.test(name) && name !== 'node_modules' && name !== '__proto__';
}

/** Reads what follows `npm:`; a text says what is wrong with it. */
export function parseNpmRequest(text: string): NpmRequest | string {
  if (text.length > 1_024) return 'it is too long';
  const [, name = '', range = '', sub] = REQUEST.exec(text) ?? [];
  if (!isPackageName(name)) return 'it has no name of a package';
  if (!isRange(range)) return `"${range}" is neither a range of versions nor a tag`;
  if (sub !== undefined && sub !== '' && !isPackagePath(sub)) return 'its subpath is not one';
  return { name, range: range.trim() || 'latest', subpath: sub === undefined || sub === '' ? '.' : `./${sub}` };
}

/** Printable ASCII without what would lead somewhere else in a URL; what it means is for semver and the tags. */
export function isRange(text: string): boolean {
  return text.length <= 256 && /^[\w.~^<>=|*+ -]*$/.test(text);
}

/** A bare import, split: `@scope/name/sub` -> name and `./sub`. */
export function splitBare(specifier: string): { readonly name: string; readonly subpath: string } | undefined {
  const [, name = '', sub] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/s.exec(specifier) ?? [];
  if (!isPackageName(name)) return undefined;
  // `punycode/` means the package and not Node's module.
  if (sub === undefined || sub === '') return { name, subpath: '.' };
  return isPackagePath(sub) ? { name, subpath: `./${sub}` } : undefined;
}

/** A plain relative path that stays what it is in an id: no `?`, `#` and no escapes. */
export function isPackagePath(path: string): boolean {
  return isOwnId(path) && !/[?#%]/.test(path) && path.isWellFormed();
}

export function packageKey(name: string, version: string): string {
  return `${name}@${version}`;
}

export function splitKey(key: string): { readonly name: string; readonly version: string } | undefined {
  const at = key.lastIndexOf('@');
  const name = key.slice(0, Math.max(at, 0));
  const version = key.slice(at + 1);
  return isPackageName(name) && isVersion(version) ? { name, version } : undefined;
}

/** A full version in its one spelling, without build metadata. */
export function isVersion(text: string): boolean {
  return text.length <= 128 && VERSION.test(text);
}

export function isNpmId(id: ModuleId): boolean {
  return id.startsWith('npm:');
}

export function npmId(key: string, path: string): ModuleId {
  return `npm:${key}/${path}`;
}

/** Undefined for what is no module of a package: no key, no version, no plain path. */
export function parseNpmId(id: ModuleId): NpmFile | undefined {
  const [, key = '', path = ''] = /^npm:((?:@[^/@]+\/)?[^/@]+@[^/]+)\/(.+)$/s.exec(id) ?? [];
  return splitKey(key) !== undefined && isPackagePath(path) ? { key, path } : undefined;
}
