import { mergePermissions } from '../contract/merge-permissions.ts';
import type { Permissions } from '../contract/metadata.ts';

/** With these as well; a denial that stood against one of them goes. */
export function grantPermissions(now: Permissions, more: Permissions): Permissions {
  const granted = new Map(entries(more));
  const kept = map(now, (kind, list) => list.filter((rule) => !granted.get(kind)?.includes(rule.replace(/^!/, ''))));
  return clean(mergePermissions(kept, more));
}

/**
 * Without these: a rule that stands as it is goes, and a denial of it comes, so that no wider rule and no default lets it through.
 * Denials that stand stay.
 */
export function revokePermissions(now: Permissions, taken: Permissions): Permissions {
  const gone = new Map(entries(taken));
  const kept = map(now, (kind, list) => list.filter((rule) => !gone.get(kind)?.includes(rule)));
  const lists = new Map(entries(kept));
  const denials = map(taken, (kind, list) => {
    const isNothingLeft = (lists.get(kind) ?? []).every((rule) => rule.startsWith('!'));
    // Where nothing is granted nothing need be denied; but plugins it depends on are granted by default.
    return isNothingLeft && kind !== 'plugins'
      ? []
      : list.filter((rule) => !rule.startsWith('!')).map((rule) => `!${rule}`);
  });
  return clean(mergePermissions(kept, denials));
}

/** Nothing at all. `dependencies` are granted by default, so they are denied. */
export function revokeAll(dependencies: readonly string[]): Permissions {
  return dependencies.length === 0 ? {} : { plugins: dependencies.map((name) => `!${name}`) };
}

function entries({ events, ...lists }: Permissions): [string, readonly string[]][] {
  const all: Record<string, readonly string[] | undefined> = {
    ...lists,
    'events.publish': events?.publish,
    'events.subscribe': events?.subscribe,
  };
  return Object.entries(all).flatMap(([kind, list]) => (list ? [[kind, list]] : []));
}

function map(from: Permissions, change: (kind: string, list: readonly string[]) => readonly string[]): Permissions {
  const out: Record<string, readonly string[]> = {};
  const events: Record<string, readonly string[]> = {};
  for (const [kind, list] of entries(from)) {
    const [, topic] = kind.split('.');
    if (topic === undefined) out[kind] = change(kind, list);
    else events[topic] = change(kind, list);
  }
  return Object.keys(events).length === 0 ? out : { ...out, events };
}

/** Without empty lists. */
function clean(permissions: Permissions): Permissions {
  const { events, ...lists } = permissions;
  const full = (all: object): Record<string, readonly string[]> =>
    Object.fromEntries(Object.entries(all).filter(([, list]) => (list as readonly string[]).length > 0));
  const topics = full(events ?? {});
  return { ...full(lists), ...(Object.keys(topics).length === 0 ? {} : { events: topics }) };
}
