/**
 * Whether a plugin has the trust that the config asks for. Guarantees a refusal with the key of the config that asks, and that
 * trust which was there is not lost in silence; trusts `checkSignature` for who signed.
 */
import type { TrustConfig, TrustException } from '../config/types.ts';
import type { Checked } from './check.ts';
import { lacksTrust, wrongSignature } from './refusal.ts';
import { requirementOf, type Subject } from './requirement.ts';

/** ERR_POLICY for what is required and absent, ERR_SIGNATURE for a signature that nobody knows where one is required. */
export function assertRequired(
  plugin: string,
  subject: Subject & { readonly locked: boolean },
  checked: Checked,
  trust: TrustConfig | undefined,
): void {
  const { signed, publishers, because } = requirementOf(trust, subject);
  if (!signed) return;
  const expected = `signed by ${publishers === undefined ? 'a publisher of trust.publishers' : publishers.join(' or ') || 'nobody'}`;
  if (checked.kind === 'unsigned') {
    throw lacksTrust(`it is not signed, and ${because} asks for a signature`, {
      plugin,
      expected,
      actual: 'no signature',
      hint: subject.locked
        ? `If it is signed by now: \`aitbc plugin update ${plugin}\`. Else ask its publisher, or change ${because}.`
        : `Ask its publisher for a signature, made with \`aitbc plugin sign\`; or change ${because}.`,
    });
  }
  if (checked.kind === 'unknown') {
    throw wrongSignature(`it is signed by ${checked.who}, who is no publisher of the config`, {
      plugin,
      module: checked.file,
      expected,
      actual: `signed by ${checked.who}`,
      hint: 'If you trust that publisher, put it into trust.publishers (docs/trust.md).',
    });
  }
  if (publishers !== undefined && !publishers.includes(checked.publisher)) {
    throw lacksTrust(`it is signed by ${checked.publisher}, and ${because} asks for another publisher`, {
      plugin,
      module: checked.file,
      expected,
      actual: `signed by ${checked.publisher}`,
      hint: `If ${checked.publisher} may use this name, add it to ${because}.`,
    });
  }
}

/** What of a lock entry says whom it was trusted for. */
export interface TrustedAs {
  readonly signer?: string;
  readonly signature?: { readonly publisher: string };
}

/**
 * ERR_POLICY when what was signed is to be locked unsigned, or signed by another publisher. A publisher may change its keys.
 * An exception of the config lets it pass until the end of its last day.
 */
export function assertNoLessTrust(
  plugin: string,
  before: TrustedAs | undefined,
  after: TrustedAs,
  exceptions: readonly TrustException[],
  now: Date,
): void {
  if (before?.signer === undefined) return;
  if (after.signer === before.signer) return;
  if (after.signature !== undefined && after.signature.publisher === before.signature?.publisher) return;
  const own = exceptions.filter((exception) => exception.plugin === plugin);
  const today = now.toISOString().slice(0, 10);
  if (own.some(({ expires }) => today <= expires)) return;
  const [expired] = own;
  const state = after.signer === undefined ? 'it is not signed any more' : 'it is signed by another publisher';
  const ended = expired === undefined ? '' : `; its exception ended with ${expired.expires}`;
  throw lacksTrust(`${state}${ended}`, {
    plugin,
    expected: trustedText(before),
    actual: trustedText(after),
    hint: `Ask its publisher. If you mean it, put this into the config:
trust:
  exceptions:
    - { plugin: ${plugin}, reason: "<why>", expires: "${inDays(now, 30)}" }`,
  });
}

/** `acme (key:sha256:…)`, or `not signed`. */
export function trustedText({ signer, signature }: TrustedAs): string {
  if (signer === undefined) return 'not signed';
  return signature === undefined ? signer : `${signature.publisher} (${signer})`;
}

function inDays(now: Date, days: number): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}
