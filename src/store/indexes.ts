import { digestOf, isDigest, type Digest } from '../core/digest.ts';
import type { Logger } from '../core/logger.ts';
import { parseStrictJson } from '../core/parse-json.ts';
import { pathOf } from './blobs.ts';
import type { CacheFolder } from './folder.ts';
import { SEAL_BYTES, type Seal } from './seal.ts';
import { tolerating } from './tolerate.ts';
import type { BlobStore, IndexCache } from './types.ts';

const MAX_FACTS_BYTES = 64 * 1024;

/**
 * Indexes of registries by URL, their bytes among the blobs. Guarantees that a copy says whether this host kept it; trusts
 * nobody else's, which could put an index of its own in the place of a registry's.
 */
export function createIndexCache(folder: CacheFolder, blobs: BlobStore, seal: Seal, logger: Logger): IndexCache {
  const tolerate = tolerating(logger, 'the copy of a registry cannot be used');
  return {
    get: (url) =>
      tolerate(url, async () => {
        const id = digestOf(url);
        const stored = await folder.read(pathOf('indexes', id), MAX_FACTS_BYTES + SEAL_BYTES);
        if (stored === undefined) return undefined;
        const isOwn = typeof (await seal.open('index', id, stored)) !== 'string';
        const facts = parse(url, Buffer.from(stored.subarray(SEAL_BYTES)).toString('utf8'));
        const bytes = facts === undefined ? undefined : await blobs.get(facts.digest);
        return facts === undefined || bytes === undefined ? undefined : { ...facts, bytes, isOwn };
      }),

    async put(url, { base, fetched, serial, bytes }) {
      const digest = digestOf(bytes);
      const facts = Buffer.from(JSON.stringify({ url, base, fetched: fetched.toISOString(), serial, digest }));
      if (facts.byteLength > MAX_FACTS_BYTES) return;
      await tolerate(url, async () => {
        const id = digestOf(url);
        const sealed = await seal.seal('index', id, facts);
        if (sealed === undefined) return;
        await blobs.put(bytes, digest);
        await folder.write(pathOf('indexes', id), sealed);
      });
    },
  };
}

function parse(
  url: string,
  text: string,
): { base: string; fetched: Date; serial: number | undefined; digest: Digest } | undefined {
  const parsed = parseStrictJson(text, 1);
  if (!parsed.ok || parsed.value === null || typeof parsed.value !== 'object' || Array.isArray(parsed.value)) {
    return undefined;
  }
  const { url: of, base, fetched, serial, digest } = parsed.value;
  const at = new Date(typeof fetched === 'string' ? fetched : '');
  if (of !== url || typeof base !== 'string' || !isDigest(digest) || Number.isNaN(at.getTime())) return undefined;
  return { base, fetched: at, digest, serial: typeof serial === 'number' ? serial : undefined };
}
