import { digestOf } from '../core/digest.ts';
import { isPluginError } from '../core/errors.ts';
import type { LockEntry } from '../lock/types.ts';
import { lockedBytes } from './bytes.ts';
import { sourceContext, type LoaderContext } from './context.ts';
import { placeOf } from './place.ts';
import { rooms } from './rooms.ts';

/** The module a plugin begins with, as far as it is on this machine as it was locked. Uses no network; what is wrong is a start's to say. */
export async function entryBytes(
  name: string,
  source: string | undefined,
  entry: LockEntry,
  context: LoaderContext,
): Promise<Uint8Array | undefined> {
  const module = entry.modules[entry.entry];
  if (module === undefined) return undefined;
  const expected = typeof module === 'string' ? module : module.digest;
  const offline: LoaderContext = { ...context, offline: true };
  try {
    const place = await placeOf(name, source, context, entry);
    const from = { ...entry, source: place.specifier, ...(place.kind === 'path' ? { resolved: place.specifier } : {}) };
    const bytes = lockedBytes({
      name,
      entry,
      place,
      store: context.store,
      offline: true,
      heal: false,
      logger: context.logger,
      open: () => rooms.openLocked(from, sourceContext(offline, name, undefined)),
    });
    try {
      const read = await bytes.read(entry.entry, expected);
      return read !== undefined && digestOf(read) === expected ? read : undefined;
    } finally {
      await bytes.close();
    }
  } catch (error) {
    if (isPluginError(error)) return undefined;
    throw error;
  }
}
