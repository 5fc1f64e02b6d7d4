import type { Json, JsonObject } from '../core/json.ts';

/** The members of `plugin.json`, told apart by what they are for; nothing of them is checked yet. */
export interface ManifestParts {
  readonly metadata: JsonObject;
  readonly entry: Json | undefined;
  readonly sdk: Json | undefined;
  readonly commands: Json | undefined;
  readonly configSchema: Json | undefined;
  readonly importMap: Json | undefined;
}

export function splitManifest(manifest: JsonObject): ManifestParts {
  const { $schema: _, main, entry = main, sdk, commands, config_schema, import_map, ...metadata } = manifest;
  return { metadata, entry, sdk, commands, configSchema: config_schema, importMap: import_map };
}
