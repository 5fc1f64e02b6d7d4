import { digestOf, isDigest } from '../core/digest.ts';
import type { Logger } from '../core/logger.ts';
import { parseStrictJson } from '../core/parse-json.ts';
import { pathOf } from './blobs.ts';
import type { CacheFolder } from './folder.ts';
import { SEAL_BYTES, type Seal } from './seal.ts';
import { tolerating } from './tolerate.ts';
import type { BlobStore, HttpAnswer, HttpAnswerCache } from './types.ts';

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Answers by URL, their bodies among the blobs. Guarantees that an answer was kept by this host: a server that says "not modified"
 * never vouches for bytes that somebody else put into the folder. A wrong one costs one download.
 */
export function createHttpCache(folder: CacheFolder, blobs: BlobStore, seal: Seal, logger: Logger): HttpAnswerCache {
  const tolerate = tolerating(logger, 'a cached answer cannot be used');
  return {
    get: (url) =>
      tolerate(url, async () => {
        const id = digestOf(url);
        const stored = await folder.read(pathOf('http', id), MAX_ANSWER_BYTES + SEAL_BYTES);
        const own = stored === undefined ? 'absent' : await seal.open('http', id, stored);
        const answer = typeof own === 'string' ? undefined : parse(url, Buffer.from(own).toString('utf8'));
        const bytes = answer === undefined ? undefined : await blobs.get(answer.digest);
        return answer === undefined || bytes === undefined ? undefined : { ...answer, bytes };
      }),

    async put(url, { etag, lastModified, contentType, digest }, bytes) {
      const facts = Buffer.from(JSON.stringify({ url, etag, lastModified, contentType, digest }));
      if (facts.byteLength > MAX_ANSWER_BYTES) return;
      await tolerate(url, async () => {
        const id = digestOf(url);
        const sealed = await seal.seal('http', id, facts);
        if (sealed === undefined) return;
        await blobs.put(bytes, digest);
        await folder.write(pathOf('http', id), sealed);
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
