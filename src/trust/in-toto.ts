/**
 * The one form of what is signed: an in-toto statement about one digest. Guarantees that a payload which says anything else,
 * or says it in another way, is not taken for one, and that a statement of one kind is never read as another; trusts nothing
 * of it, for who signed it is checked beside.
 */
import { isDigest, type Digest } from '../core/digest.ts';
import { canonicalJson, type Json, type JsonObject } from '../core/json.ts';
import { parseStrictJson } from '../core/parse-json.ts';

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** What a statement may be about, by its predicate's type. */
export const PREDICATES = {
  release: 'https://aitbc.dev/plugin/release/v1',
  review: 'https://aitbc.dev/plugin/review/v1',
  revocation: 'https://aitbc.dev/plugin/revocation/v1',
} as const;

export type PredicateKind = keyof typeof PREDICATES;

export interface Statement {
  readonly subject: string;
  readonly digest: Digest;
  readonly predicate: JsonObject;
}

/** The bytes that are signed; one text for one statement. */
export function encodeStatement(kind: PredicateKind, { subject, digest, predicate }: Statement): Buffer {
  return Buffer.from(
    canonicalJson({
      _type: STATEMENT_TYPE,
      subject: [{ name: subject, digest: { sha256: digest.slice('sha256:'.length) } }],
      predicateType: PREDICATES[kind],
      predicate,
    }),
  );
}

/** What a payload states. Throws an Error that says what is wrong with it. */
export function decodeStatement(kind: PredicateKind, payloadType: string, payload: Uint8Array): Statement {
  if (payloadType !== PAYLOAD_TYPE) throw new Error(`its payload is of type "${payloadType}"`);
  const parsed = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  if (!parsed.ok) throw new Error(`its payload is not JSON: ${parsed.reason}`);
  const statement = objectOf(parsed.value, 'statement');
  if (statement['_type'] !== STATEMENT_TYPE) throw new Error('its payload is no in-toto statement');
  if (statement['predicateType'] !== PREDICATES[kind]) {
    throw new Error(`it signs something else than a ${kind}: ${JSON.stringify(statement['predicateType'] ?? null)}`);
  }
  const subjects = statement['subject'];
  if (!Array.isArray(subjects) || subjects.length !== 1) throw new Error('it does not have exactly one subject');
  const subject = objectOf((subjects as readonly Json[])[0], 'subject');
  const digests = objectOf(subject['digest'], 'digest');
  const { sha256 } = digests;
  const digest = `sha256:${typeof sha256 === 'string' ? sha256 : ''}`;
  if (!isDigest(digest) || Object.keys(digests).length !== 1)
    throw new Error('its subject has no SHA-256 digest alone');
  if (typeof subject['name'] !== 'string') throw new Error('its subject has no name');
  return { subject: subject['name'], digest, predicate: objectOf(statement['predicate'], 'predicate') };
}

function objectOf(value: Json | undefined, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Error(`its ${what} is not an object`);
}
