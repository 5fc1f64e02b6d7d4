import { DOMException } from './dom-exception.ts';
import { text } from './idl.ts';
import { PrimordialTypeError, bytesOf, copyBytes, isBufferSource } from './primordials.ts';

/** The algorithms of `crypto.subtle`, by their lower-case names. */
const NAMES = [
  'AES-CBC',
  'AES-CTR',
  'AES-GCM',
  'ECDH',
  'ECDSA',
  'Ed25519',
  'HKDF',
  'HMAC',
  'PBKDF2',
  'RSA-OAEP',
  'RSA-PSS',
  'RSASSA-PKCS1-v1_5',
  'SHA-1',
  'SHA-256',
  'SHA-384',
  'SHA-512',
  'X25519',
] as const;
export type AlgorithmName = (typeof NAMES)[number];
const BY_NAME: ReadonlyMap<string, AlgorithmName> = new Map(NAMES.map((name) => [name.toLowerCase(), name]));

export const HASHES = {
  'SHA-1': { native: 'sha1', block: 64, size: 20 },
  'SHA-256': { native: 'sha256', block: 64, size: 32 },
  'SHA-384': { native: 'sha384', block: 128, size: 48 },
  'SHA-512': { native: 'sha512', block: 128, size: 64 },
} as const;
export type HashName = keyof typeof HASHES;

/** An algorithm's parameters, read once from what a plugin passed. */
export class Parameters {
  readonly name: AlgorithmName;
  readonly #given: Readonly<Record<string, unknown>>;

  constructor(algorithm: unknown) {
    const isObject = typeof algorithm === 'object' && algorithm !== null;
    this.#given = isObject ? { ...(algorithm as Record<string, unknown>) } : {};
    const wanted = isObject ? (algorithm as { name?: unknown }).name : algorithm;
    if (isObject && wanted === undefined) throw new PrimordialTypeError('An algorithm needs a name');
    const name = BY_NAME.get(text(wanted).toLowerCase());
    if (name === undefined) throw notSupported(`The algorithm ${text(wanted)} is not supported`);
    this.name = name;
  }

  has(key: string): boolean {
    return this.#given[key] !== undefined;
  }
  value(key: string): unknown {
    if (!this.has(key)) throw new PrimordialTypeError(`${this.name}: ${key} is required`);
    return this.#given[key];
  }
  hash(): HashName {
    const hash = new Parameters(this.value('hash')).name;
    if (!(hash in HASHES)) throw notSupported(`The hash ${hash} is not supported`);
    return hash as HashName;
  }
  bytes(key: string): Uint8Array {
    const value = this.value(key);
    if (!isBufferSource(value)) throw new PrimordialTypeError(`${this.name}: ${key} must be bytes`);
    return copyBytes(value);
  }
  integer(key: string): number {
    const value = Math.trunc(Number(this.value(key)));
    if (!Number.isSafeInteger(value) || value < 0)
      throw new PrimordialTypeError(`${this.name}: ${key} is out of range`);
    return value;
  }
  string(key: string): string {
    return text(this.value(key));
  }
}

export function dataOf(data: unknown): Uint8Array<ArrayBuffer> {
  if (!isBufferSource(data)) throw new PrimordialTypeError('The data must be an ArrayBuffer or a view of one');
  return bytesOf(data);
}

export function notSupported(message: string): DOMException {
  return new DOMException(message, 'NotSupportedError');
}

export function dataError(message: string): DOMException {
  return new DOMException(message, 'DataError');
}
