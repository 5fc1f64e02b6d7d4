import { digestOf } from '../../src/core/digest.ts';
import { tarball } from './tarball.ts';

export type IndexEntry = Readonly<Record<string, unknown>>;

/** An index as SPEC G1 has it. */
export function indexOf(entries: readonly IndexEntry[], more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...more, plugins: entries });
}

/** An entry with everything that SPEC G1 names. */
export function indexEntry(
  name: string,
  version: string,
  { bytes, at }: { readonly bytes: Uint8Array | string; readonly at: string },
  more: IndexEntry = {},
): IndexEntry {
  return {
    name,
    version,
    description: `The ${name}`,
    author: 'Ada',
    license: 'MIT',
    repository: `https://example.com/${name}`,
    download_url: at,
    checksum: digestOf(bytes),
    tags: ['test'],
    compatibility: { min_aitbc_version: '0.0.1', max_aitbc_version: '99.0.0' },
    ...more,
  };
}

export interface TestRelease {
  readonly name: string;
  readonly version: string;
  /** Beside `plugin.json` and `mod.ts`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly manifest?: IndexEntry;
  readonly entry?: IndexEntry;
}

/** Archives and the index over them, as files: `greeter-1.0.0.tgz`, …, `index.json`. */
export async function registryFiles(
  releases: readonly TestRelease[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, string | Uint8Array>> {
  const files: Record<string, string | Uint8Array> = {};
  const entries: IndexEntry[] = [];
  for (const { name, version, files: own = {}, manifest = {}, entry = {} } of releases) {
    const bytes = await tarball({ ...pluginFiles(name, version, manifest), ...own });
    const at = `${name}-${version}.tgz`;
    files[at] = bytes;
    entries.push(indexEntry(name, version, { bytes, at }, entry));
  }
  return { ...files, 'index.json': indexOf(entries, more) };
}

/** A plugin whose manifest says all, so that no code is run to describe it. */
export function pluginFiles(name: string, version: string, manifest: IndexEntry = {}): Record<string, string> {
  return {
    'plugin.json': JSON.stringify({ name, version, description: name, author: 'Ada', license: 'MIT', ...manifest }),
    'mod.ts': `export default { getMetadata: () => ({ name: '${name}', version: '${version}' }) };\n`,
  };
}

/** The same files below a folder, or as routes of a server: `below('/plugins/', files)`. */
export function below<T>(prefix: string, files: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [prefix + name, content]));
}
