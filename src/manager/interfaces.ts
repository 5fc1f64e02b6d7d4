import { missingMethods } from '../contract/interfaces.ts';
import type { PluginMetadata } from '../contract/metadata.ts';
import { PluginError } from '../core/errors.ts';
import type { PluginDescription } from '../protocol/requests.ts';

/** Interfaces of the application's own: `{ 'acme:pricer@1': { methods: ['price'] } }`. */
export type AppInterfaces = Readonly<Record<string, { readonly methods: readonly string[] }>>;

/** A plugin has the methods of every interface its metadata names. @throws ERR_METADATA, which names what is missing. */
export function assertInterfaces(
  name: string,
  metadata: PluginMetadata,
  description: PluginDescription,
  own: AppInterfaces,
): void {
  for (const id of metadata.interfaces ?? []) {
    const methods = new Set(description.methods);
    const missing = Object.hasOwn(own, id)
      ? (own[id]?.methods ?? []).filter((method) => !methods.has(method))
      : description.interfaces.includes(id)
        ? []
        : missingMethods(id, methods);
    if (missing.length === 0) continue;
    throw new PluginError('ERR_METADATA', `Cannot load "${name}": it says ${id}, but has no ${missing.join(', ')}`, {
      plugin: name,
      details: { interface: id, missing: missing.join(', ') },
    });
  }
}
