import { createPrivateKey, type KeyObject } from 'node:crypto';
import { digestOf } from '../../src/core/digest.ts';
import type { Publishers } from '../../src/trust/publishers.ts';
import { generateKeys, signRelease, type KeyType } from '../../src/trust/sign.ts';
import type { PublicKey } from '../../src/trust/keys.ts';
import type { Release } from '../../src/trust/statement.ts';

export interface Keys {
  readonly privateKey: KeyObject;
  readonly pem: string;
  readonly publicKey: PublicKey;
}

export function keys(type: KeyType = 'ed25519'): Keys {
  const pair = generateKeys(type, undefined);
  return { privateKey: createPrivateKey(pair.privateKey), pem: pair.privateKey, publicKey: pair.publicKey };
}

export function publishersOf(known: Readonly<Record<string, Keys>>): Publishers {
  const entries = Object.entries(known).map(
    ([publisher, { publicKey }]) => [publicKey.id, { ...publicKey, publisher }] as const,
  );
  return { keys: new Map(entries), identities: [], trustedRoot: undefined };
}

export const RELEASE: Release = { name: 'greeter', version: '1.2.0', integrity: digestOf('the plugin') };

export async function signed(by: Keys, release: Release = RELEASE): Promise<string> {
  return signRelease(release, by.privateKey);
}

/** The bundle with one place in it changed. */
export function changed(bundle: string, change: (bundle: BundleJson) => void): string {
  const json = JSON.parse(bundle) as BundleJson;
  change(json);
  return JSON.stringify(json);
}

export interface BundleJson {
  mediaType: string;
  verificationMaterial: Record<string, unknown> & {
    publicKey?: { hint: string };
    certificate?: { rawBytes: string };
    tlogEntries?: Record<string, unknown>[];
  };
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid: string }[] };
}

/** A payload with something else in it. */
export function rewritten(payload: string, change: (statement: Record<string, never>) => void): string {
  const statement = JSON.parse(Buffer.from(payload, 'base64').toString()) as Record<string, never>;
  change(statement);
  return Buffer.from(JSON.stringify(statement)).toString('base64');
}
