import type { Digest } from '../../core/digest.ts';
import type { JsonObject } from '../../core/json.ts';
import type { LockEntry } from '../../lock/types.ts';

export interface Publication {
  readonly entry: LockEntry;
  /** Relative to the index, or an address. */
  readonly downloadUrl: string;
  /** Of the raw bytes of what is downloaded, and how many they are. */
  readonly checksum: Digest;
  readonly size: number;
  readonly tags: readonly string[];
  /** ISO time in UTC, to the second. */
  readonly published: string;
  readonly signer: string | undefined;
  readonly publisher: string | undefined;
}

/** The entry of an index (SPEC G1, and what we add): what the lock entry says of the plugin, in the index's words. */
export function indexEntryOf(publication: Publication): JsonObject {
  const { entry, downloadUrl, checksum, size, tags, published, signer, publisher } = publication;
  const { metadata, permissions, kind, integrity } = entry;
  const compatibility = {
    min_aitbc_version: metadata.min_aitbc_version,
    max_aitbc_version: metadata.max_aitbc_version,
  };
  return {
    name: metadata.name,
    version: metadata.version,
    description: metadata.description,
    author: metadata.author,
    license: metadata.license,
    repository: metadata.repository ?? '',
    download_url: downloadUrl,
    checksum,
    tags,
    compatibility,
    dependencies: metadata.dependencies ?? [],
    permissions,
    interfaces: metadata.interfaces ?? [],
    ...(metadata.supported_platforms === undefined ? {} : { platforms: metadata.supported_platforms }),
    kind,
    integrity,
    size,
    published,
    ...(signer === undefined ? {} : { signer }),
    ...(publisher === undefined ? {} : { publisher }),
  };
}
