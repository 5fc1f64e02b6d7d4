import type { Permissions } from './metadata.ts';

/** Both together, each entry once. */
export function mergePermissions(a: Permissions, b: Permissions): Permissions {
  const lists = (key: Exclude<keyof Permissions, 'events'>): object => union(key, a[key], b[key]);
  const events = {
    ...union('publish', a.events?.publish, b.events?.publish),
    ...union('subscribe', a.events?.subscribe, b.events?.subscribe),
  };
  return {
    ...lists('net'),
    ...lists('read'),
    ...lists('write'),
    ...lists('env'),
    ...(Object.keys(events).length === 0 ? {} : { events }),
    ...lists('services'),
    ...lists('plugins'),
  };
}

function union(key: string, a: readonly string[] | undefined, b: readonly string[] | undefined): object {
  return a === undefined && b === undefined ? {} : { [key]: [...new Set([...(a ?? []), ...(b ?? [])])] };
}
