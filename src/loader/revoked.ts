/**
 * What registries have revoked, against what is locked or to be locked. Guarantees that it is refused before anything of it is built
 * or run, and that a start asks no network for it; trusts src/registry for lists that were verified.
 */
import type { HostConfig, PublisherConfig, RegistryConfig } from '../config/types.ts';
import type { LockEntry } from '../lock/types.ts';
import { readSigners, type Publishers } from '../trust/publishers.ts';
import {
  assertNotRevoked,
  revocationOf,
  type RegistryRevocations,
  type RevocationSubject,
} from '../trust/revocations/revoked.ts';
import type { LoaderContext } from './context.ts';

/** ERR_REVOKED for what is locked. */
export async function assertNotRevokedAsLocked(
  plugin: string,
  entry: LockEntry,
  context: LoaderContext,
): Promise<void> {
  assertPasses(plugin, subjectOf(entry), await context.revoked(), context, true);
}

/** ERR_REVOKED for what is to be locked; lists are read anew. */
export async function assertNotRevokedToLock(
  plugin: string,
  subject: RevocationSubject,
  context: LoaderContext,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { registries = [] } = context.config;
  if (registries.every(({ revocations }) => revocations === undefined)) return;
  assertPasses(plugin, subject, await (await context.registries(signal)).revocations(), context, false);
}

/** Why it was revoked, whatever exceptions there are; undefined: it was not, as far as this machine knows. */
export function revokedBecause(entry: LockEntry, lists: readonly RegistryRevocations[]): string | undefined {
  return revocationOf(subjectOf(entry), lists)?.revocation.reason;
}

/** Who may revoke in a registry: ERR_CONFIG_INVALID for a key that is none. */
export function revokersOf({ name, revocations }: RegistryConfig, { trust }: HostConfig): Promise<Publishers> {
  const { publishers = [], keys = [] } = revocations ?? {};
  const signers = new Map<string, PublisherConfig>(
    [...(trust?.publishers ?? [])].filter(([publisher]) => publishers.includes(publisher)),
  );
  if (keys.length > 0) signers.set(`registry ${name}`, { keys, identities: [] });
  return readSigners(signers, trust?.trustedRoot, `registries.${name}.revocations`);
}

function subjectOf({ metadata, integrity, registry }: LockEntry): RevocationSubject {
  return { name: metadata.name, version: metadata.version, integrity, registry: registry?.url };
}

function assertPasses(
  plugin: string,
  subject: RevocationSubject,
  lists: readonly RegistryRevocations[],
  { config }: LoaderContext,
  locked: boolean,
): void {
  const exceptions = config.trust?.exceptions ?? [];
  assertNotRevoked(plugin, subject, lists, { exceptions, now: new Date(), locked });
}
