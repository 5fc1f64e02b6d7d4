import { HASHES, Parameters, dataOf, notSupported } from './algorithms.ts';
import { type CryptoKey, isCryptoKey, keyMaterial } from './crypto-key.ts';
import { DOMException } from './dom-exception.ts';
import { expose, text } from './idl.ts';
import { exportKey, generateKey, hashOf, importKey, keyBits } from './key-forms.ts';
import { native } from './native.ts';
import { PrimordialTypeError, copyBytes, jsonParse, jsonStringify } from './primordials.ts';
import { encodeUtf8, utf8Text } from './utf8.ts';

const CREATE = Symbol('create');

/** Checks that a key is one, that it is for this algorithm, and that it may be used so. */
function usable(key: unknown, parameters: Parameters, usage: string): CryptoKey {
  if (!isCryptoKey(key)) throw new PrimordialTypeError('The key must be a CryptoKey');
  if (key.algorithm.name !== parameters.name || !key.usages.includes(usage)) {
    throw new DOMException(`The key cannot be used for ${usage} with ${parameters.name}`, 'InvalidAccessError');
  }
  return key;
}

function bufferOf(bytes: unknown): ArrayBuffer {
  return copyBytes(bytes as Uint8Array).buffer;
}

function cipher(
  direction: 'encrypt' | 'decrypt',
  parameters: Parameters,
  key: CryptoKey,
  data: Uint8Array,
): ArrayBuffer {
  const material = keyMaterial(key);
  switch (parameters.name) {
    case 'AES-GCM': {
      const bits = parameters.has('tagLength') ? parameters.integer('tagLength') : 128;
      if (![32, 64, 96, 104, 112, 120, 128].includes(bits))
        throw new DOMException('The tag length is not valid', 'OperationError');
      const aad = parameters.has('additionalData') ? parameters.bytes('additionalData') : undefined;
      return bufferOf(native('aes.gcm', direction, material, parameters.bytes('iv'), data, aad, bits / 8));
    }
    case 'AES-CBC':
      return bufferOf(native('aes.cbc', direction, material, parameters.bytes('iv'), data));
    case 'AES-CTR':
      return bufferOf(native('aes.ctr', material, parameters.bytes('counter'), parameters.integer('length'), data));
    case 'RSA-OAEP': {
      const label = parameters.has('label') ? parameters.bytes('label') : undefined;
      return bufferOf(native('rsa.oaep', direction, HASHES[hashOf(key)].native, material, data, label));
    }
    default:
      throw notSupported(`${parameters.name} does not encrypt`);
  }
}

/** Scheme, hash and salt length as `runtime/native/signatures.ts` takes them. */
function scheme(parameters: Parameters, key: CryptoKey): [string, string | undefined, number | undefined] {
  switch (parameters.name) {
    case 'Ed25519':
      return ['ed25519', undefined, undefined];
    case 'ECDSA':
      return ['ecdsa', HASHES[parameters.hash()].native, undefined];
    case 'RSASSA-PKCS1-v1_5':
      return ['rsa-pkcs1', HASHES[hashOf(key)].native, undefined];
    case 'RSA-PSS':
      return ['rsa-pss', HASHES[hashOf(key)].native, parameters.integer('saltLength')];
    default:
      throw notSupported(`${parameters.name} does not sign`);
  }
}

function derive(parameters: Parameters, key: CryptoKey, bits: number | undefined): ArrayBuffer {
  const { name } = parameters;
  if (name === 'ECDH' || name === 'X25519') {
    const theirs = parameters.value('public');
    if (!isCryptoKey(theirs)) throw new PrimordialTypeError(`${name}: public must be a CryptoKey`);
    if (
      theirs.type !== 'public' ||
      theirs.algorithm.name !== name ||
      theirs.algorithm.namedCurve !== key.algorithm.namedCurve
    ) {
      throw new DOMException('The keys do not fit each other', 'InvalidAccessError');
    }
    const secret = native('key.agree', keyMaterial(key), keyMaterial(theirs)) as Uint8Array;
    if (bits === undefined) return bufferOf(secret);
    if (bits % 8 !== 0 || bits > secret.length * 8) throw new DOMException('The length is not valid', 'OperationError');
    return bufferOf(secret.subarray(0, bits / 8));
  }
  if (bits === undefined || bits % 8 !== 0) throw new DOMException('The length must be whole bytes', 'OperationError');
  const hash = HASHES[parameters.hash()].native;
  const salt = parameters.bytes('salt');
  if (name === 'HKDF')
    return bufferOf(native('hkdf', hash, keyMaterial(key), salt, parameters.bytes('info'), bits / 8));
  return bufferOf(native('pbkdf2', hash, keyMaterial(key), salt, parameters.integer('iterations'), bits / 8));
}

