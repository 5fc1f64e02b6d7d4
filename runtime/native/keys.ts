import { type KeyObject, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { type Operation, OperationFailure, bytes, integer, oneOf, own, string } from './operation.ts';

/** `ec:P-256`, `ec:P-384`, `ec:P-521`, `ed25519`, `x25519`, `rsa`. */
const KINDS = ['ec:P-256', 'ec:P-384', 'ec:P-521', 'ed25519', 'x25519', 'rsa'] as const;
type Kind = (typeof KINDS)[number];

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** Refuses a key of another kind than the algorithm it is imported for. */
function checked(key: KeyObject, kind: Kind): KeyObject {
  const type = key.asymmetricKeyType;
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  const found = type === 'ec' ? `ec:${curve}` : type;
  if (found !== kind) throw new OperationFailure('DataError', 'The key is of another type');
  if (kind === 'rsa') integer(key.asymmetricKeyDetails?.modulusLength, 512, 8_192);
  return key;
}

function der(key: KeyObject): Uint8Array {
  return own(key.export(key.type === 'private' ? { format: 'der', type: 'pkcs8' } : { format: 'der', type: 'spki' }));
}

export function privateKey(pkcs8: unknown): KeyObject {
  return createPrivateKey({ key: Buffer.from(bytes(pkcs8)), format: 'der', type: 'pkcs8' });
}

export function publicKey(spki: unknown): KeyObject {
  return createPublicKey({ key: Buffer.from(bytes(spki)), format: 'der', type: 'spki' });
}

function read(make: () => KeyObject): KeyObject {
  try {
    return make();
  } catch (error) {
    if (error instanceof OperationFailure) throw error;
    throw new OperationFailure('DataError', 'The key data is not valid');
  }
}

/** A public key as a point or as 32 bytes, through its JWK. */
function fromRaw(kind: Kind, raw: Uint8Array): KeyObject {
  const text = (part: Uint8Array): string => Buffer.from(part).toString('base64url');
  if (kind === 'ed25519' || kind === 'x25519') {
    if (raw.length !== 32) throw new OperationFailure('DataError', 'A raw key of this type has 32 bytes');
    const crv = kind === 'ed25519' ? 'Ed25519' : 'X25519';
    return createPublicKey({ key: { kty: 'OKP', crv, x: text(raw) }, format: 'jwk' });
  }
  const size = (raw.length - 1) / 2;
  if (raw[0] !== 4 || !Number.isInteger(size))
    throw new OperationFailure('DataError', 'A raw key is an uncompressed point');
  const jwk = { kty: 'EC', crv: kind.slice(3), x: text(raw.subarray(1, 1 + size)), y: text(raw.subarray(1 + size)) };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function toRaw(key: KeyObject): Uint8Array {
  const { x, y } = key.export({ format: 'jwk' });
  if (x === undefined) throw new OperationFailure('NotSupportedError', 'This key has no raw form');
  const parts = [Buffer.from(x, 'base64url')];
  return own(Buffer.concat(y === undefined ? parts : [Buffer.of(4), ...parts, Buffer.from(y, 'base64url')]));
}

function pair(keys: { publicKey: KeyObject; privateKey: KeyObject }): Uint8Array {
  const spki = der(keys.publicKey);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, spki.length);
  return own(Buffer.concat([length, spki, der(keys.privateKey)]));
}

export const keyOperations: Readonly<Record<string, Operation>> = {
  /** The length of the SPKI form in four bytes, that form, then the PKCS#8 form. */
  'key.generate': (kind, modulusLength, exponent) => {
    const chosen = oneOf(kind, KINDS);
    if (chosen === 'ed25519') return pair(generateKeyPairSync('ed25519'));
    if (chosen === 'x25519') return pair(generateKeyPairSync('x25519'));
    if (chosen !== 'rsa') return pair(generateKeyPairSync('ec', { namedCurve: chosen.slice(3) }));
    const publicExponent = integer(exponent, 3, 65_537);
    return pair(generateKeyPairSync('rsa', { modulusLength: integer(modulusLength, 1_024, 3_072), publicExponent }));
  },
  /** To SPKI (public) or PKCS#8 (private). `jwk` is JSON. */
  'key.import': (kind, format, data) => {
    const chosen = oneOf(kind, KINDS);
    const form = oneOf(format, ['raw', 'spki', 'pkcs8', 'jwk-public', 'jwk-private']);
    const key = read(() => {
      if (form === 'raw') return fromRaw(chosen, bytes(data));
      if (form === 'spki') return publicKey(data);
      if (form === 'pkcs8') return privateKey(data);
      const jwk = JSON.parse(string(data)) as { kty: string };
      return form === 'jwk-private'
        ? createPrivateKey({ key: jwk, format: 'jwk' })
        : createPublicKey({ key: jwk, format: 'jwk' });
    });
    return der(checked(key, chosen));
  },
  /** From SPKI or PKCS#8 to raw bytes or a JWK's JSON. */
  'key.export': (format, type, data) => {
    const key = oneOf(type, ['public', 'private']) === 'private' ? privateKey(data) : publicKey(data);
    return oneOf(format, ['raw', 'jwk']) === 'raw' ? toRaw(key) : JSON.stringify(key.export({ format: 'jwk' }));
  },
  'key.modulus': (type, data) => {
    const key = oneOf(type, ['public', 'private']) === 'private' ? privateKey(data) : publicKey(data);
    const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
    return `${modulusLength}:${publicExponent}`;
  },
  'key.agree': (ownPrivate, theirPublic) =>
    own(diffieHellman({ privateKey: privateKey(ownPrivate), publicKey: publicKey(theirPublic) })),
};
