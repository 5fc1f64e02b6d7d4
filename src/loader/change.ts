import type { RequestedPermissions } from '../contract/metadata.ts';
import { requestedValues } from '../contract/validate.ts';
import { moduleDigests } from '../lock/conflicts.ts';
import { isSameEntry } from '../lock/integrity.ts';
import type { LockEntry } from '../lock/types.ts';
import type { LockChange } from './types.ts';

/** What becomes of one plugin's entry. */
export function changeOf(name: string, before: LockEntry | undefined, after: LockEntry | undefined): LockChange {
  const old = new Map(before === undefined ? [] : moduleDigests(before));
  const now = new Map(after === undefined ? [] : moduleDigests(after));
  return {
    name,
    kind: kindOf(before, after),
    before,
    after,
    modules: {
      added: [...now.keys()].filter((id) => !old.has(id)).sort(),
      removed: [...old.keys()].filter((id) => !now.has(id)).sort(),
      changed: [...now.keys()].filter((id) => old.has(id) && old.get(id) !== now.get(id)).sort(),
    },
    widened: after === undefined ? [] : widenedBy(before?.permissions ?? {}, after.permissions),
  };
}

function kindOf(before: LockEntry | undefined, after: LockEntry | undefined): LockChange['kind'] {
  if (before === undefined) return after === undefined ? 'unchanged' : 'added';
  if (after === undefined) return 'removed';
  return isSameEntry(before, after) ? 'unchanged' : 'changed';
}

/** Requests of `after` that `before` did not make: `net: api.example.com`. A denial that went away widens too. */
function widenedBy(before: RequestedPermissions, after: RequestedPermissions): string[] {
  const old = new Set(requestsOf(before));
  const now = new Set(requestsOf(after));
  const isDenial = (request: string): boolean => / !/.test(request);
  const asked = [...now].filter((request) => !old.has(request) && !isDenial(request));
  const dropped = [...old].filter((request) => isDenial(request) && !now.has(request));
  return [...asked, ...dropped.map((request) => `${request} (no longer denied)`)].sort();
}

/** Every request as one line, without its reason: `net: api.example.com`, `events.publish: bitcoin.*`. */
export function requestsOf({ events, ...lists }: RequestedPermissions): string[] {
  const all = { ...lists, 'events.publish': events?.publish, 'events.subscribe': events?.subscribe };
  return Object.entries(all).flatMap(([kind, list]) => requestedValues(list).map((value) => `${kind}: ${value}`));
}
