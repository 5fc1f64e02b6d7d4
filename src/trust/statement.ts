/**
 * What a signature says: that these bytes are this version of this plugin. Guarantees that a payload which says anything
 * else, or says it in another way, is not taken for one; trusts nothing of it, for who signed it is checked beside.
 */
import { isDigest, type Digest } from '../core/digest.ts';
import { canonicalJson, type Json, type JsonObject } from '../core/json.ts';
import { parseStrictJson } from '../core/parse-json.ts';

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** A signature of another kind by the same key, such as a review, is no release. */
const PREDICATE_TYPE = 'https://aitbc.dev/plugin/release/v1';

export interface Release {
  /** As the plugin's metadata has it. */
  readonly name: string;
  readonly version: string;
  /** The lock's `integrity`. */
  readonly integrity: Digest;
}

/** The in-toto statement that is signed; one text for one release. */
export function statementOf({ name, version, integrity }: Release): Buffer {
  return Buffer.from(
    canonicalJson({
      _type: STATEMENT_TYPE,
      subject: [{ name: `${name}@${version}`, digest: { sha256: integrity.slice('sha256:'.length) } }],
      predicateType: PREDICATE_TYPE,
      predicate: { name, version },
    }),
  );
}

/** What a payload states. Throws an Error that says what is wrong with it. */
export function readStatement(payloadType: string, payload: Uint8Array): Release {
  if (payloadType !== PAYLOAD_TYPE) throw new Error(`its payload is of type "${payloadType}"`);
  const parsed = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  if (!parsed.ok) throw new Error(`its payload is not JSON: ${parsed.reason}`);
  const statement = objectOf(parsed.value, 'statement');
  if (statement['_type'] !== STATEMENT_TYPE) throw new Error('its payload is no in-toto statement');
  if (statement['predicateType'] !== PREDICATE_TYPE) {
    throw new Error(`it signs something else than a release: ${JSON.stringify(statement['predicateType'] ?? null)}`);
  }
  const subjects = statement['subject'];
  if (!Array.isArray(subjects) || subjects.length !== 1) throw new Error('it does not have exactly one subject');
  const subject = objectOf((subjects as readonly Json[])[0], 'subject');
  const digests = objectOf(subject['digest'], 'digest');
  const { sha256 } = digests;
  const integrity = `sha256:${typeof sha256 === 'string' ? sha256 : ''}`;
  if (!isDigest(integrity) || Object.keys(digests).length !== 1)
    throw new Error('its subject has no SHA-256 digest alone');
  const { name, version } = objectOf(statement['predicate'], 'predicate');
  if (typeof name !== 'string' || typeof version !== 'string' || subject['name'] !== `${name}@${version}`) {
    throw new Error('its subject is not the plugin and version of its predicate');
  }
  return { name, version, integrity };
}

function objectOf(value: Json | undefined, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Error(`its ${what} is not an object`);
}
