/**
 * Whether a plugin has the trust that the config asks for. Guarantees a refusal with the key of the config that asks, and that
 * trust which was there is not lost in silence; trusts `checkSignature` for who signed.
 */
import type { TrustConfig, TrustException } from '../config/types.ts';
import type { PluginError } from '../core/errors.ts';
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

/** How a plugin would be trusted less than it was. */
export interface LessTrust {
  readonly state: string;
  /** Who signed it, as `trustedText` says it. */
  readonly before: string;
  readonly after: string;
}

/**
 * What was signed is to be locked unsigned, or signed by another publisher; undefined where it is not so. A publisher may change its
 * keys. An exception of the config lets it pass until the end of its last day.
 */
export function lessTrust(
  plugin: string,
  before: TrustedAs | undefined,
  after: TrustedAs,
  exceptions: readonly TrustException[],
  now: Date,
): LessTrust | undefined {
  if (before?.signer === undefined) return undefined;
  if (after.signer === before.signer) return undefined;
  if (after.signature !== undefined && after.signature.publisher === before.signature?.publisher) return undefined;
  const own = exceptions.filter((exception) => exception.plugin === plugin && exception.revoked === undefined);
  const today = now.toISOString().slice(0, 10);
  if (own.some(({ expires }) => today <= expires)) return undefined;
  const [expired] = own;
  const state = after.signer === undefined ? 'it is not signed any more' : 'it is signed by another publisher';
  const ended = expired === undefined ? '' : `; its exception ended with ${expired.expires}`;
  return { state: `${state}${ended}`, before: trustedText(before), after: trustedText(after) };
}

/** ERR_POLICY: nobody has accepted it. */
export function refusedLessTrust(plugin: string, { state, before, after }: LessTrust, now: Date): PluginError {
  return lacksTrust(state, {
    plugin,
    expected: before,
    actual: after,
    hint: `Ask its publisher. If you mean it, say why with --allow-less-trust="<why>", which puts this into the config:
trust:
  exceptions:
    - { plugin: ${plugin}, reason: "<why>", expires: "${exceptionEnds(now)}" }`,
  });
}

/** The last day of an exception that is made now. */
export function exceptionEnds(now: Date): string {
  return new Date(now.getTime() + EXCEPTION_DAYS * 86_400_000).toISOString().slice(0, 10);
}

const EXCEPTION_DAYS = 30;

/** `acme (key:sha256:…)`, or `not signed`. */
export function trustedText({ signer, signature }: TrustedAs): string {
  if (signer === undefined) return 'not signed';
  return signature === undefined ? signer : `${signature.publisher} (${signer})`;
}
