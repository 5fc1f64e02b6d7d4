/**
 * What a registry's manifest says. Guarantees that what comes out is an index or a manifest, never both, with a bounded number of
 * descriptors of which each has a SHA-256 and a size; that it is the document that was asked for is compared by registry.ts.
 * Trusts nothing of it.
 */
import { isDigest, type Digest } from '../../core/digest.ts';
import { PluginError } from '../../core/errors.ts';
import { parseStrictJson } from '../../core/parse-json.ts';
import { printable } from '../../core/text.ts';

export interface Descriptor {
  /** Lower case. */
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  /** Its name as a file: `org.opencontainers.image.title`. */
  readonly title: string | undefined;
  /** It says that its bytes lie at other addresses. */
  readonly elsewhere: boolean;
  /** `os/architecture`; undefined where it says none. */
  readonly platform: string | undefined;
  /** It is about another image, and none itself. */
  readonly attestation: boolean;
}

export type Manifest =
  | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] }
  | { readonly kind: 'manifest'; readonly config: Descriptor; readonly layers: readonly Descriptor[] };

export const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
export const ACCEPT: string = [...MANIFEST_TYPES, ...INDEX_TYPES].join(', ');

const MAX_DESCRIPTORS = 500;
const TITLE = 'org.opencontainers.image.title';
const REFERENCE = 'vnd.docker.reference.type';

/** `contentType`: what the registry called it. Throws ERR_SOURCE_FETCH. */
export function readManifest(source: string, bytes: Uint8Array, contentType: string | undefined): Manifest {
  const wrong = (state: string, hint?: string): PluginError =>
    new PluginError('ERR_SOURCE_FETCH', `Cannot use the manifest of "${source}": ${state}`, {
      hint: hint ?? 'check that the host is an OCI registry, and push the artifact again',
    });
  const parsed = parseStrictJson(new TextDecoder().decode(bytes));
  if (!parsed.ok) throw wrong(`line ${parsed.line}, column ${parsed.column}: ${parsed.reason}`);
  const document = objectOf(parsed.value);
  if (document === undefined) throw wrong('it is not an object');
  if (document['schemaVersion'] !== 2) throw wrong(`its schemaVersion is not 2`, 'push it in a format of this decade');
  const { mediaType, manifests, layers } = document;
  const stated = typeof mediaType === 'string' ? mediaType.toLowerCase() : undefined;
  const isIndex = manifests !== undefined;
  if (isIndex && layers !== undefined) throw wrong('it is an index and a manifest at the same time');
  const types = isIndex ? INDEX_TYPES : MANIFEST_TYPES;
  for (const type of [stated, contentType]) {
    if (type !== undefined && !types.includes(type) && !(type === contentType && type === 'application/json')) {
      throw wrong(
        `it is called ${printable(type, { max: 100 })}, which is not ${isIndex ? 'an index' : 'a manifest of an image'}`,
      );
    }
  }
  if (
    stated !== undefined &&
    contentType !== undefined &&
    contentType !== 'application/json' &&
    stated !== contentType
  ) {
    throw wrong(`it says of itself that it is ${stated}, and the registry that it is ${contentType}`);
  }
  const list = (value: unknown, what: string): Descriptor[] => {
    if (!Array.isArray(value)) throw wrong(`its ${what} are not a list`);
    if (value.length > MAX_DESCRIPTORS) throw wrong(`it has more than ${MAX_DESCRIPTORS} ${what}`);
    return value.map((item, index) => descriptor(item, `${what}[${index}]`, wrong));
  };
  if (isIndex) return { kind: 'index', manifests: list(manifests, 'manifests') };
  return { kind: 'manifest', config: descriptor(document['config'], 'config', wrong), layers: list(layers, 'layers') };
}

function descriptor(value: unknown, where: string, wrong: (state: string) => PluginError): Descriptor {
  const { mediaType, digest, size, urls, annotations, platform } = objectOf(value) ?? {};
  if (typeof mediaType !== 'string' || mediaType.length > 255) throw wrong(`${where} has no media type`);
  if (!isDigest(digest)) throw wrong(`${where} has no sha256 digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw wrong(`${where} has no size`);
  const notes = objectOf(annotations) ?? {};
  const title = notes[TITLE];
  const { os, architecture } = objectOf(platform) ?? {};
  return {
    mediaType: printable(mediaType.toLowerCase()),
    digest,
    size,
    title: typeof title === 'string' ? title : undefined,
    elsewhere: (Array.isArray(urls) && urls.length > 0) || /nondistributable|\.foreign\./.test(mediaType),
    platform: platform === undefined ? undefined : printable(`${String(os)}/${String(architecture)}`, { max: 100 }),
    attestation: notes[REFERENCE] !== undefined,
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
