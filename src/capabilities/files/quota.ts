/**
 * Keeps what a plugin has in `/data` and `/tmp` within `limits.storage` and `limits.files`. Trusts that every change runs
 * in `change`, one after the other, and that nobody else writes there; the count is taken again at each start.
 */
import type { Limits } from '../../config/types.ts';
import { exceeded } from '../../config/exceeded.ts';

export interface Usage {
  readonly bytes: number;
  readonly files: number;
}

export interface Quota {
  readonly usage: Usage;
  /** Runs one change at a time. */
  change<T>(work: () => Promise<T>): Promise<T>;
  /** Refuses what would pass a limit: ERR_LIMIT_STORAGE. Inside `change` alone, before the change. */
  demand(verb: string, path: string, more: Usage): void;
  /** After the change. */
  add(more: Usage): void;
}

export function createQuota(plugin: string, limits: Limits): Quota {
  let usage: Usage = { bytes: 0, files: 0 };
  let last: Promise<unknown> = Promise.resolve();
  return {
    get usage() {
      return usage;
    },
    change(work) {
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
    },
    demand(verb, path, more) {
      const key =
        more.bytes > 0 && usage.bytes + more.bytes > limits.storage
          ? 'storage'
          : more.files > 0 && usage.files + more.files > limits.files
            ? 'files'
            : undefined;
      if (key === undefined) return;
      const state = `it would hold more than ${limits[key]} ${key === 'storage' ? 'bytes' : 'files'}`;
      throw exceeded('ERR_LIMIT_STORAGE', `Cannot ${verb} "${path}": ${state}`, plugin, limits, key, {
        code: 'EDQUOT',
        path,
      });
    },
    add(more) {
      usage = { bytes: Math.max(0, usage.bytes + more.bytes), files: Math.max(0, usage.files + more.files) };
    },
  };
}
