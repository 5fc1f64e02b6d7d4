/**
 * Which npm package a URL of a known CDN serves. Guarantees that a package is named only where the URL states its whole
 * version in the CDN's own form; trusts nothing, so what it says is marked as inferred.
 */
import { isPackageName, isVersion } from '../../source/npm/names.ts';

export interface CdnPackage {
  readonly name: string;
  readonly version: string;
  /** It was bundled there with dependencies that the URL does not name. */
  readonly bundled: boolean;
}

const NAMED = '((?:@[^/@]+/)?[^/@]+)@([^/@?]+)';

/** By host: where in the path the package stands. */
const FORMS: ReadonlyMap<string, RegExp> = new Map([
  // Builds of esm.sh may begin with a version of its own, and with a star for dependencies that stay imports.
  ['esm.sh', new RegExp(`^/(?:(?:v\\d+|stable)/)?\\*?${NAMED}(?:/|$)`)],
  ['unpkg.com', new RegExp(`^/${NAMED}(?:/|$)`)],
  ['cdn.jsdelivr.net', new RegExp(`^/npm/${NAMED}(?:/|$)`)],
  ['ga.jspm.io', new RegExp(`^/npm:${NAMED}(?:/|$)`)],
]);

export function cdnPackage(address: string): CdnPackage | undefined {
  const url = URL.parse(address);
  if (url === null || url.protocol !== 'https:' || url.port !== '') return undefined;
  const [, name, version] = FORMS.get(url.hostname)?.exec(decoded(url.pathname)) ?? [];
  if (name === undefined || version === undefined || !isPackageName(name) || !isVersion(version)) return undefined;
  // esm.sh takes another package in place of one with ?alias, and bundles others in with ?bundle and ?standalone.
  if (url.searchParams.has('alias')) return undefined;
  const bundled = ['bundle', 'bundle-deps', 'bundle-all', 'standalone'].some((key) => url.searchParams.has(key));
  return { name, version, bundled: bundled || /\.bundle\.m?js$/.test(url.pathname) };
}

function decoded(path: string): string {
  return path.replaceAll(/%40/gi, '@');
}
