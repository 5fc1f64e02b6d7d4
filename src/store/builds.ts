/**
 * Built programs. Guarantees that what `get` returns was put under this key by a holder of this host's private key; trusts its
 * seal alone, and no byte of the builds.
 */
import { isPluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { pathOf } from './blobs.ts';
import type { CacheFolder } from './folder.ts';
import { SEAL_BYTES, type Seal } from './seal.ts';
import type { BuildStore } from './types.ts';

const MAX_BUILD_BYTES = 256 * 1024 * 1024;

export function createBuildStore(folder: CacheFolder, seal: Seal, logger: Logger): BuildStore {
  return {
    async get(id) {
      let stored: Uint8Array | undefined;
      try {
        stored = await folder.read(pathOf('builds', id), MAX_BUILD_BYTES + SEAL_BYTES);
      } catch (error) {
        if (!isPluginError(error, 'ERR_STORE')) throw error;
        logger.log('warn', 'a cached build cannot be read: it is built again', { key: id, cause: error.message });
      }
      if (stored === undefined) return undefined;
      const bytes = await seal.open('build', id, stored);
      if (typeof bytes !== 'string') return bytes;
      if (bytes === 'wrong') logger.log('warn', 'a cached build does not verify: it is built again', { key: id });
      return undefined;
    },

    async put(id, bytes) {
      if (bytes.byteLength > MAX_BUILD_BYTES) {
        logger.log('warn', 'a build is too large to be cached', { key: id, bytes: bytes.byteLength });
        return;
      }
      const sealed = await seal.seal('build', id, bytes);
      if (sealed !== undefined) await folder.write(pathOf('builds', id), sealed);
    },
  };
}
