import type { HostConfig } from '../config/types.ts';
import { isPluginError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import type { IndexCache } from '../store/types.ts';
import { parseIndex } from './index-format.ts';
import { locate } from './location.ts';
import { readIndexBytes } from './read.ts';
import type { RegistryIndex } from './types.ts';

/**
 * What this machine knows of the registry at this URL without a network: its index where it lies here, else the last copy. Undefined
 * where there is neither, or it is no index.
 */
export async function keptIndex(
  url: string,
  config: Pick<HostConfig, 'root' | 'fetch' | 'registries'>,
  cache: IndexCache,
): Promise<RegistryIndex | undefined> {
  try {
    const registry = config.registries?.find((each) => locate(each, config).url === url);
    if (registry === undefined) return undefined;
    const location = locate(registry, config);
    const here = { config: config.fetch, root: config.root, offline: true, logger: silentLogger };
    const found = location.kind === 'path' ? await readIndexBytes(location, here) : await cache.get(url);
    return found === undefined ? undefined : parseIndex(found.bytes, registry.name);
  } catch (error) {
    // Whoever asks the registry itself is told.
    if (isPluginError(error)) return undefined;
    throw error;
  }
}
