import { PackageURL } from 'packageurl-js';
import { splitKey } from '../../source/npm/names.ts';

/** `pkg:npm/%40scope/name@1.0.0` */
export function npmPurl(name: string, version: string): string {
  const [scope, bare] = name.startsWith('@') ? name.split('/', 2) : [undefined, name];
  return new PackageURL('npm', scope ?? null, bare ?? name, version, null, null).toString();
}

export function npmPurlOfKey(key: string): string {
  const { name, version } = splitKey(key) ?? { name: key, version: '' };
  return npmPurl(name, version);
}

export function cargoPurl(name: string, version: string, qualifiers: Readonly<Record<string, string>> = {}): string {
  return new PackageURL('cargo', null, name, version, { ...qualifiers }, null).toString();
}

/** For what no registry has. */
export function genericPurl(
  name: string,
  version: string | undefined,
  qualifiers: Readonly<Record<string, string>>,
): string {
  return new PackageURL('generic', null, name, version ?? null, { ...qualifiers }, null).toString();
}

/** Name, version and ecosystem that a purl states; undefined for what is none. */
export function readPurl(
  text: string,
): { purl: string; name: string; version: string | undefined; ecosystem: string | undefined } | undefined {
  if (text.length > 4_096) return undefined;
  try {
    const { type, namespace, name, version } = PackageURL.fromString(text);
    const ecosystem = type === 'npm' ? 'npm' : type === 'cargo' ? 'crates.io' : undefined;
    return {
      purl: new PackageURL(type, namespace, name, version, null, null).toString(),
      name: namespace ? `${namespace}/${name}` : name,
      version: version ?? undefined,
      ecosystem: version ? ecosystem : undefined,
    };
  } catch {
    // Whatever it throws, it is no purl.
    return undefined;
  }
}
