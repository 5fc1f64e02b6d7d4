/**
 * Marks what this host wrote into the cache folder. Guarantees that what `open` gives back was sealed for the same purpose and the same id
 * by a holder of this host's private key; trusts that key file alone, for the folder may come from somewhere else.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Digest } from '../core/digest.ts';

export interface Seal {
  /** Undefined where there is no key to trust: what is not sealed is not worth writing. */
  seal(purpose: Purpose, id: Digest, bytes: Uint8Array): Promise<Buffer | undefined>;
  /** `absent`: this host has no key, so that nothing here can be its own. */
  open(purpose: Purpose, id: Digest, sealed: Uint8Array): Promise<Uint8Array | 'wrong' | 'absent'>;
}

/** What is sealed for one counts for nothing as another. */
export type Purpose = 'build' | 'http' | 'index';

export const SEAL_BYTES = 32;

export function createSeal(readKey: () => Promise<Uint8Array | undefined>): Seal {
  let key: Promise<Uint8Array | undefined> | undefined;
  return {
    async seal(purpose, id, bytes) {
      const secret = await (key ??= readKey());
      return secret === undefined ? undefined : Buffer.concat([mac(secret, purpose, id, bytes), bytes]);
    },
    async open(purpose, id, sealed) {
      const secret = await (key ??= readKey());
      if (secret === undefined) return 'absent';
      const bytes = sealed.subarray(SEAL_BYTES);
      const isOwn =
        sealed.byteLength > SEAL_BYTES &&
        timingSafeEqual(sealed.subarray(0, SEAL_BYTES), mac(secret, purpose, id, bytes));
      return isOwn ? bytes : 'wrong';
    },
  };
}

function mac(secret: Uint8Array, purpose: Purpose, id: Digest, bytes: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`aitbc ${purpose} 1\n${id}\n`).update(bytes).digest();
}
