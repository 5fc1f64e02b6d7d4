import { messageOf, PluginError } from '../core/errors.ts';
import { remember } from '../lock/history.ts';
import type { LockEntry, LockFile } from '../lock/types.ts';
import { isSameEntry } from '../lock/integrity.ts';
import { updateLock } from '../lock/update.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry } from './known.ts';
import type { LockChange, LockOptions } from './types.ts';

/**
 * Only these entries change, in the lock as it stands by then; one that is not `before` any more was changed by another process while this
 * one read, or asked somebody: what was shown and agreed to is not what would happen. What they replace can be had again by `rollback`.
 */
export async function writeEntries(
  context: LoaderContext,
  changes: readonly Pick<LockChange, 'name' | 'before' | 'after'>[],
): Promise<void> {
  const { lockFile } = context.config;
  const replaced = new Map<string, LockEntry>();
  const change = (lock: LockFile): LockFile => {
    replaced.clear();
    const plugins = new Map(Object.entries(lock.plugins));
    for (const { name, before, after } of changes) {
      const current = ownEntry(lock.plugins, name);
      if (!isSameEntry(current, before) && !isSameEntry(current, after)) throw changedMeanwhile(name, lockFile);
      if (current !== undefined && after?.checksum !== current.checksum) replaced.set(name, current);
      if (after === undefined) plugins.delete(name);
      else plugins.set(name, after);
    }
    return { ...lock, plugins: Object.fromEntries(plugins) };
  };
  await updateLock(lockFile, change, new Set(changes.map(({ name }) => name)));
  for (const [name, entry] of replaced) await rememberEntry(context, name, entry);
}

function changedMeanwhile(plugin: string, lockFile: string): PluginError {
  return new PluginError('ERR_STORE', `Cannot write "${lockFile}": another process changed ${plugin} in it meanwhile`, {
    plugin,
    hint: 'Nothing was written. Look at what it did, and run the same command again.',
    retryable: true,
  });
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
