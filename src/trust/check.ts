/**
 * Whether a bundle is a right signature of a plugin's bytes. Guarantees that what it calls signed was signed by a publisher of
 * the config, as a release, over exactly this digest; anything that throws on the way is a refusal. Name and version are
 * compared by `assertRelease`, which must be called when they are known. Trusts the config, and nothing of the bundle.
 */
import type { Digest } from '../core/digest.ts';
import { messageOf } from '../core/errors.ts';
import type { ModuleId } from '../source/types.ts';
import { openBundle } from './bundle.ts';
import type { Publishers } from './publishers.ts';
import { wrongSignature } from './refusal.ts';
import { readStatement, type Release } from './statement.ts';

/** A bundle as it was found. */
export interface SignatureFile {
  readonly file: ModuleId;
  readonly bytes: Uint8Array;
}

export type Checked =
  | { readonly kind: 'unsigned' }
  /** It has a signature, and nobody knows whose: as good as none. */
  | { readonly kind: 'unknown'; readonly file: ModuleId; readonly who: string }
  | {
      readonly kind: 'signed';
      readonly file: ModuleId;
      readonly signer: string;
      readonly publisher: string;
      readonly release: Release;
    };

/** Throws ERR_SIGNATURE. Runs before anything of the plugin is built or evaluated. */
export async function checkSignature(
  plugin: string,
  found: SignatureFile | undefined,
  integrity: Digest,
  publishers: Publishers,
): Promise<Checked> {
  if (found === undefined) return { kind: 'unsigned' };
  const { file, bytes } = found;
  const hint = `Do not use it; or, if the plugin is yours, sign it again: \`aitbc plugin sign\`. Without a signature, remove ${file}.`;
  let signatory;
  let release;
  try {
    ({ signatory, release } = await verifyBytes(bytes, publishers));
  } catch (error) {
    throw wrongSignature(`${file} is no valid signature: ${messageOf(error)}`, {
      plugin,
      module: file,
      expected: 'a valid signature',
      actual: messageOf(error),
      hint,
      cause: error,
    });
  }
  if (!signatory.known) return { kind: 'unknown', file, who: signatory.who };
  if (release.integrity !== integrity) {
    throw wrongSignature(`${file} signs other bytes than these`, {
      plugin,
      module: file,
      expected: release.integrity,
      actual: integrity,
      hint,
    });
  }
  return { kind: 'signed', file, signer: signatory.signer, publisher: signatory.publisher, release };
}

/** ERR_SIGNATURE unless the signature is of this plugin and this version. */
export function assertRelease(
  plugin: string,
  checked: Checked,
  metadata: { readonly name: string; readonly version: string },
): void {
  if (checked.kind !== 'signed') return;
  const { release, file } = checked;
  const signed = `${release.name}@${release.version}`;
  const actual = `${metadata.name}@${metadata.version}`;
  if (signed === actual) return;
  throw wrongSignature(`${file} signs ${signed}`, {
    plugin,
    module: file,
    expected: signed,
    actual,
    hint: `It is the signature of another plugin or version. Ask its publisher for that of ${actual}.`,
  });
}

async function verifyBytes(bytes: Uint8Array, publishers: Publishers) {
  const { signatory, payloadType, payload } = await openBundle(bytes, publishers);
  return { signatory, release: readStatement(payloadType, payload) };
}
