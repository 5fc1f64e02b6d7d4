/**
 * Where the bytes of a locked plugin are read from: its folder, the store, or what the lock names on the network. Guarantees
 * that nothing is asked for that the lock does not name, and that only bytes with the locked digest are stored; what it
 * returns is compared by `verify()`, which is the only one to trust it.
 */
import { digestOf, type Digest } from '../core/digest.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { isForeign } from '../lock/conflicts.ts';
import type { LockEntry } from '../lock/types.ts';
import type { ByteSource } from '../lock/verify.ts';
import type { ModuleId, Origin } from '../source/types.ts';
import type { Store } from '../store/types.ts';
import type { Place } from './place.ts';

export interface LockedBytesOptions {
  readonly name: string;
  readonly entry: LockEntry;
  readonly place: Place;
  readonly store: Store;
  readonly offline: boolean;
  /** Replaces damaged copies in the store: `plugin fetch`. Else they are refused. */
  readonly heal: boolean;
  readonly logger: Logger;
  open(): Promise<Origin>;
}

export interface LockedBytes extends ByteSource {
  close(): Promise<void>;
}

export function lockedBytes(options: LockedBytesOptions): LockedBytes {
  const { name, place, store } = options;
  let opening: Promise<Origin> | undefined;
  const origin = (): Promise<Origin> => (opening ??= options.open());
  const remedies = new Map<ModuleId, string>();

  const keep = async (bytes: Uint8Array, digest: Digest): Promise<void> => {
    try {
      await store.blobs.put(bytes, digest);
    } catch (error) {
      // A full disk costs the next start a download, not this one its plugin. `plugin fetch` must say it.
      if (options.heal || !isPluginError(error, 'ERR_STORE')) throw error;
      options.logger.log('warn', 'a module could not be cached', { plugin: name, cause: error.message });
    }
  };

  const fetch = async (id: ModuleId, expected: Digest): Promise<Uint8Array | undefined> => {
    if (options.offline) throw notCached(name, id);
    const bytes = await readIfThere(await origin(), id);
    if (bytes === undefined) return undefined;
    if (digestOf(bytes) === expected) await keep(bytes, expected);
    else
      remedies.set(id, `It changed since it was locked. See what changed: \`aitbc plugin update ${name} --dry-run\``);
    return bytes;
  };

  return {
    async read(id, expected) {
      if (place.kind === 'path' && !isForeign(id)) return readIfThere(await origin(), id);
      const stored = await store.blobs.readUnchecked(expected);
      if (stored === undefined) return fetch(id, expected);
      if (options.heal && digestOf(stored) !== expected) return fetch(id, expected);
      remedies.set(id, `The copy in the cache is damaged. Run \`aitbc plugin fetch\` to download it again.`);
      return stored;
    },
    remedy: (id) => remedies.get(id),
    async close() {
      const opened = opening;
      opening = undefined;
      // What failed to open was reported when it was read.
      if (opened !== undefined)
        await opened.then(
          (source) => source.close(),
          () => {},
        );
    },
  };
}

async function readIfThere(origin: Origin, id: ModuleId): Promise<Uint8Array | undefined> {
  try {
    return (await origin.read(id)).bytes;
  } catch (error) {
    if (!isForeign(id) && isPluginError(error, 'ERR_SOURCE_NOT_FOUND')) return undefined;
    throw error;
  }
}

function notCached(plugin: string, module: ModuleId): PluginError {
  return new PluginError(
    'ERR_OFFLINE',
    `Cannot load "${plugin}": ${module} is not in the cache, and nothing may be fetched`,
    {
      plugin,
      hint: 'Run `aitbc plugin fetch` with a network, then this again.',
      details: { plugin, module },
    },
  );
}
