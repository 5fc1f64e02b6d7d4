import { PluginError } from '../core/errors.ts';
import type { LockedSource } from './types.ts';

/** The fields of a lock entry do not belong together. */
export function disagrees(locked: LockedSource): PluginError {
  return new PluginError(
    'ERR_LOCK_OUTDATED',
    `Cannot open "${locked.source}": the lockfile resolves it to "${locked.resolved}", which is not the same kind of source`,
    { hint: 'run `aitbc plugin lock`' },
  );
}
