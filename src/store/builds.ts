/**
 * Built programs. Guarantees that what `get` returns was put under this key by a holder of this host's private key, by an
 * HMAC over key and bytes; trusts that key file alone, and no byte of the builds.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Digest } from '../core/digest.ts';
import { isPluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { pathOf } from './blobs.ts';
import type { CacheFolder } from './folder.ts';
import type { BuildStore } from './types.ts';

const MAX_BUILD_BYTES = 256 * 1024 * 1024;
const MAC_BYTES = 32;

export function createBuildStore(
  folder: CacheFolder,
  readKey: () => Promise<Uint8Array | undefined>,
  logger: Logger,
): BuildStore {
  let key: Promise<Uint8Array | undefined> | undefined;
  return {
    async get(id) {
      let stored: Uint8Array | undefined;
      try {
        stored = await folder.read(pathOf('builds', id), MAX_BUILD_BYTES + MAC_BYTES);
      } catch (error) {
        if (!isPluginError(error, 'ERR_STORE')) throw error;
        logger.log('warn', 'a cached build cannot be read: it is built again', { key: id, cause: error.message });
      }
      if (stored === undefined) return undefined;
      const secret = await (key ??= readKey());
      if (secret === undefined) return undefined;
      const bytes = stored.subarray(MAC_BYTES);
      if (stored.byteLength > MAC_BYTES && timingSafeEqual(stored.subarray(0, MAC_BYTES), mac(secret, id, bytes))) {
        return bytes;
      }
      logger.log('warn', 'a cached build does not verify: it is built again', { key: id });
      return undefined;
    },

    async put(id, bytes) {
      if (bytes.byteLength > MAX_BUILD_BYTES) {
        logger.log('warn', 'a build is too large to be cached', { key: id, bytes: bytes.byteLength });
        return;
      }
      const secret = await (key ??= readKey());
      if (secret === undefined) return;
      await folder.write(pathOf('builds', id), Buffer.concat([mac(secret, id, bytes), bytes]));
    },
  };
}

function mac(secret: Uint8Array, id: Digest, bytes: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`aitbc build 1\n${id}\n`).update(bytes).digest();
}
