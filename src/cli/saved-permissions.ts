import { permissionsIn, type ConfigText } from '../config/edit.ts';
import type { HostConfig } from '../config/types.ts';
import type { Permissions } from '../contract/metadata.ts';

/** What holds now as the config would write it: a rule that stands there keeps its spelling, `~` and `${…}` included. */
export function savedPermissions(
  text: ConfigText,
  name: string,
  config: HostConfig,
  permissions: Permissions,
): Permissions {
  const written = permissionsIn(text, name);
  const read = config.plugins.get(name)?.permissions ?? {};
  const spelled =
    (before: readonly string[] = [], after: readonly string[] = []) =>
    (rule: string): string =>
      before.length === after.length ? (before[after.indexOf(rule)] ?? rule) : rule;
  const { events, ...lists } = permissions;
  const kinds = Object.entries(lists) as [keyof typeof lists, readonly string[]][];
  const topics = Object.entries(events ?? {}) as [keyof NonNullable<Permissions['events']>, readonly string[]][];
  const saved: Permissions = Object.fromEntries(
    kinds.map(([kind, list]) => [kind, list.map(spelled(written[kind], read[kind]))]),
  );
  if (topics.length === 0) return saved;
  const known = topics.map(([kind, list]) => [kind, list.map(spelled(written.events?.[kind], read.events?.[kind]))]);
  return { ...saved, events: Object.fromEntries(known) as NonNullable<Permissions['events']> };
}
