import type { LockEntry, LockFile } from '../lock/types.ts';
import type { RegistryIndex } from '../registry/types.ts';
import type { LoaderContext } from './context.ts';
import { revokedBecause } from './revoked.ts';
import { rooms } from './rooms.ts';

/** What became of a locked version since, as far as this machine knows without a network. */
export interface Withdrawn {
  /** Why it is not for new locks; '' without a reason. */
  readonly yanked?: string;
  /** Why it does not start any more. */
  readonly revoked?: string;
}

/** By the name in the lock; those of which nothing is to be told are left out. */
export async function withdrawnIn(lock: LockFile, context: LoaderContext): Promise<ReadonlyMap<string, Withdrawn>> {
  const found = new Map<string, Withdrawn>();
  if ((context.config.registries?.length ?? 0) === 0) return found;
  const lists = await context.revoked();
  const indexes = new Map<string, Promise<RegistryIndex | undefined>>();
  for (const [name, entry] of Object.entries(lock.plugins)) {
    const revoked = revokedBecause(entry, lists);
    const yanked = await yankedBecause(entry, indexes, context);
    if (revoked === undefined && yanked === undefined) continue;
    found.set(name, { ...(yanked === undefined ? {} : { yanked }), ...(revoked === undefined ? {} : { revoked }) });
  }
  return found;
}

async function yankedBecause(
  { registry, metadata }: LockEntry,
  indexes: Map<string, Promise<RegistryIndex | undefined>>,
  context: LoaderContext,
): Promise<string | undefined> {
  if (registry === undefined) return undefined;
  const reading = indexes.get(registry.url) ?? rooms.keptIndex(registry.url, context);
  indexes.set(registry.url, reading);
  const releases = (await reading)?.plugins.get(metadata.name) ?? [];
  return releases.find(({ version }) => version === metadata.version)?.yanked;
}
