import type { ModuleId } from '../types.ts';

/** How esbuild names a module: own ids in the namespace `plugin`, URLs split at their scheme, so that messages read well. */
export function addressOf(id: ModuleId): { readonly path: string; readonly namespace: string } {
  const url = /^(https?|npm):(.*)$/s.exec(id);
  return url?.[1] === undefined || url[2] === undefined
    ? { namespace: 'plugin', path: id }
    : { namespace: url[1], path: url[2] };
}

export function idOfAddress(namespace: string, path: string): ModuleId {
  return namespace === 'plugin' ? path : `${namespace}:${path}`;
}

/** The module id of a source in esbuild's maps, messages and wrappers. */
export function idOfSource(name: string): string {
  return name === 'host:sdk' ? '@aitbc/plugins/sdk' : name.replace(/^plugin:/, '');
}
