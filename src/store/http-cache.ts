import { digestOf, isDigest } from '../core/digest.ts';
import { isPluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { parseStrictJson } from '../core/parse-json.ts';
import { pathOf } from './blobs.ts';
import type { CacheFolder } from './folder.ts';
import type { BlobStore, HttpAnswer, HttpAnswerCache } from './types.ts';

const MAX_ANSWER_BYTES = 64 * 1024;

/** Answers by URL, their bodies among the blobs. A wrong one costs one download: bodies are hashed as all blobs are. */
export function createHttpCache(folder: CacheFolder, blobs: BlobStore, logger: Logger): HttpAnswerCache {
  const tolerate = async <T>(url: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!isPluginError(error, 'ERR_STORE', 'ERR_INTEGRITY')) throw error;
      logger.log('warn', 'a cached answer cannot be used', { url, cause: error.message });
      return undefined;
    }
  };
  return {
    get: (url) =>
      tolerate(url, async () => {
        const stored = await folder.read(pathOf('http', digestOf(url)), MAX_ANSWER_BYTES);
        const answer = stored === undefined ? undefined : parse(url, Buffer.from(stored).toString('utf8'));
        const bytes = answer === undefined ? undefined : await blobs.get(answer.digest);
        return answer === undefined || bytes === undefined ? undefined : { ...answer, bytes };
      }),

    async put(url, { etag, lastModified, contentType, digest }, bytes) {
      const text = JSON.stringify({ url, etag, lastModified, contentType, digest });
      if (Buffer.byteLength(text) > MAX_ANSWER_BYTES) return;
      await tolerate(url, async () => {
        await blobs.put(bytes, digest);
        await folder.write(pathOf('http', digestOf(url)), text);
      });
    },
  };
}

function parse(url: string, text: string): HttpAnswer | undefined {
  const parsed = parseStrictJson(text, 1);
  if (!parsed.ok || parsed.value === null || typeof parsed.value !== 'object' || Array.isArray(parsed.value)) {
    return undefined;
  }
  const { url: of, digest, etag, lastModified, contentType } = parsed.value;
  if (of !== url || !isDigest(digest)) return undefined;
  return {
    digest,
    etag: typeof etag === 'string' ? etag : undefined,
    lastModified: typeof lastModified === 'string' ? lastModified : undefined,
    contentType: typeof contentType === 'string' ? contentType : undefined,
  };
}
