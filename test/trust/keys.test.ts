import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parsePublicKey } from '../../src/trust/keys.ts';
import { generateKeys, parsePrivateKey } from '../../src/trust/sign.ts';
import { caught } from '../support/errors.ts';

describe('parsePublicKey()', () => {
  it.each(['ed25519', 'p256'] as const)('gives a key of type %s the same id in PEM and in base64', (type) => {
    const { publicKey } = generateKeys(type, undefined);
    const pem = publicKey.key.export({ format: 'pem', type: 'spki' });
    expect(parsePublicKey(pem).id).toBe(publicKey.id);
    expect(parsePublicKey(`${publicKey.text}\n`).id).toBe(publicKey.id);
    expect(publicKey.id).toMatch(/^key:sha256:[0-9a-f]{64}$/);
  });

  it('refuses a private key, weak and other kinds, and what is no key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ format: 'pem', type: 'spki' });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'pem', type: 'spki' });
    expect(() => parsePublicKey(generateKeys('ed25519', undefined).privateKey)).toThrow('is a private key');
    expect(() => parsePublicKey(generateKeys('ed25519', 'x').privateKey)).toThrow('is a private key');
    expect(() => parsePublicKey(rsa)).toThrow('only ed25519 and P-256');
    expect(() => parsePublicKey(p384)).toThrow('only ed25519 and P-256');
    for (const text of ['', 'x', 'MAAA', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----'])
      expect(() => parsePublicKey(text)).toThrow('is no public key');
  });
});

describe('parsePrivateKey()', () => {
  it('reads an encrypted key with its passphrase alone, and says nothing of it else', () => {
    const { privateKey } = generateKeys('p256', 'open sesame');
    expect(privateKey).toContain('ENCRYPTED');
    expect(parsePrivateKey(privateKey, 'k', 'open sesame').type).toBe('private');
    for (const passphrase of [undefined, 'wrong']) {
      const error = caught(() => parsePrivateKey(privateKey, 'k', passphrase));
      expect(error).toMatchObject({
        code: 'ERR_USAGE',
        hint: expect.stringContaining('AITBC_KEY_PASSPHRASE') as string,
      });
      expect(JSON.stringify(error)).not.toContain(privateKey.split('\n')[1]);
    }
  });

  it('refuses keys that nobody could check, and what is no key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({
      format: 'pem',
      type: 'pkcs8',
    });
    expect(caught(() => parsePrivateKey(rsa, 'k', undefined)).code).toBe('ERR_USAGE');
    expect(caught(() => parsePrivateKey('x', 'k', undefined)).hint).toContain('keygen');
  });
});
