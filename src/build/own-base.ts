import type { LockEntry } from '../lock/types.ts';

/**
 * The URL that own ids are relative to, where the plugin is a module at a URL (`Origin.base`): an import that leads above
 * it is a foreign module. Undefined for folders, archives and repositories.
 */
export function ownBase(lock: Pick<LockEntry, 'resolved' | 'entry' | 'git'>): string | undefined {
  const url = lock.git === undefined && /^https?:/.test(lock.resolved) ? URL.parse(lock.resolved) : null;
  return url?.pathname.endsWith(`/${lock.entry}`) ? new URL('.', url).href : undefined;
}
