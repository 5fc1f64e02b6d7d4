import { silentLogger } from '../../src/core/logger.ts';
import type { FetchConfig } from '../../src/config/types.ts';
import type { SourceContext } from '../../src/source/types.ts';

export const fetchConfig: FetchConfig = {
  allowInsecure: [],
  ca: undefined,
  tokens: new Map(),
  maxModuleBytes: 1024 * 1024,
  maxArchiveBytes: 8 * 1024 * 1024,
  maxModules: 500,
  timeout: 10_000,
  idleTimeout: 5_000,
  retries: 0,
};

/** A context for sources below `root`, with small limits and no further tries. */
export function sourceContext(
  root: string,
  options: Partial<Omit<SourceContext, 'config'>> & { config?: Partial<FetchConfig> } = {},
): SourceContext {
  return { root, offline: false, logger: silentLogger, ...options, config: { ...fetchConfig, ...options.config } };
}
