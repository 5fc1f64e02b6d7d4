import { digestOf, isDigest } from '../core/digest.ts';
import { parseStrictJson } from '../core/parse-json.ts';
import { pathOf } from './blobs.ts';
import type { CacheFolder } from './folder.ts';
import type { HttpMetadata, HttpMetadataStore } from './types.ts';

const MAX_METADATA_BYTES = 64 * 1024;

/** A wrong entry costs one download: what it leads to is found by digest and hashed. */
export function createHttpMetadataStore(folder: CacheFolder): HttpMetadataStore {
  return {
    async get(url) {
      const bytes = await folder.read(pathOf('http', digestOf(url)), MAX_METADATA_BYTES);
      return bytes === undefined ? undefined : parse(url, Buffer.from(bytes).toString('utf8'));
    },

    async put(url, metadata) {
      const text = JSON.stringify({ url, ...metadata });
      if (Buffer.byteLength(text) <= MAX_METADATA_BYTES) await folder.write(pathOf('http', digestOf(url)), text);
    },
  };
}

function parse(url: string, text: string): HttpMetadata | undefined {
  const parsed = parseStrictJson(text, 1);
  if (!parsed.ok || parsed.value === null || typeof parsed.value !== 'object' || Array.isArray(parsed.value))
    return undefined;
  const { url: of, digest, finalUrl, etag, lastModified } = parsed.value;
  if (of !== url || !isDigest(digest) || typeof finalUrl !== 'string') return undefined;
  return {
    digest,
    finalUrl,
    ...(typeof etag === 'string' ? { etag } : {}),
    ...(typeof lastModified === 'string' ? { lastModified } : {}),
  };
}
