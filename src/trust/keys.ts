import { createPublicKey, type KeyObject } from 'node:crypto';
import { digestOf } from '../core/digest.ts';

/** A public key that signatures may be checked with. */
export interface PublicKey {
  /** `key:sha256:<hex>`: digest of its DER, the same whatever form it was written in. */
  readonly id: string;
  readonly key: KeyObject;
  /** Base64 of its DER (SubjectPublicKeyInfo), on one line: what `keys` of the config takes. */
  readonly text: string;
}

/** PEM, or base64 of DER. Throws an Error that says what is wrong with it. */
export function parsePublicKey(text: string): PublicKey {
  const trimmed = text.trim();
  if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(trimmed)) {
    throw new Error('is a private key: keep it secret, and give the public one');
  }
  const key = trimmed.startsWith('-----')
    ? tryKey(trimmed)
    : tryKey({ key: Buffer.from(trimmed, 'base64'), format: 'der', type: 'spki' });
  return publicKeyOf(key);
}

export function publicKeyOf(key: KeyObject): PublicKey {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const isFit = key.asymmetricKeyType === 'ed25519' || (key.asymmetricKeyType === 'ec' && curve === 'prime256v1');
  if (!isFit)
    throw new Error(`is a key of type ${curve ?? key.asymmetricKeyType ?? 'unknown'}: only ed25519 and P-256 will do`);
  const der = key.export({ format: 'der', type: 'spki' });
  return { id: `key:${digestOf(der)}`, key, text: der.toString('base64') };
}

function tryKey(input: Parameters<typeof createPublicKey>[0]): KeyObject {
  try {
    return createPublicKey(input);
  } catch (error) {
    throw new Error('is no public key in PEM or base64', { cause: error });
  }
}
