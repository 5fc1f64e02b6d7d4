import type { Permissions, RequestedPermissions } from '../contract/metadata.ts';

/** What a component imports that it may not use at all: with neither a request nor a grant every use of it is refused. */
export function importNotes(
  imports: readonly string[],
  requested: RequestedPermissions,
  granted: Permissions,
  dependencies: readonly string[] = [],
): string[] {
  const allows = (list: readonly unknown[] | undefined): boolean =>
    (list ?? []).some((entry) => typeof entry !== 'string' || !entry.startsWith('!'));
  const either = (list: (permissions: RequestedPermissions) => readonly unknown[] | undefined): boolean =>
    allows(list(requested)) || allows(list(granted));
  const has = {
    net: either(({ net }) => net),
    events: either(({ events }) => [...(events?.publish ?? []), ...(events?.subscribe ?? [])]),
    services: either(({ services }) => services) || either(({ plugins }) => plugins) || dependencies.length > 0,
  };
  return imports.flatMap((name) => {
    const need = NEEDS[name];
    return need === undefined || has[need] ? [] : [`imports ${name}, and is granted ${REFUSED[need]}`];
  });
}

const NEEDS: Readonly<Record<string, 'net' | 'events' | 'services'>> = {
  http: 'net',
  'wasi:http': 'net',
  events: 'events',
  services: 'services',
};
const REFUSED = {
  net: 'no host: every request will be refused',
  events: 'no topic: what it publishes and subscribes to will be refused',
  services: 'no service and no plugin: every call will be refused',
} as const;
