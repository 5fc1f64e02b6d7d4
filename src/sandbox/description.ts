import { interfacesOf } from '../contract/interfaces.ts';
import { PluginError } from '../core/errors.ts';
import type { PluginDescription } from '../protocol/requests.ts';
import type { Value } from '../protocol/values.ts';

const MAX_METHODS = 1_000;

/** Checks the shape of what a plugin says of itself; metadata and commands are checked by those who use them. */
export function describe(plugin: string, value: Value): PluginDescription {
  if (!isRecord(value)) throw malformed(plugin, 'its description is no object');
  const methods = strings(value['methods']);
  if (methods === undefined) throw malformed(plugin, 'its methods are no list of names');
  const named = strings(value['interfaces']);
  if (named === undefined) throw malformed(plugin, 'metadata.interfaces is no list of names');
  return {
    metadata: value['metadata'],
    commands: value['commands'] ?? [],
    configSchema: value['configSchema'] ?? {},
    methods,
    interfaces: [...new Set([...interfacesOf(methods), ...named])],
  };
}

function strings(value: Value): string[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_METHODS) return undefined;
  const list = value as readonly Value[];
  return list.every((item) => typeof item === 'string') ? [...list] : undefined;
}

function isRecord(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(plugin: string, state: string): PluginError {
  return new PluginError('ERR_METADATA', `Cannot load "${plugin}": ${state}`, { plugin });
}
