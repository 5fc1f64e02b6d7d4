import { messageOf, PluginError } from '../core/errors.ts';
import { remember } from '../lock/history.ts';
import type { LockEntry, LockFile } from '../lock/types.ts';
import { updateLock } from '../lock/update.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry } from './known.ts';
import type { LockChange, LockOptions } from './types.ts';

/** Only these entries change, in the lock as it stands by then. What they replace can be had again by `rollback`. */
export async function writeEntries(
  context: LoaderContext,
  entries: ReadonlyMap<string, LockEntry | undefined>,
): Promise<void> {
  const replaced = new Map<string, LockEntry>();
  const change = (lock: LockFile): LockFile => {
    replaced.clear();
    for (const [name, entry] of entries) {
      const before = ownEntry(lock.plugins, name);
      if (before !== undefined && entry?.checksum !== before.checksum) replaced.set(name, before);
    }
    const plugins = new Map(Object.entries(lock.plugins));
    for (const [name, entry] of entries) {
      if (entry === undefined) plugins.delete(name);
      else plugins.set(name, entry);
    }
    return { ...lock, plugins: Object.fromEntries(plugins) };
  };
  await updateLock(context.config.lockFile, change, new Set(entries.keys()));
  for (const [name, entry] of replaced) await rememberEntry(context, name, entry);
}

/** The lock is written by then: without a history there is nothing to roll back to, and that is all. */
async function rememberEntry({ config, logger }: LoaderContext, name: string, entry: LockEntry): Promise<void> {
  try {
    await remember(config.dataDir, name, entry);
  } catch (error) {
    logger.log('warn', 'cannot keep what a plugin was locked to: it cannot be rolled back', {
      plugin: name,
      cause: messageOf(error),
    });
  }
}

export async function confirmed(changes: readonly LockChange[], confirm: LockOptions['confirm']): Promise<boolean> {
  return confirm === undefined || (await confirm(changes));
}

/** ERR_USAGE under `--frozen` and in CI. */
export function assertMayWrite(context: LoaderContext): void {
  if (!context.frozen) return;
  throw new PluginError('ERR_USAGE', `Cannot write "${context.config.lockFile}": the lock is frozen`, {
    hint: 'Under CI, or with --frozen, nothing writes the lock. If it must be written here, pass --no-frozen.',
  });
}
