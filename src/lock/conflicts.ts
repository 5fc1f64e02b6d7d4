import type { Digest } from '../core/digest.ts';
import { PluginError } from '../core/errors.ts';
import type { LockEntry, LockFile } from './types.ts';

/**
 * One URL has one content: two digests for it in one lock are ERR_INTEGRITY, whichever plugins they stand under. Own
 * modules are relative to their plugin's root and cannot conflict. `fresh`: plugins that were pinned just now, so that it is
 * the others that are old.
 */
export function assertOneDigestPerUrl(lock: LockFile, path: string, fresh: ReadonlySet<string> = new Set()): void {
  const seen = new Map<string, { readonly plugin: string; readonly digest: Digest }>();
  for (const [plugin, entry] of Object.entries(lock.plugins)) {
    for (const [id, digest] of moduleDigests(entry)) {
      if (!isForeign(id)) continue;
      const first = seen.get(id);
      if (first === undefined) seen.set(id, { plugin, digest });
      else if (first.digest !== digest) {
        const old = [first.plugin, plugin].filter((name) => !fresh.has(name));
        throw new PluginError('ERR_INTEGRITY', `Cannot use "${path}": ${id} has two digests`, {
          plugin,
          hint: `Its content changed since it was locked. See what changed, then run this again: \`aitbc plugin update ${old.join(' ')}\``,
          details: { module: id, [first.plugin]: first.digest, [plugin]: digest },
        });
      }
    }
  }
}

export function moduleDigests(entry: LockEntry): [id: string, digest: Digest][] {
  return Object.entries(entry.modules).map(([id, pin]) => [id, typeof pin === 'string' ? pin : pin.digest]);
}

/** True for a module of another place than the plugin's own: its id is an absolute URL. */
export function isForeign(id: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/.test(id);
}
