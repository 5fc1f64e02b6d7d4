import type { JsonSchema } from '../contract/metadata.ts';
import { METADATA_BOUNDS, NotPlain, plainJson } from '../contract/plain.ts';
import { validateCommands, validateMetadata } from '../contract/validate.ts';
import { PluginError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { disagreement, type Description } from '../lock/description.ts';
import type { PluginDescription } from '../protocol/requests.ts';
import type { Prepared } from './types.ts';

/** What code said of itself, checked and bounded. Throws ERR_METADATA. */
export function describedBy(described: PluginDescription, plugin: string): Description {
  const { permissions = {}, ...metadata } = validateMetadata(described.metadata, plugin);
  return {
    metadata,
    permissions,
    commands: described.commands === undefined ? [] : validateCommands(described.commands, plugin),
    ...schemaOf(described, plugin),
  };
}

/**
 * The running code must say what the lock says, for everyone has seen and granted that. Throws ERR_METADATA. What a
 * manifest beside the code says more than the code (permissions, commands, config schema) stands; a component's interface has
 * no place for these at all.
 */
export function assertAgrees(prepared: Pick<Prepared, 'name' | 'lock'>, described: PluginDescription): void {
  const { name, lock } = prepared;
  const code = describedBy(described, name);
  const hasManifest = lock.kind === 'component' || Object.hasOwn(lock.modules, 'plugin.json');
  const found = hasManifest
    ? contradiction(lock, code)
    : disagreement({ ...code, configSchema: code.configSchema ?? {} }, withSchema(lock));
  if (found === undefined) return;
  throw new PluginError(
    'ERR_METADATA',
    `Cannot start "${name}": its code says another ${found.field} than ${hasManifest ? manifestName(lock) : 'plugins.lock.json'}`,
    {
      plugin: name,
      hint: hasManifest
        ? `Correct ${manifestName(lock)} or the metadata in the plugin's code, so that both say the same.`
        : `Run \`aitbc plugin lock ${name}\` if the plugin is right.`,
      details: { code: found.stated, locked: found.other },
    },
  );
}

function manifestName({ kind, modules }: Prepared['lock']): string {
  return kind === 'component' && !Object.hasOwn(modules, 'plugin.json') ? 'its manifest' : 'plugin.json';
}

/** Beside a manifest, code may say less; what it says must be the same. */
function contradiction(lock: Description, code: Description): ReturnType<typeof disagreement> {
  const stated = Object.fromEntries(Object.keys(code.metadata).map((key) => [key, lock.metadata[key as 'name']]));
  const metadata = disagreement({ metadata: code.metadata }, { metadata: stated });
  if (metadata !== undefined) return metadata;
  return disagreement(
    {
      ...(Object.keys(code.permissions).length === 0 ? {} : { permissions: code.permissions }),
      ...(code.commands.length === 0 ? {} : { commands: code.commands }),
    },
    { ...lock },
  );
}

function withSchema(lock: Description): Record<string, unknown> {
  return { ...lock, configSchema: lock.configSchema ?? {} };
}

function schemaOf(described: PluginDescription, plugin: string): Pick<Description, 'configSchema'> {
  if (described.configSchema === undefined || described.configSchema === null) return {};
  let schema: Json;
  try {
    schema = plainJson(described.configSchema, METADATA_BOUNDS);
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    throw wrongSchema(plugin, error.message);
  }
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) {
    throw wrongSchema(plugin, 'it is not an object');
  }
  return Object.keys(schema).length === 0 ? {} : { configSchema: schema as JsonSchema };
}

function wrongSchema(plugin: string, state: string): PluginError {
  return new PluginError('ERR_METADATA', `Cannot use the config schema of "${plugin}": ${state}`, { plugin });
}
