import type { LockFile } from '../lock/types.ts';
import { capabilitiesOf } from './capabilities.ts';
import { changeOf } from './change.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry } from './known.ts';
import { withTrust } from './less-trust.ts';
import { pin, type LockedName, type Pinned } from './pin.ts';
import type { Wanted } from './offers.ts';
import type { Pin, SettleOptions } from './settle.ts';
import { placeOfSource, type Place } from './place.ts';
import { bindingOf } from '../registry/binding.ts';
import { sizesOf } from './size.ts';
import { assertLockable, withVulnerabilities } from './vulnerabilities.ts';
import type { LockChange, UpdateOptions } from './types.ts';

export type Settling = Pick<UpdateOptions, 'rebind' | 'signal'>;

export function settling(
  context: LoaderContext,
  lock: LockFile,
  options: Settling,
): Pick<SettleOptions, 'context' | 'lock' | 'rebind' | 'signal' | 'pinAt'> {
  return {
    context,
    lock,
    rebind: options.rebind ?? false,
    signal: options.signal,
    pinAt: (name, place, version) => pinAt(name, place, version, lock, context, options),
  };
}

/** Enabled plugins of the config that nothing was asked about: as they are locked. */
export function standing(context: LoaderContext, lock: LockFile, besides: ReadonlySet<string>): Wanted[] {
  return [...context.config.plugins.values()].flatMap(({ name, enabled, source, dependencies }) => {
    const entry = ownEntry(lock.plugins, name);
    if (!enabled || besides.has(name) || entry === undefined || entry.source !== (source ?? name)) return [];
    const place: Place =
      entry.registry === undefined
        ? { kind: 'path', specifier: entry.source, source: entry.source, path: '', found: undefined }
        : placeOfSource(entry.source, context);
    return [{ name, place, dependencies, entry, open: false }];
  });
}

export async function pinAt(
  name: string,
  place: Place,
  version: string | undefined,
  lock: LockFile,
  context: LoaderContext,
  { rebind, signal }: Settling,
): Promise<Pin> {
  const locked = rebind ? undefined : lockedName(lock, name, place);
  const known = ownEntry(lock.plugins, name)?.integrity;
  const pinned = await pin(place, name, context, { key: name, locked, known, version, signal });
  return { name, change: await changeTo(name, pinned, lock, context, signal), pinned };
}

/** Throws where the policy does not let it be locked. */
export async function changeTo(
  name: string,
  pinned: Pinned,
  lock: LockFile,
  context: LoaderContext,
  signal: AbortSignal | undefined,
): Promise<LockChange> {
  const before = ownEntry(lock.plugins, name);
  const { reviews } = pinned;
  const imports = capabilitiesOf(pinned.entry, pinned.files.get(pinned.entry.entry)?.bytes);
  const bare: LockChange = {
    ...changeOf(name, before, pinned.entry),
    size: await sizesOf(before, pinned, context),
    ...(imports === undefined ? {} : { imports }),
    ...(reviews === undefined ? {} : { reviews }),
  };
  const change = await withVulnerabilities(bare, () => pinned.inventory(name), context, signal);
  assertLockable(change, context);
  return withTrust(change, context);
}

/** What the lock says of a name of a registry. */
export function lockedName({ plugins }: LockFile, key: string | undefined, place: Place): LockedName | undefined {
  if (place.kind !== 'registry') return undefined;
  const own = key === undefined ? undefined : ownEntry(plugins, key);
  return {
    bound: bindingOf(plugins, key, place.package),
    version: own?.registry === undefined ? undefined : own.metadata.version,
  };
}
