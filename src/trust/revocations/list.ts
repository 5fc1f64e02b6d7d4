/**
 * A registry's list of what must not run any more, signed as a whole. Guarantees that entries can be neither added, left out nor taken
 * from another list without its signer, and that lists follow each other by a number. Trusts `openBundle` for who signed.
 */
import semver from 'semver';
import { digestOfJson, isDigest, type Digest } from '../../core/digest.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { openBundle } from '../bundle.ts';
import { decodeStatement, encodeStatement } from '../in-toto.ts';
import type { Publishers } from '../publishers.ts';

export interface Revocation {
  readonly name: string;
  /** Versions of that name in this registry. */
  readonly range: string;
  /** These bytes, wherever they come from and whatever they are called. */
  readonly integrity: Digest | undefined;
  readonly reason: string;
  /** ISO time in UTC. */
  readonly date: string;
}

export interface RevocationList {
  /** The same for all that follow each other: a list of another registry with the same signer is not taken for one. */
  readonly id: Digest;
  /** One more with each change. */
  readonly version: number;
  readonly revoked: readonly Revocation[];
}

/** Beside the index. */
export const REVOCATIONS_FILE = 'revocations.json';
/** What a bundle may have. */
export const MAX_REVOCATIONS_BYTES: number = 1024 * 1024;
const MAX_REASON = 1_000;
const NAME = /^[a-zA-Z][a-zA-Z0-9-]{0,213}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** The bytes that are signed. */
export function revocationStatement(list: RevocationList): Buffer {
  const { id, version } = list;
  const revoked = list.revoked.map(jsonOf);
  return encodeStatement('revocation', {
    subject: subjectOf(version),
    digest: digestOfJson(revoked),
    predicate: { list: id, version, revoked },
  });
}

/** What a new list is called: by what it began with. */
export function listIdOf(signer: string, first: readonly Revocation[]): Digest {
  return digestOfJson({ signer, revoked: first.map(jsonOf) });
}

/** Throws an Error that says what is wrong with the list, or that nobody of `signers` signed it. */
export async function readRevocations(bytes: Uint8Array, signers: Publishers): Promise<RevocationList> {
  const { signatory, payloadType, payload } = await openBundle(bytes, signers);
  if (!signatory.known) throw new Error(`it is signed by ${signatory.who}, who may not revoke here`);
  const { subject, digest, predicate } = decodeStatement('revocation', payloadType, payload);
  const { list, version, revoked } = predicate;
  if (!isDigest(list)) throw new Error('it has no name');
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
    throw new Error('it has no version');
  if (!Array.isArray(revoked)) throw new Error('it has no entries');
  if (subject !== subjectOf(version) || digest !== digestOfJson(revoked))
    throw new Error('its subject is another list');
  return { id: list, version, revoked: (revoked as readonly Json[]).map(revocationOf) };
}

function subjectOf(version: number): string {
  return `revocations@${version}`;
}

function jsonOf({ name, range, integrity, reason, date }: Revocation): JsonObject {
  return { name, range, ...(integrity === undefined ? {} : { integrity }), reason, date };
}

function revocationOf(value: Json, index: number): Revocation {
  const entry = (typeof value === 'object' && value !== null ? value : {}) as JsonObject;
  const { name, range, integrity, reason, date } = entry;
  const fits =
    typeof name === 'string' &&
    NAME.test(name) &&
    typeof range === 'string' &&
    range.length <= 256 &&
    semver.validRange(range) !== null &&
    (integrity === undefined || isDigest(integrity)) &&
    typeof reason === 'string' &&
    reason.length <= MAX_REASON &&
    typeof date === 'string' &&
    TIME.test(date);
  if (!fits) throw new Error(`its entry ${index} is none`);
  return { name, range, integrity, reason, date };
}
