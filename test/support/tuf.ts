import { createHash, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { Key, Metadata, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import { Role } from '@tufjs/models/dist/role.js';

export interface TufKey {
  readonly id: string;
  readonly key: Key;
  readonly privateKey: KeyObject;
}

export function tufKey(): TufKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const hex = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const id = createHash('sha256').update(hex).digest('hex');
  return {
    id,
    privateKey,
    key: new Key({ keyID: id, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: hex } }),
  };
}

const FAR = '2999-01-01T00:00:00Z';
const SPEC = '1.0.31';

/** A root for these keys: one signs all other roles. */
export function tufRoot(
  root: readonly TufKey[],
  online: TufKey,
  options: {
    readonly version?: number;
    readonly signers?: readonly TufKey[];
    readonly threshold?: number;
    readonly consistent?: boolean;
    readonly expires?: string;
  } = {},
): string {
  const { version = 1, signers = root, threshold = root.length, consistent = false, expires = FAR } = options;
  const role = new Role({ keyIDs: [online.id], threshold: 1 });
  return signed(
    new Root({
      version,
      specVersion: SPEC,
      expires,
      consistentSnapshot: consistent,
      keys: Object.fromEntries([...root, online].map(({ id, key }) => [id, key])),
      roles: {
        root: new Role({ keyIDs: root.map(({ id }) => id), threshold }),
        timestamp: role,
        snapshot: role,
        targets: role,
      },
    }),
    signers,
  );
}

/** `metadata/…` over these files, all roles with the same version. */
export function tufMetadata(
  files: Readonly<Record<string, string | Uint8Array>>,
  online: TufKey,
  options: { readonly version?: number; readonly expires?: string; readonly consistent?: boolean } = {},
): Record<string, string> {
  const { version = 1, expires = FAR, consistent = false } = options;
  const base = { version, specVersion: SPEC, expires: FAR };
  const targets = Object.entries(files).map(([path, content]): [string, TargetFile] => {
    const bytes = Buffer.from(content);
    const hashes = { sha256: createHash('sha256').update(bytes).digest('hex') };
    return [path, new TargetFile({ path, length: bytes.length, hashes })];
  });
  const meta = new MetaFile({ version });
  const prefix = consistent ? `${version}.` : '';
  return {
    [`metadata/${prefix}targets.json`]: signed(new Targets({ ...base, targets: Object.fromEntries(targets) }), [
      online,
    ]),
    [`metadata/${prefix}snapshot.json`]: signed(new Snapshot({ ...base, meta: { 'targets.json': meta } }), [online]),
    'metadata/timestamp.json': signed(new Timestamp({ ...base, expires, snapshotMeta: meta }), [online]),
  };
}

function signed(content: Root | Timestamp | Snapshot | Targets, signers: readonly TufKey[]): string {
  const metadata = new Metadata(content);
  for (const { id, privateKey } of signers) {
    metadata.sign((data) => new Signature({ keyID: id, sig: signBytes(null, data, privateKey).toString('hex') }));
  }
  return JSON.stringify(metadata.toJSON());
}
