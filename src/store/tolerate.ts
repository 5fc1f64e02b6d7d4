import { isPluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

export type Tolerate = <T>(url: string, work: () => Promise<T>) => Promise<T | undefined>;

/** Does without what the cache cannot give or take: that is logged with `message`, and the result is undefined. */
export function tolerating(logger: Logger, message: string): Tolerate {
  return async (url, work) => {
    try {
      return await work();
    } catch (error) {
      if (!isPluginError(error, 'ERR_STORE', 'ERR_INTEGRITY')) throw error;
      logger.log('warn', message, { url, cause: error.message });
      return undefined;
    }
  };
}
