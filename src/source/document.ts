import { open } from 'node:fs/promises';
import { isPluginError, PluginError } from '../core/errors.ts';
import { codeOf, storeError } from '../core/system-error.ts';
import { createForeignReader } from './foreign.ts';
import type { SourceContext } from './types.ts';

/**
 * All bytes of a file that is no plugin: at an absolute path, or at a URL under the rules for sources. Undefined where there is
 * none. Throws for what cannot be told from absence by mistake: no answer, a refusal, a file above `limit` bytes.
 */
export async function readDocument(
  place: string,
  limit: number,
  context: SourceContext,
): Promise<Uint8Array | undefined> {
  if (/^https?:\/\//i.test(place)) return readUrl(place, limit, context);
  try {
    await using file = await open(place, 'r');
    const { size } = await file.stat();
    if (size > limit) throw tooLarge(place, limit);
    return await file.readFile();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw isPluginError(error) ? error : storeError('read', place, error);
  }
}

async function readUrl(url: string, limit: number, context: SourceContext): Promise<Uint8Array | undefined> {
  const reader = createForeignReader({
    ...context,
    config: { ...context.config, maxModuleBytes: Math.min(limit, context.config.maxArchiveBytes) },
  });
  try {
    const { bytes } = await reader.fetch(url, 'module', context.signal === undefined ? {} : { signal: context.signal });
    return bytes;
  } catch (error) {
    if (isPluginError(error, 'ERR_SOURCE_NOT_FOUND')) return undefined;
    throw error;
  } finally {
    await reader.close();
  }
}

function tooLarge(place: string, limit: number): PluginError {
  return new PluginError('ERR_SOURCE_TOO_LARGE', `Cannot read "${place}": it is larger than ${limit} bytes`);
}
