import { join } from 'node:path';
import { silentLogger, type Logger } from '../core/logger.ts';
import { createBlobStore } from './blobs.ts';
import { createBuildStore } from './builds.ts';
import { openFolder, readKey } from './folder.ts';
import { createHttpCache } from './http-cache.ts';
import { createIndexCache } from './indexes.ts';
import { createSeal } from './seal.ts';
import type { Store } from './types.ts';

export interface StoreOptions {
  /** Absolute. Made at the first write. */
  readonly cacheDir: string;
  /** Default: found out from the folder. */
  readonly readOnly?: boolean;
  readonly logger?: Logger;
}

/** Opens nothing yet: a warm start pays for what it reads. */
export function openStore(options: StoreOptions): Store {
  const logger = options.logger ?? silentLogger;
  // The layout's version: another layout gets another folder, so that two versions of this program can share a cache.
  const root = join(options.cacheDir, 'v1');
  const folder = openFolder(root, logger, options.readOnly);
  const blobs = createBlobStore(folder);
  const seal = createSeal(() => readKey(root, folder, logger));
  return {
    blobs,
    builds: createBuildStore(folder, seal, logger),
    http: createHttpCache(folder, blobs, seal, logger),
    indexes: createIndexCache(folder, blobs, seal, logger),
    readOnly: folder.readOnly,
  };
}
