/**
 * Guarantees that a package's bytes are those that npm's sha512 integrity names. Trusts SHA-512 alone: what states only md5
 * or sha1, or two different sums, is refused and not compared.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { PluginError } from '../../core/errors.ts';

const SHA512 = /^sha512-([A-Za-z0-9+/]{86}==)$/;

export function isNpmIntegrity(text: string): boolean {
  return SHA512.test(text);
}

/** The one sha512 of what a registry states (`sha1-… sha512-…`); undefined where there is none, or more than one. */
export function sha512Of(stated: string): string | undefined {
  const sums = new Set(stated.split(/\s+/).filter((sum) => sum.startsWith('sha512-')));
  const [only] = sums;
  return sums.size === 1 && only !== undefined && isNpmIntegrity(only) ? only : undefined;
}

/** Throws ERR_INTEGRITY, with expected and actual. */
export function assertIntegrity(what: string, bytes: Uint8Array, expected: string, hint: string): void {
  const actual = createHash('sha512').update(bytes).digest();
  const wanted = Buffer.from(SHA512.exec(expected)?.[1] ?? '', 'base64');
  if (wanted.byteLength === actual.byteLength && timingSafeEqual(wanted, actual)) return;
  throw new PluginError('ERR_INTEGRITY', `Cannot use "${what}": its tarball does not match its sha512`, {
    hint,
    details: { package: what, expected, actual: `sha512-${actual.toString('base64')}` },
  });
}
