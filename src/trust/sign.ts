import { createPrivateKey, createPublicKey, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { messageOf, PluginError } from '../core/errors.ts';
import { publicKeyOf, type PublicKey } from './keys.ts';
import { PAYLOAD_TYPE } from './in-toto.ts';
import { statementOf, type Release } from './statement.ts';

export type KeyType = 'ed25519' | 'p256';

export interface KeyPair {
  /** PKCS #8 PEM; encrypted with the passphrase, where one is given. */
  readonly privateKey: string;
  readonly publicKey: PublicKey;
}

export function generateKeys(type: KeyType, passphrase: string | undefined): KeyPair {
  const pair = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return {
    privateKey: pair.privateKey.export({ format: 'pem', type: 'pkcs8', ...cipher }),
    publicKey: publicKeyOf(pair.publicKey),
  };
}

/** A private key in PEM. Throws ERR_USAGE; nothing of the key is in its message. */
export function parsePrivateKey(pem: string, file: string, passphrase: string | undefined): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    const encrypted = pem.includes('ENCRYPTED');
    throw new PluginError('ERR_USAGE', `Cannot use "${file}": it is no private key in PEM that can be read`, {
      hint: encrypted
        ? 'It is encrypted: give its passphrase in AITBC_KEY_PASSPHRASE.'
        : '`aitbc plugin keygen` makes one.',
      details: { reason: messageOf(error) },
    });
  }
  try {
    publicKeyOf(createPublicKey(key));
  } catch (error) {
    throw new PluginError('ERR_USAGE', `Cannot use "${file}": it ${messageOf(error)}`, {
      hint: '`aitbc plugin keygen` makes one that will do.',
    });
  }
  return key;
}

/** A sigstore bundle over one release, as the text of its file. Needs no network. */
export function signRelease(release: Release, privateKey: KeyObject): Promise<string> {
  return signStatement(statementOf(release), privateKey);
}

/** A sigstore bundle over an in-toto statement, as text with a final newline. */
export async function signStatement(statement: Buffer, privateKey: KeyObject): Promise<string> {
  const [{ DSSEBundleBuilder }, { bundleToJSON }] = await Promise.all([
    import('@sigstore/sign'),
    import('@sigstore/bundle'),
  ]);
  const publicKey = createPublicKey(privateKey);
  const algorithm = publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const builder = new DSSEBundleBuilder({
    signer: {
      sign: async (data) => ({
        signature: signBytes(algorithm, data, privateKey),
        key: {
          $case: 'publicKey',
          publicKey: publicKey.export({ format: 'pem', type: 'spki' }),
          hint: publicKeyOf(publicKey).id,
        },
      }),
    },
    witnesses: [],
  });
  const bundle = await builder.create({ data: statement, type: PAYLOAD_TYPE });
  return `${JSON.stringify(bundleToJSON(bundle), undefined, 2)}\n`;
}
