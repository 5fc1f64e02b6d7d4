/**
 * Reads an index. Guarantees that what comes out has the shapes and sizes of the schema, that one version of a name has one content,
 * and that no two names differ in case alone. Trusts nothing of it: it comes from a server, a repository or a disk.
 */
import semver from 'semver';
import type { ErrorObject } from 'ajv';
import { parseDependency } from '../contract/dependency.ts';
import { joinPath } from '../contract/plain.ts';
import type { RequestedPermissions } from '../contract/metadata.ts';
import type { Digest } from '../core/digest.ts';
import { PluginError } from '../core/errors.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { parseStrictJson } from '../core/parse-json.ts';
import { schemaValidator } from '../core/schema-validator.ts';
import { INDEX_SCHEMA } from './index-schema.ts';
import type { RegistryIndex, Release } from './types.ts';

/** Bytes of an index. */
export const MAX_INDEX_BYTES: number = 32 * 1024 * 1024;
const MAX_DEPTH = 16;

/** An entry as it stands in an index. */
interface Entry {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly author?: string;
  readonly license?: string;
  readonly repository?: string;
  readonly download_url: string;
  readonly checksum: Digest;
  readonly tags?: readonly string[];
  readonly compatibility?: { readonly min_aitbc_version?: string; readonly max_aitbc_version?: string };
  readonly dependencies?: readonly string[];
  readonly permissions?: RequestedPermissions;
  readonly interfaces?: readonly string[];
  readonly platforms?: readonly string[];
  readonly kind?: 'module' | 'component';
  readonly integrity?: Digest;
  readonly published?: string;
  readonly signer?: string;
  readonly publisher?: string;
  readonly size?: number;
  readonly yanked?: boolean | string;
}

interface Index {
  readonly serial?: number;
  readonly generated?: string;
  readonly plugins: readonly Entry[];
}

/** Throws ERR_REGISTRY, which names the place and what is wrong there. `registry` is what errors call it. */
export function parseIndex(bytes: Uint8Array, registry: string): RegistryIndex {
  const refuse = (state: string): PluginError =>
    new PluginError('ERR_REGISTRY', `Cannot use the registry "${registry}": ${state}`, {
      hint: 'tell who runs it, or check that "url" of it names an index (docs/registry.md)',
    });
  const { serial, generated, plugins } = readIndex(bytes, refuse);
  const releases = new Map<string, Map<string, { readonly release: Release; readonly entry: Entry }>>();
  const spellings = new Map<string, string>();
  for (const [at, entry] of plugins.entries()) {
    const release = releaseOf(entry, (state) => refuse(`plugins[${at}]${state}`));
    const { name, version } = release;
    const spelling = spellings.get(name.toLowerCase()) ?? name;
    if (spelling !== name) throw refuse(`"${spelling}" and "${name}" differ in case alone`);
    spellings.set(name.toLowerCase(), name);
    const versions = releases.get(name) ?? new Map<string, { readonly release: Release; readonly entry: Entry }>();
    // Build metadata does not make another version.
    const key = semver.parse(version)?.version ?? version;
    const known = versions.get(key);
    if (
      known !== undefined &&
      canonicalJson(known.entry as unknown as Json) !== canonicalJson(entry as unknown as Json)
    ) {
      const what = known.release.checksum === release.checksum ? 'entries' : 'contents';
      throw refuse(`${name}@${version} has two ${what}`);
    }
    releases.set(name, versions.set(key, { release, entry }));
  }
  return {
    serial,
    generated,
    plugins: new Map(
      [...releases].map(([name, versions]) => [
        name,
        [...versions.values()].map(({ release }) => release).sort((a, b) => semver.rcompare(a.version, b.version)),
      ]),
    ),
  };
}

function readIndex(bytes: Uint8Array, refuse: (state: string) => PluginError): Index {
  if (bytes.byteLength > MAX_INDEX_BYTES) throw refuse(`its index is larger than ${MAX_INDEX_BYTES} bytes`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refuse('its index is not UTF-8');
  }
  const parsed = parseStrictJson(text, MAX_DEPTH);
  if (!parsed.ok) throw refuse(`its index is not JSON: line ${parsed.line}, column ${parsed.column}: ${parsed.reason}`);
  const validate = (compiled ??= schemaValidator<Index>(INDEX_SCHEMA, 'first'));
  if (!validate(parsed.value)) throw refuse(explain(validate.errors?.[0]));
  return parsed.value;
}

let compiled: ReturnType<typeof schemaValidator<Index>> | undefined;

/** Only what is known is taken over. */
function releaseOf(entry: Entry, refuse: (state: string) => PluginError): Release {
  const { compatibility = {}, platforms, yanked } = entry;
  const { min_aitbc_version: min, max_aitbc_version: max } = compatibility;
  const versions = { '.version': entry.version, '.min_aitbc_version': min, '.max_aitbc_version': max };
  for (const [at, version] of Object.entries(versions)) {
    if (version !== undefined && !isVersion(version)) throw refuse(`${at} is no version: "${version}"`);
  }
  for (const dependency of entry.dependencies ?? []) {
    const parsed = parseDependency(dependency);
    if (parsed === undefined) throw refuse(`.dependencies has what is neither name nor name@range: "${dependency}"`);
    if (parsed.name === entry.name) throw refuse('.dependencies names the plugin itself');
  }
  for (const time of [entry.published].filter((each) => each !== undefined)) {
    if (Number.isNaN(Date.parse(time))) throw refuse(`.published is no time: "${time}"`);
  }
  return {
    name: entry.name,
    version: entry.version,
    description: entry.description ?? '',
    author: entry.author ?? '',
    license: entry.license ?? '',
    repository: entry.repository ?? '',
    downloadUrl: entry.download_url,
    checksum: entry.checksum,
    tags: entry.tags ?? [],
    compatibility: {
      ...(min === undefined ? {} : { min_aitbc_version: min }),
      ...(max === undefined ? {} : { max_aitbc_version: max }),
      ...(platforms === undefined ? {} : { supported_platforms: platforms }),
    },
    dependencies: entry.dependencies,
    permissions: entry.permissions,
    interfaces: entry.interfaces,
    kind: entry.kind,
    integrity: entry.integrity,
    published: entry.published,
    signer: entry.signer,
    publisher: entry.publisher,
    size: entry.size,
    yanked: yanked === undefined || yanked === false ? undefined : yanked === true ? '' : yanked,
  };
}

/** Strict: no `v`, no blanks, no ranges. */
function isVersion(text: string): boolean {
  return /^[0-9]/.test(text) && semver.parse(text)?.raw === text;
}

// `/plugins/3/checksum` -> `plugins[3].checksum`
function explain(error: ErrorObject | undefined): string {
  const path = (error?.instancePath ?? '').split('/').slice(1);
  const at = path
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((text, key) => (/^\d+$/.test(key) ? `${text}[${key}]` : joinPath(text, key)), '');
  const where = at === '' ? 'its index' : at;
  const wanted = error?.keyword === 'required' ? `lacks "${String(error.params['missingProperty'])}"` : error?.message;
  return `${where} ${wanted ?? 'has another shape'}`;
}
