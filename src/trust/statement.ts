/** What a release's signature says: that these bytes are this version of this plugin. */
import type { Digest } from '../core/digest.ts';
import { decodeStatement, encodeStatement } from './in-toto.ts';

export interface Release {
  /** As the plugin's metadata has it. */
  readonly name: string;
  readonly version: string;
  /** The lock's `integrity`. */
  readonly integrity: Digest;
}

/** The in-toto statement that is signed; one text for one release. */
export function statementOf({ name, version, integrity }: Release): Buffer {
  return encodeStatement('release', {
    subject: `${name}@${version}`,
    digest: integrity,
    predicate: { name, version },
  });
}

/** What a payload states. Throws an Error that says what is wrong with it. */
export function readStatement(payloadType: string, payload: Uint8Array): Release {
  const { subject, digest, predicate } = decodeStatement('release', payloadType, payload);
  const { name, version } = predicate;
  if (typeof name !== 'string' || typeof version !== 'string' || subject !== `${name}@${version}`) {
    throw new Error('its subject is not the plugin and version of its predicate');
  }
  return { name, version, integrity: digest };
}
