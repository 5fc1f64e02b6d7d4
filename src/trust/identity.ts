/**
 * Who a certificate was issued to. Guarantees that it names exactly one subject and one issuer, and that these are, byte for
 * byte, those of the identity that is returned; trusts that the certificate's chain was verified before.
 */
import type { X509Certificate } from '@sigstore/core';
import type { Identity } from '../config/types.ts';

const ISSUER_V1 = '1.3.6.1.4.1.57264.1.1';
const ISSUER_V2 = '1.3.6.1.4.1.57264.1.8';
const SUBJECT_ALT_NAME = '2.5.29.17';

/** The one of `identities` whose issuer and subject the certificate has. */
export function identityOf<T extends Identity>(certificate: X509Certificate, identities: readonly T[]): T | undefined {
  return identities.find(({ issuer, subject }) => hasSubject(certificate, subject) && hasIssuer(certificate, issuer));
}

/** For messages: what the certificate says, as far as it can be read. */
export function shownIdentity(certificate: X509Certificate): string {
  const issuer = certificate.extension(ISSUER_V2)?.value.subarray(2) ?? certificate.extension(ISSUER_V1)?.value;
  return `${certificate.subjectAltName ?? 'nobody'} by ${issuer?.toString('latin1') ?? 'an unknown issuer'}`;
}

// Compared as DER: a second name, another kind of name or another encoding is another identity.
function hasSubject(certificate: X509Certificate, subject: string): boolean {
  const value = certificate.extension(SUBJECT_ALT_NAME)?.value;
  return (
    value !== undefined && [URI, EMAIL].some((kind) => value.equals(der(SEQUENCE, der(kind, Buffer.from(subject)))))
  );
}

function hasIssuer(certificate: X509Certificate, issuer: string): boolean {
  const v2 = certificate.extension(ISSUER_V2)?.value;
  if (v2 !== undefined) return v2.equals(der(UTF8_STRING, Buffer.from(issuer)));
  return certificate.extension(ISSUER_V1)?.value.equals(Buffer.from(issuer)) ?? false;
}

const SEQUENCE = 0x30;
const UTF8_STRING = 0x0c;
/** Context-specific tags of a GeneralName. */
const URI = 0x86;
const EMAIL = 0x81;

function der(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}
