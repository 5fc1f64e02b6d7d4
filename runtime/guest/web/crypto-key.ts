import { expose } from './idl.ts';
import { PrimordialTypeError } from './primordials.ts';
import { makeClonable } from './structured-clone.ts';

export interface KeyAlgorithm {
  readonly name: string;
  readonly hash?: { readonly name: string };
  readonly length?: number;
  readonly namedCurve?: string;
  readonly modulusLength?: number;
  readonly publicExponent?: Uint8Array;
}
export type KeyType = 'secret' | 'public' | 'private';

const CREATE = Symbol('create');
let material: (key: CryptoKey) => Uint8Array<ArrayBuffer>;
let isKey: (value: unknown) => value is CryptoKey;

/** Key material lives in a private field: raw bytes of a secret key, SPKI of a public, PKCS#8 of a private one. */
export class CryptoKey {
  readonly #type: KeyType;
  readonly #algorithm: KeyAlgorithm;
  readonly #extractable: boolean;
  readonly #usages: readonly string[];
  readonly #bytes: Uint8Array<ArrayBuffer>;

  static {
    material = (key) => key.#bytes;
    isKey = (value): value is CryptoKey => typeof value === 'object' && value !== null && #bytes in value;
  }

  constructor(
    token: unknown,
    type: KeyType,
    algorithm: KeyAlgorithm,
    extractable: boolean,
    usages: readonly string[],
    bytes: Uint8Array<ArrayBuffer>,
  ) {
    if (token !== CREATE) throw new PrimordialTypeError('Illegal constructor');
    this.#type = type;
    this.#algorithm = Object.freeze({ ...algorithm });
    this.#extractable = extractable;
    this.#usages = Object.freeze([...usages]);
    this.#bytes = bytes;
  }

  get type(): KeyType {
    return this.#type;
  }
  get extractable(): boolean {
    return this.#extractable;
  }
  get algorithm(): KeyAlgorithm {
    return this.#algorithm;
  }
  get usages(): readonly string[] {
    return this.#usages;
  }
}
expose(CryptoKey, 'CryptoKey');
makeClonable((value) =>
  isKey(value) ? makeKey(value.type, value.algorithm, value.extractable, value.usages, material(value)) : undefined,
);

export function makeKey(
  type: KeyType,
  algorithm: KeyAlgorithm,
  extractable: boolean,
  usages: readonly string[],
  bytes: Uint8Array<ArrayBuffer>,
): CryptoKey {
  return new CryptoKey(CREATE, type, algorithm, extractable, usages, bytes);
}

/** Never given to a plugin: the caller copies or passes it to a native operation. */
export function keyMaterial(key: CryptoKey): Uint8Array<ArrayBuffer> {
  return material(key);
}

export function isCryptoKey(value: unknown): value is CryptoKey {
  return isKey(value);
}
