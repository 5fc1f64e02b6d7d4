/**
 * A sigstore bundle of one DSSE envelope. Guarantees that the payload it hands on is exactly what was signed, with who signed
 * it, or that this is nobody who is listed; anything malformed throws an Error. Trusts the listed signers, nothing of the bundle.
 */
import { parseStrictJson } from '../core/parse-json.ts';
import type { Publishers } from './publishers.ts';
import type { Signatory } from './verifiers.ts';

export interface OpenedBundle {
  readonly signatory: Signatory;
  readonly payloadType: string;
  readonly payload: Uint8Array;
}

/** Far more than a bundle with certificates, log entries and timestamps has. */
const MAX_BUNDLE_BYTES = 1024 * 1024;

/** Reads the text of a bundle and verifies its signature. Throws an Error that says what is wrong with it. */
export async function openBundle(bytes: Uint8Array, signers: Publishers): Promise<OpenedBundle> {
  if (bytes.byteLength > MAX_BUNDLE_BYTES) throw new Error(`it has ${bytes.byteLength} bytes`);
  const parsed = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (!parsed.ok) throw new Error(`line ${parsed.line}, column ${parsed.column}: ${parsed.reason}`);
  const [{ bundleFromJSON }, { verifyBundle }] = await Promise.all([
    import('@sigstore/bundle'),
    // Loaded when something is signed: a start without signatures evaluates no cryptography.
    import('./verifiers.ts'),
  ]);
  const bundle = bundleFromJSON(parsed.value);
  if (bundle.content.$case !== 'dsseEnvelope') throw new Error('it signs bytes alone, without saying what they are');
  const { payloadType, payload, signatures } = bundle.content.dsseEnvelope;
  if (signatures.length !== 1) throw new Error(`it has ${signatures.length} signatures, and must have one`);
  return { signatory: verifyBundle(bundle, signers), payloadType, payload };
}
