import { splitManifest } from '../contract/manifest.ts';
import { validateManifest, type PluginManifest } from '../contract/validate.ts';
import type { CommandGroupManifest } from '../contract/commands.ts';
import type { JsonSchema, PluginMetadata, RequestedPermissions } from '../contract/metadata.ts';
import { canonicalJson, type Json, type JsonObject } from '../core/json.ts';
import { PluginError } from '../core/errors.ts';
import { parseStrictJson } from '../core/parse-json.ts';
import { isWasm } from '../source/component/sections.ts';
import { manifestSection } from '../source/component/recognise.ts';
import type { ModuleId } from '../source/types.ts';

/** What a plugin says of itself, checked: the part of a lock entry that is not about bytes. */
export interface Description {
  /** Without `permissions`: they stand beside it, once. */
  readonly metadata: PluginMetadata;
  readonly permissions: RequestedPermissions;
  readonly commands: readonly CommandGroupManifest[];
  readonly configSchema?: JsonSchema;
}

/** What the files beside the code say; what is undefined is left to the code. */
export interface ManifestDescription {
  readonly metadata: PluginMetadata;
  readonly permissions: RequestedPermissions;
  readonly commands: readonly CommandGroupManifest[] | undefined;
  readonly configSchema: JsonSchema | undefined;
  readonly sdk: string | undefined;
}

export const MANIFEST_ID = 'plugin.json';
export const CONFIG_SCHEMA_ID = 'config_schema.json';

/**
 * Reads `plugin.json`, or the manifest that a component carries, and `config_schema.json` of a plugin's own files; undefined
 * without a manifest. ERR_METADATA.
 */
export function manifestOf(
  files: ReadonlyMap<ModuleId, { readonly bytes: Uint8Array }>,
  plugin: string,
): ManifestDescription | undefined {
  const json = manifestJson(files, plugin);
  const schema = files.get(CONFIG_SCHEMA_ID)?.bytes;
  if (json === undefined) return undefined;
  const manifest: PluginManifest = validateManifest(json, plugin);
  const { permissions = {}, ...metadata } = manifest.metadata;
  return {
    metadata,
    permissions,
    commands: manifest.commands,
    configSchema: manifest.configSchema ?? (schema === undefined ? undefined : parseSchema(schema, plugin)),
    sdk: manifest.sdk,
  };
}

/**
 * The same fields as they stand, unchecked: enough to compare them with a lock entry, whose own fields are checked. Every
 * start does this, and compiling the manifest's schema for it would cost more than all the rest.
 */
export function statedIn(
  files: ReadonlyMap<ModuleId, { readonly bytes: Uint8Array }>,
  plugin: string,
): Partial<Record<keyof Description, unknown>> | undefined {
  const json = manifestJson(files, plugin);
  if (json === undefined) return undefined;
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return {};
  const { metadata, commands, configSchema } = splitManifest(json as JsonObject);
  const { permissions = {}, ...rest } = metadata;
  const schema = files.get(CONFIG_SCHEMA_ID)?.bytes;
  const beside = schema === undefined ? undefined : parse(schema, CONFIG_SCHEMA_ID, plugin);
  return { metadata: rest, permissions, commands, configSchema: configSchema ?? beside };
}

/**
 * The manifest as JSON, from `plugin.json` or from the custom section of a component. Where there are both they say the
 * same, but for what concerns the file beside the code alone (`entry`, `$schema`): else ERR_METADATA.
 */
function manifestJson(files: ReadonlyMap<ModuleId, { readonly bytes: Uint8Array }>, plugin: string): Json | undefined {
  const bytes = files.get(MANIFEST_ID)?.bytes;
  const beside = bytes === undefined ? undefined : parse(bytes, MANIFEST_ID, plugin);
  const section = sectionOf(files, plugin);
  if (section === undefined) return beside;
  const embedded = parse(section.bytes, `the manifest in ${section.id}`, plugin);
  if (beside === undefined || sameManifest(beside, embedded)) return embedded;
  throw new PluginError(
    'ERR_METADATA',
    `Cannot read "${MANIFEST_ID}" of "${plugin}": it says something else than the manifest inside ${section.id}`,
    { plugin, hint: `Remove ${MANIFEST_ID}, or make both say the same.`, details: { module: section.id } },
  );
}

function sectionOf(
  files: ReadonlyMap<ModuleId, { readonly bytes: Uint8Array }>,
  plugin: string,
): { readonly id: ModuleId; readonly bytes: Uint8Array } | undefined {
  for (const [id, { bytes }] of files) {
    const section = isWasm(bytes) ? manifestSection(bytes, plugin) : undefined;
    if (section !== undefined) return { id, bytes: section };
  }
  return undefined;
}

function sameManifest(one: Json, other: Json): boolean {
  const essence = (json: Json): string => {
    if (json === null || typeof json !== 'object' || Array.isArray(json)) return canonicalJson(json);
    const { $schema: _, entry: __, main: ___, ...rest } = json as JsonObject;
    return canonicalJson(rest);
  };
  return essence(one) === essence(other);
}

/** The first field in which two descriptions differ; what `stated` leaves undefined is not compared. */
export function disagreement(
  stated: Partial<Record<keyof Description, unknown>>,
  other: Partial<Record<keyof Description, unknown>>,
): { readonly field: string; readonly stated: string; readonly other: string } | undefined {
  for (const field of ['metadata', 'permissions', 'commands', 'configSchema'] as const) {
    if (stated[field] === undefined) continue;
    const a = canonicalJson(stated[field] as Json);
    const b = canonicalJson((other[field] ?? null) as Json);
    if (a !== b) return { field, stated: a, other: b };
  }
  return undefined;
}

function parseSchema(bytes: Uint8Array, plugin: string): JsonSchema {
  const value = parse(bytes, CONFIG_SCHEMA_ID, plugin);
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  throw new PluginError('ERR_METADATA', `Cannot read "${CONFIG_SCHEMA_ID}" of "${plugin}": it is not an object`, {
    plugin,
  });
}

function parse(bytes: Uint8Array, id: ModuleId, plugin: string) {
  const parsed = parseStrictJson(Buffer.from(bytes).toString('utf8'));
  if (parsed.ok) return parsed.value;
  const { reason, line, column } = parsed;
  throw new PluginError(
    'ERR_METADATA',
    `Cannot read "${id}" of "${plugin}": line ${line}, column ${column}: ${reason}`,
    {
      plugin,
      hint: `Correct ${id} at line ${line}.`,
      details: { module: id, line, column },
    },
  );
}
