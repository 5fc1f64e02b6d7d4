/**
 * The next revocation list of a registry. Guarantees that it follows the one that is there, which must be by the same signer: nobody
 * starts another series by mistake. Trusts who holds the key.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import semver from 'semver';
import { messageOf, PluginError } from '../../core/errors.ts';
import { publicKeyOf } from '../../trust/keys.ts';
import {
  listIdOf,
  MAX_REVOCATIONS_BYTES,
  readRevocations,
  REVOCATIONS_FILE,
  revocationStatement,
  type Revocation,
  type RevocationList,
} from '../../trust/revocations/list.ts';
import { signStatement } from '../../trust/sign.ts';
import { readIfThere, type RegistryFolder, type WrittenFile } from './folder.ts';

/** Undefined: the list says it already. */
export async function nextRevocations(
  { folder }: RegistryFolder,
  revocation: Revocation,
  key: KeyObject,
  undo: boolean,
): Promise<WrittenFile | undefined> {
  const { id, ...publicKey } = publicKeyOf(createPublicKey(key));
  const file = join(folder, REVOCATIONS_FILE);
  const bytes = await readIfThere(file);
  const signers = {
    keys: new Map([[id, { id, ...publicKey, publisher: '--key' }]]),
    identities: [],
    trustedRoot: undefined,
  };
  const before = bytes === undefined ? undefined : await readBefore(bytes, file, signers);
  const next = listAfter(before, revocation, id, undo);
  if (next === undefined) return undefined;
  const text = await signStatement(revocationStatement(next), key);
  if (Buffer.byteLength(text) > MAX_REVOCATIONS_BYTES) {
    throw new PluginError('ERR_REGISTRY', `Cannot revoke "${revocation.name}": the list would be larger than 1 MiB`, {
      hint: 'revoke a range of versions in place of many single ones',
    });
  }
  return { path: REVOCATIONS_FILE, bytes: text };
}

async function readBefore(
  bytes: Uint8Array,
  file: string,
  signers: Parameters<typeof readRevocations>[1],
): Promise<RevocationList> {
  try {
    return await readRevocations(bytes, signers);
  } catch (error) {
    throw new PluginError('ERR_SIGNATURE', `Cannot change "${file}": ${messageOf(error)}`, {
      hint: 'Nothing was written. Sign it with the key that it is signed with.',
      cause: error,
    });
  }
}

function listAfter(
  before: RevocationList | undefined,
  revocation: Revocation,
  signer: string,
  undo: boolean,
): RevocationList | undefined {
  const same = (each: Revocation): boolean => each.name === revocation.name && each.range === revocation.range;
  const known = before?.revoked ?? [];
  const isThere = known.some(same);
  if (isThere !== undo) return undefined;
  const revoked = undo ? known.filter((each) => !same(each)) : [...known, revocation].sort(byName);
  return { id: before?.id ?? listIdOf(signer, revoked), version: (before?.version ?? 0) + 1, revoked };
}

function byName(a: Revocation, b: Revocation): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return semver.valid(a.range) && semver.valid(b.range) ? semver.compare(a.range, b.range) : a.range < b.range ? -1 : 1;
}
