/**
 * Content-addressed bytes. Guarantees that what `get` returns and what `put` stores has the digest that was asked for;
 * trusts nothing on disk, whatever its name says.
 */
import { digestOf, type Digest } from '../core/digest.ts';
import { PluginError } from '../core/errors.ts';
import type { CacheFolder } from './folder.ts';
import type { BlobStore } from './types.ts';

/** No module or asset is larger; what is larger on disk is not read. */
const MAX_BLOB_BYTES = 512 * 1024 * 1024;

export function createBlobStore(folder: CacheFolder): BlobStore {
  const readUnchecked = (digest: Digest) => folder.read(pathOf('blobs', digest), MAX_BLOB_BYTES);
  return {
    readUnchecked,

    async get(digest) {
      const bytes = await readUnchecked(digest);
      if (bytes === undefined) return undefined;
      const actual = digestOf(bytes);
      if (actual !== digest) throw corrupt('read', digest, actual);
      return bytes;
    },

    async put(bytes, expected) {
      if (bytes.byteLength > MAX_BLOB_BYTES) {
        throw new PluginError('ERR_SOURCE_TOO_LARGE', `Cannot store "${expected}": it is larger than 512 MiB`);
      }
      const actual = digestOf(bytes);
      if (actual !== expected) throw corrupt('store', expected, actual);
      const stored = await readUnchecked(expected);
      if (stored !== undefined && digestOf(stored) === expected) return;
      await folder.write(pathOf('blobs', expected), bytes);
    },
  };
}

/** `blobs/ab/cdef…` */
export function pathOf(kind: string, digest: Digest): string {
  const hex = digest.slice('sha256:'.length);
  return `${kind}/${hex.slice(0, 2)}/${hex.slice(2)}`;
}

function corrupt(verb: string, expected: Digest, actual: Digest): PluginError {
  return new PluginError('ERR_INTEGRITY', `Cannot ${verb} "${expected}": the bytes have another digest`, {
    hint:
      verb === 'read'
        ? 'The cached copy is damaged. Run `aitbc plugin fetch` to download it again.'
        : 'Nothing was stored. Try again; if it stays so, the source has changed.',
    details: { expected, actual },
  });
}
