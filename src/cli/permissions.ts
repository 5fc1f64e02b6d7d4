import type { Permissions, Requested, RequestedPermissions } from '../contract/metadata.ts';
import { digestOfJson, type Digest } from '../core/digest.ts';
import type { Json } from '../core/json.ts';
import { oneLine } from './output.ts';

/** What a plugin asks for as it would be granted: without reasons. */
export function plainRequests(requested: RequestedPermissions): Permissions {
  const out: Record<string, unknown> = {};
  const { events, ...lists } = requested;
  for (const [kind, list] of Object.entries(lists)) if (list.length > 0) out[kind] = list.map(valueOf);
  const topics = Object.entries(events ?? {}).filter(([, list]) => list.length > 0);
  if (topics.length > 0) out['events'] = Object.fromEntries(topics.map(([kind, list]) => [kind, list.map(valueOf)]));
  return out;
}

/** Consent to exactly these requests of this plugin: what `--grant` takes. */
export function grantDigest(plugin: string, requested: RequestedPermissions): Digest {
  return digestOfJson({ plugin, permissions: plainRequests(requested) as unknown as Json });
}

/** One line each: `net: api.example.com (rates)`. */
export function permissionLines(permissions: RequestedPermissions): string[] {
  return flatten(permissions).map(([kind, entry]) => {
    const reason = typeof entry === 'string' ? undefined : entry.reason;
    return oneLine(`${kind}: ${valueOf(entry)}${reason === undefined ? '' : ` (${reason})`}`);
  });
}

/** `net a.example, b.example; env X`, or a dash. */
export function permissionSummary(permissions: RequestedPermissions): string {
  const kinds = new Map<string, string[]>();
  for (const [kind, entry] of flatten(permissions)) kinds.set(kind, [...(kinds.get(kind) ?? []), valueOf(entry)]);
  if (kinds.size === 0) return '-';
  return oneLine([...kinds].map(([kind, values]) => `${kind} ${values.join(', ')}`).join('; '), 2_000);
}

/** Requests that `granted` has no word for word grant of, made printable. */
export function notGranted(requested: RequestedPermissions, granted: Permissions): string[] {
  const have = new Set(flatten(granted).map(([kind, entry]) => `${kind}: ${valueOf(entry)}`));
  return flatten(requested)
    .map(([kind, entry]) => `${kind}: ${valueOf(entry)}`)
    .filter((line) => !have.has(line))
    .map((line) => oneLine(line));
}

export function isEmpty(permissions: RequestedPermissions): boolean {
  return flatten(permissions).length === 0;
}

function flatten({ events, ...lists }: RequestedPermissions): (readonly [kind: string, entry: Requested])[] {
  const all: Record<string, readonly Requested[] | undefined> = {
    ...lists,
    'events.publish': events?.publish,
    'events.subscribe': events?.subscribe,
  };
  return Object.entries(all).flatMap(([kind, list]) => (list ?? []).map((entry) => [kind, entry] as const));
}

function valueOf(entry: Requested): string {
  return typeof entry === 'string' ? entry : entry.value;
}
