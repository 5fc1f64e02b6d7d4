import type { LockEntry } from '../lock/types.ts';

/** The registry that a plugin's name is locked from: by the entry itself, else by any other entry of the same plugin. */
export function bindingOf(
  plugins: Readonly<Record<string, LockEntry>>,
  key: string | undefined,
  name: string,
): string | undefined {
  const own = key !== undefined && Object.hasOwn(plugins, key) ? plugins[key]?.registry : undefined;
  return (
    own ??
    Object.values(plugins).find((entry) => entry.registry !== undefined && entry.metadata.name === name)?.registry
  )?.url;
}
