import { type KeyObject, constants, privateDecrypt, publicEncrypt, sign, verify } from 'node:crypto';
import { privateKey, publicKey } from './keys.ts';
import { type Operation, bytes, integer, oneOf, optionalBytes, own } from './operation.ts';

const HASHES = ['sha1', 'sha256', 'sha384', 'sha512'] as const;
const SCHEMES = ['ecdsa', 'ed25519', 'rsa-pkcs1', 'rsa-pss'] as const;

function parameters(scheme: unknown, hash: unknown, saltLength: unknown, key: KeyObject) {
  const chosen = oneOf(scheme, SCHEMES);
  if (chosen === 'ed25519') return { algorithm: null, key: { key } };
  const algorithm = oneOf(hash, HASHES);
  if (chosen === 'ecdsa') return { algorithm, key: { key, dsaEncoding: 'ieee-p1363' as const } };
  if (chosen === 'rsa-pkcs1') return { algorithm, key: { key, padding: constants.RSA_PKCS1_PADDING } };
  const salt = integer(saltLength, 0, 1_024);
  return { algorithm, key: { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt } };
}

export const signatureOperations: Readonly<Record<string, Operation>> = {
  sign: (scheme, hash, saltLength, key, data) => {
    const { algorithm, key: options } = parameters(scheme, hash, saltLength, privateKey(key));
    return own(sign(algorithm, bytes(data), options));
  },
  verify: (scheme, hash, saltLength, key, signature, data) => {
    const { algorithm, key: options } = parameters(scheme, hash, saltLength, publicKey(key));
    return verify(algorithm, bytes(data), options, bytes(signature));
  },
  'rsa.oaep': (direction, hash, key, data, label) => {
    const options = { oaepHash: oneOf(hash, HASHES), padding: constants.RSA_PKCS1_OAEP_PADDING };
    const oaepLabel = optionalBytes(label);
    const all = oaepLabel === undefined ? options : { ...options, oaepLabel };
    return oneOf(direction, ['encrypt', 'decrypt']) === 'encrypt'
      ? own(publicEncrypt({ key: publicKey(key), ...all }, bytes(data)))
      : own(privateDecrypt({ key: privateKey(key), ...all }, bytes(data)));
  },
};
