import semver from 'semver';
import type { TrustException } from '../../config/types.ts';
import type { Digest } from '../../core/digest.ts';
import { PluginError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { Revocation } from './list.ts';

/** A list, and whose it is. */
export interface RegistryRevocations {
  readonly registry: { readonly name: string; readonly url: string };
  readonly revoked: readonly Revocation[];
}

export interface RevocationSubject {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly integrity: Digest | undefined;
  /** URL of the registry it comes from. */
  readonly registry: string | undefined;
}

/** By its bytes, wherever they come from; by name and version where it comes from the registry whose list it is. */
export function revocationOf(
  { name, version, integrity, registry }: RevocationSubject,
  lists: readonly RegistryRevocations[],
): { readonly revocation: Revocation; readonly from: string } | undefined {
  for (const list of lists) {
    const isOwn = registry === list.registry.url;
    for (const revocation of list.revoked) {
      const byBytes = integrity !== undefined && revocation.integrity === integrity;
      const byName =
        isOwn &&
        revocation.name === name &&
        version !== undefined &&
        semver.satisfies(version, revocation.range, { includePrerelease: true });
      if (byBytes || byName) return { revocation, from: list.registry.name };
    }
  }
  return undefined;
}

/** ERR_REVOKED, unless the config makes an exception for these bytes. `plugin`: what the config calls it. */
export function assertNotRevoked(
  plugin: string,
  subject: RevocationSubject,
  lists: readonly RegistryRevocations[],
  {
    exceptions,
    now,
    locked,
  }: { readonly exceptions: readonly TrustException[]; readonly now: Date; readonly locked: boolean },
): void {
  const found = revocationOf(subject, lists);
  if (found === undefined) return;
  const { integrity } = subject;
  const today = now.toISOString().slice(0, 10);
  const own = exceptions.filter((each) => each.plugin === plugin && each.revoked === integrity);
  if (own.some(({ expires }) => today <= expires)) return;
  const [expired] = own;
  const { revocation, from } = found;
  const why = printable(revocation.reason, { max: 500 });
  const ended = expired === undefined ? '' : `; the exception for it ended with ${expired.expires}`;
  const month = new Date(now.getTime() + 30 * 86_400_000).toISOString().slice(0, 10);
  const ways = locked
    ? `Take another version: \`aitbc plugin update ${plugin}\`, or \`aitbc plugin rollback ${plugin}\`. `
    : '';
  throw new PluginError(
    'ERR_REVOKED',
    `Cannot use "${plugin}": the registry "${from}" revoked ${subject.version ?? 'it'}: ${why}${ended}`,
    {
      plugin,
      hint: `${ways}If it must run all the same, put this into the config:
trust:
  exceptions:
    - { plugin: ${plugin}, revoked: "${integrity ?? ''}", reason: "<why>", expires: "${month}" }`,
      details: { plugin, registry: from, revoked: revocation.date, integrity: integrity ?? '' },
    },
  );
}
