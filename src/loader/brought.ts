import { addPlugin, type ConfigText } from '../config/edit.ts';
import type { Permissions } from '../contract/metadata.ts';
import type { JsonObject } from '../core/json.ts';
import type { Settled } from './settle.ts';
import type { AddOptions } from './types.ts';

/** Plugins that are brought along stand in the config like any other: with what was granted to them by name, and nothing else. */
export function withBrought(config: ConfigText, { brought }: Settled, grantsOf: AddOptions['grantsOf']): string {
  let { text } = config;
  for (const [name, place] of [...brought].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const granted = plainGrants(grantsOf?.(name));
    text = addPlugin({ ...config, text }, name, {
      enabled: true,
      ...(place.kind === 'registry' ? { source: place.source } : {}),
      ...(granted === undefined ? {} : { permissions: granted }),
    });
  }
  return text;
}

export function plainGrants(grants: Permissions | undefined): JsonObject | undefined {
  const plain = grants === undefined ? {} : (JSON.parse(JSON.stringify(grants)) as JsonObject);
  return Object.keys(plain).length === 0 ? undefined : plain;
}
