import {
  HASHES,
  type HashName,
  Parameters,
  type AlgorithmName,
  dataError,
  dataOf,
  notSupported,
} from './algorithms.ts';
import { type CryptoKey, type KeyAlgorithm, type KeyType, keyMaterial, makeKey } from './crypto-key.ts';
import { DOMException } from './dom-exception.ts';
import { text } from './idl.ts';
import { native } from './native.ts';
import { PrimordialTypeError, copyBytes, isArray, jsonParse, jsonStringify, slice } from './primordials.ts';
import { randomBytes } from './crypto.ts';

type Usage = 'encrypt' | 'decrypt' | 'sign' | 'verify' | 'deriveKey' | 'deriveBits' | 'wrapKey' | 'unwrapKey';

interface Family {
  readonly kind: 'secret' | 'pair';
  /** Uses of a secret key; of a pair: of its private and of its public key. */
  readonly uses: readonly Usage[];
  readonly publicUses?: readonly Usage[];
}

const CIPHER: Family = { kind: 'secret', uses: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'] };
const SIGNER: Family = { kind: 'pair', uses: ['sign'], publicUses: ['verify'] };
const AGREEMENT: Family = { kind: 'pair', uses: ['deriveKey', 'deriveBits'], publicUses: [] };
const DERIVATION: Family = { kind: 'secret', uses: ['deriveKey', 'deriveBits'] };

const FAMILIES: Partial<Record<AlgorithmName, Family>> = {
  'AES-CBC': CIPHER,
  'AES-CTR': CIPHER,
  'AES-GCM': CIPHER,
  HMAC: { kind: 'secret', uses: ['sign', 'verify'] },
  HKDF: DERIVATION,
  PBKDF2: DERIVATION,
  ECDSA: SIGNER,
  Ed25519: SIGNER,
  'RSA-PSS': SIGNER,
  'RSASSA-PKCS1-v1_5': SIGNER,
  'RSA-OAEP': { kind: 'pair', uses: ['decrypt', 'unwrapKey'], publicUses: ['encrypt', 'wrapKey'] },
  ECDH: AGREEMENT,
  X25519: AGREEMENT,
};

const USAGES: readonly string[] = [
  'encrypt',
  'decrypt',
  'sign',
  'verify',
  'deriveKey',
  'deriveBits',
  'wrapKey',
  'unwrapKey',
];
const CURVES: readonly string[] = ['P-256', 'P-384', 'P-521'];

function familyOf(name: AlgorithmName): Family {
  const family = FAMILIES[name];
  if (family === undefined) throw notSupported(`${name} has no keys`);
  return family;
}

function usagesOf(given: unknown): string[] {
  const usages: string[] = [];
  for (const item of given as Iterable<unknown>) {
    const usage = text(item);
    if (!USAGES.includes(usage)) throw new PrimordialTypeError(`${usage} is not a key usage`);
    if (!usages.includes(usage)) usages.push(usage);
  }
  return usages;
}

function checkUsages(usages: readonly string[], allowed: readonly string[], needed: boolean): void {
  if (usages.some((usage) => !allowed.includes(usage))) throw syntaxError('A key usage does not fit the key');
  if (needed && usages.length === 0) throw syntaxError('Usages cannot be empty for this key');
}

/** The kind of key pair as `runtime/native/keys.ts` names it. */
function pairKind(parameters: Parameters): string {
  if (parameters.name === 'Ed25519') return 'ed25519';
  if (parameters.name === 'X25519') return 'x25519';
  if (parameters.name !== 'ECDSA' && parameters.name !== 'ECDH') return 'rsa';
  const curve = parameters.string('namedCurve');
  if (!CURVES.includes(curve)) throw notSupported(`The curve ${curve} is not supported`);
  return `ec:${curve}`;
}

function pairAlgorithm(parameters: Parameters, type: KeyType, der: Uint8Array): KeyAlgorithm {
  const { name } = parameters;
  if (name === 'Ed25519' || name === 'X25519') return { name };
  if (name === 'ECDSA' || name === 'ECDH') return { name, namedCurve: parameters.string('namedCurve') };
  const [length, exponent] = (native('key.modulus', type, der) as string).split(':') as [string, string];
  const digits = BigInt(exponent).toString(16);
  const bytes = (digits.length % 2 === 0 ? digits : `0${digits}`).match(/../g) ?? [];
  return {
    name,
    modulusLength: Number(length),
    publicExponent: new Uint8Array(bytes.map((byte) => Number.parseInt(byte, 16))),
    hash: { name: parameters.hash() },
  };
}

export function generateKey(algorithm: unknown, extractable: unknown, keyUsages: unknown) {
  const parameters = new Parameters(algorithm);
  const family = familyOf(parameters.name);
  const usages = usagesOf(keyUsages);
  if (family.kind === 'secret') {
    if (parameters.name === 'HKDF' || parameters.name === 'PBKDF2')
      throw notSupported(`${parameters.name} keys are imported`);
    checkUsages(usages, family.uses, true);
    const bits = keyBits(parameters);
    if (bits % 8 !== 0) throw notSupported('The length of a key must be whole bytes');
    const bytes = randomBytes(bits / 8);
    return makeKey('secret', secretAlgorithm(parameters, bytes), Boolean(extractable), usages, bytes);
  }
  const publicUses = family.publicUses ?? [];
  checkUsages(usages, [...family.uses, ...publicUses], false);
  const mine = usages.filter((usage) => (family.uses as readonly string[]).includes(usage));
  if (mine.length === 0) throw syntaxError('Usages cannot be empty for a private key');
  const kind = pairKind(parameters);
  const made = native(
    'key.generate',
    kind,
    ...(kind === 'rsa' ? [parameters.integer('modulusLength'), exponentOf(parameters.bytes('publicExponent'))] : []),
  ) as Uint8Array;
  const length = new DataView(made.buffer, made.byteOffset).getUint32(0);
  const spki = copyBytes(made.subarray(4, 4 + length));
  const pkcs8 = copyBytes(made.subarray(4 + length));
  const theirs = usages.filter((usage) => (publicUses as readonly string[]).includes(usage));
  return {
    publicKey: makeKey('public', pairAlgorithm(parameters, 'public', spki), true, theirs, spki),
    privateKey: makeKey('private', pairAlgorithm(parameters, 'private', pkcs8), Boolean(extractable), mine, pkcs8),
  };
}

function exponentOf(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** Bits of a secret key that is generated or derived. */
export function keyBits(parameters: Parameters): number {
  if (parameters.name !== 'HMAC') {
    const bits = parameters.integer('length');
    if (![128, 192, 256].includes(bits)) throw operationError('An AES key has 128, 192 or 256 bits');
    return bits;
  }
  if (!parameters.has('length')) return HASHES[parameters.hash()].block * 8;
  const bits = parameters.integer('length');
  if (bits === 0 || bits > 65_536) throw operationError('The length of an HMAC key is out of range');
  return bits;
}

function secretAlgorithm(parameters: Parameters, bytes: Uint8Array): KeyAlgorithm {
  const { name } = parameters;
  if (name === 'HKDF' || name === 'PBKDF2') return { name };
  const length = bytes.length * 8;
  return name === 'HMAC' ? { name, hash: { name: parameters.hash() }, length } : { name, length };
}

interface Jwk {
  readonly kty?: unknown;
  readonly k?: unknown;
  readonly d?: unknown;
  readonly ext?: unknown;
  readonly key_ops?: unknown;
}

export function importKey(
  format: unknown,
  data: unknown,
  algorithm: unknown,
  extractable: unknown,
  keyUsages: unknown,
): CryptoKey {
  const form = text(format);
  const parameters = new Parameters(algorithm);
  const family = familyOf(parameters.name);
  const usages = usagesOf(keyUsages);
  const canExtract = Boolean(extractable);
  const jwk = form === 'jwk' ? readJwk(data, canExtract, usages) : undefined;
  if (family.kind === 'secret') {
    if (form !== 'raw' && form !== 'jwk') throw notSupported(`${parameters.name} keys have no ${form} form`);
    const bytes = jwk === undefined ? copyBytes(dataOf(data)) : secretOfJwk(jwk);
    checkUsages(usages, family.uses, true);
    if (family === CIPHER && ![16, 24, 32].includes(bytes.length))
      throw dataError('An AES key has 128, 192 or 256 bits');
    if (parameters.name === 'HMAC' && bytes.length === 0) throw dataError('An HMAC key cannot be empty');
    if (family === DERIVATION && canExtract) throw syntaxError(`${parameters.name} keys cannot be extractable`);
    return makeKey('secret', secretAlgorithm(parameters, bytes), canExtract, usages, bytes);
  }
  const type: KeyType = form === 'pkcs8' || jwk?.d !== undefined ? 'private' : 'public';
  checkUsages(usages, type === 'private' ? family.uses : (family.publicUses ?? []), type === 'private');
  const kind = pairKind(parameters);
  if (form === 'raw' && kind === 'rsa') throw notSupported('RSA keys have no raw form');
  if (!['raw', 'spki', 'pkcs8', 'jwk'].includes(form)) throw new PrimordialTypeError(`${form} is not a key format`);
  const der = native(
    'key.import',
    kind,
    jwk === undefined ? form : `jwk-${type}`,
    jwk === undefined ? dataOf(data) : jsonStringify(jwk),
  ) as Uint8Array<ArrayBuffer>;
  return makeKey(type, pairAlgorithm(parameters, type, der), canExtract, usages, der);
}

function readJwk(data: unknown, extractable: boolean, usages: readonly string[]): Jwk {
  if (typeof data !== 'object' || data === null) throw new PrimordialTypeError('A jwk must be an object');
  const jwk = jsonParse(jsonStringify(data)) as Jwk;
  if (jwk.ext === false && extractable) throw dataError('The JWK forbids extraction');
  if (isArray(jwk.key_ops) && usages.some((usage) => !(jwk.key_ops as readonly unknown[]).includes(usage))) {
    throw dataError('The JWK forbids a usage');
  }
  return jwk;
}

function secretOfJwk(jwk: Jwk): Uint8Array<ArrayBuffer> {
  if (jwk.kty !== 'oct' || typeof jwk.k !== 'string') throw dataError('The JWK is not a secret key');
  try {
    const binary = atobUrl(jwk.k);
    return new Uint8Array(Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    throw dataError('The JWK is not a secret key');
  }
}

export function exportKey(format: unknown, key: CryptoKey): ArrayBuffer | Record<string, unknown> {
  const form = text(format);
  if (!key.extractable) throw new DOMException('The key is not extractable', 'InvalidAccessError');
  const bytes = keyMaterial(key);
  const right = {
    raw: ['secret', 'public'],
    spki: ['public'],
    pkcs8: ['private'],
    jwk: ['secret', 'public', 'private'],
  };
  const types = (right as Record<string, readonly string[]>)[form];
  if (types === undefined) throw new PrimordialTypeError(`${form} is not a key format`);
  if (!types.includes(key.type)) throw new DOMException(`A ${key.type} key has no ${form} form`, 'InvalidAccessError');
  const common = { key_ops: [...key.usages], ext: true };
  if (key.type === 'secret') {
    if (form === 'raw') return copyBytes(bytes).buffer;
    return { kty: 'oct', k: base64Url(bytes), alg: secretAlg(key.algorithm), ...common };
  }
  if (form === 'spki' || form === 'pkcs8') return copyBytes(bytes).buffer;
  if (form === 'raw') return copyBytes(native('key.export', 'raw', key.type, bytes) as Uint8Array).buffer;
  const alg = pairAlg(key.algorithm);
  const jwk = jsonParse(native('key.export', 'jwk', key.type, bytes) as string) as object;
  return { ...jwk, ...(alg === undefined ? {} : { alg }), ...common };
}

function secretAlg(algorithm: KeyAlgorithm): string {
  const { hash, length = 0, name } = algorithm;
  return hash === undefined ? `A${length}${slice(name, 4)}` : `HS${slice(hash.name, 4)}`;
}

function pairAlg({ name, hash }: KeyAlgorithm): string | undefined {
  if (name === 'Ed25519') return name;
  if (hash === undefined) return undefined;
  const bits = slice(hash.name, 4);
  if (name === 'RSA-OAEP') return bits === '1' ? name : `${name}-${bits}`;
  return `${name === 'RSA-PSS' ? 'PS' : 'RS'}${bits}`;
}

function base64Url(bytes: Uint8Array): string {
  const { btoa } = require('./base64.ts') as typeof import('./base64.ts');
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function atobUrl(input: string): string {
  const { atob } = require('./base64.ts') as typeof import('./base64.ts');
  return atob(input.replaceAll('-', '+').replaceAll('_', '/'));
}

export function hashOf(key: CryptoKey): HashName {
  return key.algorithm.hash?.name as HashName;
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError');
}

function operationError(message: string): DOMException {
  return new DOMException(message, 'OperationError');
}