/** Asynchronous outside, synchronous inside: the runtime process computes, and counts the time against the plugin. */
export class SubtleCrypto {
  constructor(token?: unknown) {
    if (token !== CREATE) throw new PrimordialTypeError('Illegal constructor');
  }

  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    const { name } = new Parameters(algorithm);
    if (!(name in HASHES)) throw notSupported(`${name} is not a hash`);
    return bufferOf(native('digest', HASHES[name as keyof typeof HASHES].native, dataOf(data)));
  }
  async generateKey(algorithm: unknown, extractable: unknown, keyUsages: unknown) {
    return generateKey(algorithm, extractable, keyUsages);
  }
  async importKey(
    format: unknown,
    keyData: unknown,
    algorithm: unknown,
    extractable: unknown,
    keyUsages: unknown,
  ): Promise<CryptoKey> {
    return importKey(format, keyData, algorithm, extractable, keyUsages);
  }
  async exportKey(format: unknown, key: unknown): Promise<ArrayBuffer | Record<string, unknown>> {
    if (!isCryptoKey(key)) throw new PrimordialTypeError('The key must be a CryptoKey');
    return exportKey(format, key);
  }
  async encrypt(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    const parameters = new Parameters(algorithm);
    return cipher('encrypt', parameters, usable(key, parameters, 'encrypt'), dataOf(data));
  }
  async decrypt(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    const parameters = new Parameters(algorithm);
    return cipher('decrypt', parameters, usable(key, parameters, 'decrypt'), dataOf(data));
  }
  async sign(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    const parameters = new Parameters(algorithm);
    const signer = usable(key, parameters, 'sign');
    if (parameters.name === 'HMAC') return bufferOf(hmac(signer, dataOf(data)));
    return bufferOf(native('sign', ...scheme(parameters, signer), keyMaterial(signer), dataOf(data)));
  }
  async verify(algorithm: unknown, key: unknown, signature: unknown, data: unknown): Promise<boolean> {
    const parameters = new Parameters(algorithm);
    const verifier = usable(key, parameters, 'verify');
    if (parameters.name === 'HMAC') return native('equal', hmac(verifier, dataOf(data)), dataOf(signature)) === true;
    return (
      native('verify', ...scheme(parameters, verifier), keyMaterial(verifier), dataOf(signature), dataOf(data)) === true
    );
  }
  async deriveBits(algorithm: unknown, baseKey: unknown, length: unknown = null): Promise<ArrayBuffer> {
    const parameters = new Parameters(algorithm);
    const bits = length === null ? undefined : Math.trunc(Number(length));
    return derive(parameters, usable(baseKey, parameters, 'deriveBits'), bits);
  }
  async deriveKey(
    algorithm: unknown,
    baseKey: unknown,
    derivedType: unknown,
    extractable: unknown,
    keyUsages: unknown,
  ): Promise<CryptoKey> {
    const parameters = new Parameters(algorithm);
    const wanted = new Parameters(derivedType);
    const isSecret = wanted.name === 'HKDF' || wanted.name === 'PBKDF2';
    const bits = isSecret ? undefined : keyBits(wanted);
    const material = derive(parameters, usable(baseKey, parameters, 'deriveKey'), bits);
    return importKey('raw', material, derivedType, extractable, keyUsages);
  }
  async wrapKey(format: unknown, key: unknown, wrappingKey: unknown, wrapAlgorithm: unknown): Promise<ArrayBuffer> {
    const parameters = new Parameters(wrapAlgorithm);
    const wrapper = usable(wrappingKey, parameters, 'wrapKey');
    if (!isCryptoKey(key)) throw new PrimordialTypeError('The key must be a CryptoKey');
    const exported = exportKey(format, key);
    const bytes =
      text(format) === 'jwk' ? encodeUtf8(jsonStringify(exported)) : new Uint8Array(exported as ArrayBuffer);
    return cipher('encrypt', parameters, wrapper, bytes);
  }
  async unwrapKey(
    format: unknown,
    wrappedKey: unknown,
    unwrappingKey: unknown,
    unwrapAlgorithm: unknown,
    keyAlgorithm: unknown,
    extractable: unknown,
    keyUsages: unknown,
  ): Promise<CryptoKey> {
    const parameters = new Parameters(unwrapAlgorithm);
    const wrapper = usable(unwrappingKey, parameters, 'unwrapKey');
    const bytes = new Uint8Array(cipher('decrypt', parameters, wrapper, dataOf(wrappedKey)));
    const data: unknown = text(format) === 'jwk' ? jsonParse(utf8Text(bytes)) : bytes;
    return importKey(format, data, keyAlgorithm, extractable, keyUsages);
  }
}
expose(SubtleCrypto, 'SubtleCrypto');

function hmac(key: CryptoKey, data: Uint8Array): Uint8Array {
  return native('hmac', HASHES[hashOf(key)].native, keyMaterial(key), data) as Uint8Array;
}

export const subtle: SubtleCrypto = new SubtleCrypto(CREATE);
