import { createHash, createHmac, hkdfSync, pbkdf2Sync, randomFillSync, timingSafeEqual } from 'node:crypto';
import { cipherOperations } from './cipher.ts';
import { keyOperations } from './keys.ts';
import { type Operation, bytes, integer, oneOf, own } from './operation.ts';
import { signatureOperations } from './signatures.ts';

export const HASHES = ['sha1', 'sha256', 'sha384', 'sha512'] as const;
/** Others that `node:crypto`'s createHash offers to plugins. */
const DIGESTS = [...HASHES, 'md5', 'sha224', 'sha512-256', 'sha3-256', 'sha3-384', 'sha3-512', 'ripemd160'] as const;

/** One derivation may take this many rounds: about half a second, within the plugin's share of native time. */
const MAX_ITERATIONS = 1_000_000;

export const cryptoOperations: Readonly<Record<string, Operation>> = {
  ...cipherOperations,
  ...keyOperations,
  ...signatureOperations,
  random: (size) => randomFillSync(new Uint8Array(integer(size, 0, 65_536))),
  digest: (hash, data) => own(createHash(oneOf(hash, DIGESTS)).update(bytes(data)).digest()),
  hmac: (hash, key, data) => own(createHmac(oneOf(hash, DIGESTS), bytes(key)).update(bytes(data)).digest()),
  equal: (a, b) => bytes(a).length === bytes(b).length && timingSafeEqual(bytes(a), bytes(b)),
  pbkdf2: (hash, password, salt, iterations, size) =>
    own(
      pbkdf2Sync(
        bytes(password),
        bytes(salt),
        integer(iterations, 1, MAX_ITERATIONS),
        integer(size, 0, 4_096),
        oneOf(hash, HASHES),
      ),
    ),
  hkdf: (hash, key, salt, info, size) =>
    new Uint8Array(hkdfSync(oneOf(hash, HASHES), bytes(key), bytes(salt), bytes(info), integer(size, 0, 16_320))),
};
