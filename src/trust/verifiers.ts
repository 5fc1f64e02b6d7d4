/**
 * The cryptography of a signature. Guarantees that what it returns without throwing signed exactly the bundle's payload: a
 * listed key, or a listed identity whose certificate, log entry and time are vouched for by the trusted root. Trusts that
 * root and the keys alone, and reaches no network. A verifier without thresholds knows keys and no certificates.
 */
import type { Bundle } from '@sigstore/bundle';
import { X509Certificate } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { parseStrictJson } from '../core/parse-json.ts';
import { identityOf, shownIdentity } from './identity.ts';
import type { Publishers } from './publishers.ts';

/** Who signed, or why that is nobody who is known. */
export type Signatory =
  | { readonly known: true; readonly signer: string; readonly publisher: string }
  | { readonly known: false; readonly who: string };

/** Throws whatever is wrong with the signature. */
export function verifyBundle(bundle: Bundle, publishers: Publishers): Signatory {
  const { content } = bundle.verificationMaterial;
  if (content.$case === 'publicKey') return verifyWithKey(bundle, content.publicKey.hint, publishers);
  const raw = content.$case === 'certificate' ? content.certificate : content.x509CertificateChain.certificates[0];
  if (raw === undefined) throw new Error('it has no certificate');
  return verifyWithIdentity(bundle, Buffer.from(raw.rawBytes), publishers);
}

function verifyWithKey(bundle: Bundle, hint: string, { keys, trustedRoot }: Publishers): Signatory {
  const listed = keys.get(hint);
  if (listed === undefined) return { known: false, who: `the key "${hint}"` };
  const root = trustedRoot === undefined ? NO_ROOT : readTrustedRoot(trustedRoot);
  const material = toTrustMaterial({ ...root, certificateAuthorities: [], ctlogs: [] }, () => ({
    publicKey: listed.key,
    validFor: () => true,
  }));
  new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(toSignedEntity(bundle));
  return { known: true, signer: listed.id, publisher: listed.publisher };
}

function verifyWithIdentity(
  bundle: Bundle,
  raw: Buffer<ArrayBuffer>,
  { identities, trustedRoot }: Publishers,
): Signatory {
  if (trustedRoot === undefined) return { known: false, who: shownIdentity(X509Certificate.parse(raw)) };
  const material = toTrustMaterial(readTrustedRoot(trustedRoot), (hint) => {
    throw new Error(`it names the key "${hint}" beside a certificate`);
  });
  // The library's own policy takes an identity for a regular expression: it is given none.
  new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 }).verify(toSignedEntity(bundle));
  const certificate = X509Certificate.parse(raw);
  const listed = identityOf(certificate, identities);
  if (listed === undefined) return { known: false, who: shownIdentity(certificate) };
  return { known: true, signer: `identity:${listed.issuer}#${listed.subject}`, publisher: listed.publisher };
}

/** Throws an Error for a file that is no trusted root. */
export function readTrustedRoot(text: string): TrustedRoot {
  const parsed = parseStrictJson(text);
  if (!parsed.ok) throw new Error(`the trusted root is not JSON: line ${parsed.line}: ${parsed.reason}`);
  const root = TrustedRoot.fromJSON(parsed.value);
  if (root.certificateAuthorities.length === 0) throw new Error('the trusted root names no certificate authority');
  return root;
}

const NO_ROOT: TrustedRoot = {
  mediaType: '',
  tlogs: [],
  certificateAuthorities: [],
  ctlogs: [],
  timestampAuthorities: [],
};
