/**
 * Guarantees that metadata, manifests and command lists are plain JSON of the shapes and sizes the schemas allow, copied, with
 * nothing left of the object they came from. Trusts nothing of the input.
 */
import type { ValidateFunction } from 'ajv';
import semver from 'semver';
import { PluginError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { schemaValidator } from '../core/schema-validator.ts';
import type { CommandGroupManifest } from './commands.ts';
import { parseDependency } from './dependency.ts';
import { explain, pathText } from './explain.ts';
import { splitManifest } from './manifest.ts';
import type { JsonSchema, PluginMetadata, RequestedPermissions } from './metadata.ts';
import { METADATA_BOUNDS, NotPlain, plainJson } from './plain.ts';
import { COMMANDS_SCHEMA, MANIFEST_SCHEMA, METADATA_SCHEMA, REQUESTED_PERMISSIONS_SCHEMA } from './schemas.ts';

/** `plugin.json`: what a plugin says beside its code. */
export interface PluginManifest {
  readonly metadata: PluginMetadata;
  /** Path of the entry module relative to the manifest, as written. */
  readonly entry?: string;
  readonly sdk?: string;
  readonly commands?: readonly CommandGroupManifest[];
  readonly configSchema?: JsonSchema;
  readonly importMap?: JsonObject;
}

/** @throws ERR_METADATA, which names every key that is wrong and what was expected. */
export function validateMetadata(value: unknown, plugin?: string): PluginMetadata {
  return checkMetadata(check(value, METADATA_SCHEMA, 'metadata', plugin), plugin);
}

/** @throws ERR_METADATA */
export function validateManifest(value: unknown, plugin?: string): PluginManifest {
  const all = check(value, MANIFEST_SCHEMA, 'plugin.json', plugin) as JsonObject;
  const { metadata, entry, sdk, commands, configSchema, importMap } = splitManifest(all);
  const name = plugin ?? (all['name'] as string);
  return {
    metadata: checkMetadata(metadata, name),
    ...(entry === undefined ? {} : { entry: entry as string }),
    ...(sdk === undefined ? {} : { sdk: sdk as string }),
    ...(commands === undefined ? {} : { commands: checkCommands(commands as never, name) }),
    ...(configSchema === undefined ? {} : { configSchema: configSchema as JsonSchema }),
    ...(importMap === undefined ? {} : { importMap: importMap as JsonObject }),
  };
}

/** @throws ERR_METADATA */
export function validateCommands(value: unknown, plugin?: string): CommandGroupManifest[] {
  return checkCommands(check(value, COMMANDS_SCHEMA, 'commands', plugin) as never, plugin);
}

/** What a plugin asks for. @throws ERR_METADATA */
export function validateRequestedPermissions(value: unknown, plugin?: string): RequestedPermissions {
  return check(value, REQUESTED_PERMISSIONS_SCHEMA, 'permissions', plugin) as RequestedPermissions;
}

/** The plain values of a request, without reasons. */
export function requestedValues(list: RequestedPermissions['net']): string[] {
  return (list ?? []).map((entry) => (typeof entry === 'string' ? entry : entry.value));
}

const compiled = new Map<object, ValidateFunction>();

function check(value: unknown, schema: object, what: string, plugin: string | undefined): unknown {
  let copy: unknown;
  try {
    copy = plainJson(value, METADATA_BOUNDS);
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    throw wrong(what, plugin, [error.message]);
  }
  let validate = compiled.get(schema);
  if (!validate) compiled.set(schema, (validate = schemaValidator(schema)));
  if (validate(copy)) return copy;
  throw wrong(
    what,
    plugin,
    explain(validate.errors ?? []).map(({ path, message }) => `${pathText(path) || 'it'} ${message}`),
  );
}

function checkMetadata(value: unknown, plugin: string | undefined): PluginMetadata {
  const metadata = value as PluginMetadata;
  const problems: string[] = [];
  for (const key of ['version', 'min_aitbc_version', 'max_aitbc_version'] as const) {
    const version = metadata[key];
    if (version !== undefined && !isVersion(version))
      problems.push(`${key} must be a version like 1.2.3, not "${version}"`);
  }
  for (const [index, dependency] of (metadata.dependencies ?? []).entries()) {
    const parsed = parseDependency(dependency);
    if (!parsed) problems.push(`dependencies[${index}] must be "name" or "name@range", not "${dependency}"`);
    else if (parsed.name === metadata.name) problems.push(`dependencies[${index}] must not be the plugin itself`);
  }
  if (problems.length > 0) throw wrong('metadata', plugin, problems);
  return metadata;
}

function checkCommands(groups: CommandGroupManifest[], plugin: string | undefined): CommandGroupManifest[] {
  const problems: string[] = [];
  const unique = (names: readonly string[], where: string): void => {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) problems.push(`${where} must not name "${twice}" twice`);
  };
  unique(
    groups.map((group) => group.name),
    'commands',
  );
  for (const group of groups) {
    unique(
      group.subcommands.map((command) => command.name),
      group.name,
    );
    for (const command of group.subcommands) {
      const where = `${group.name} ${command.name}`;
      const options = command.options ?? [];
      unique(
        options.map((option) => option.name),
        where,
      );
      unique(
        options.flatMap((option) => option.short ?? []),
        where,
      );
      for (const option of options) {
        const type = option.type ?? 'string';
        if (option.default !== undefined && typeof option.default !== type) {
          problems.push(`the default of "${where} --${option.name}" must be a ${type}`);
        }
        if (option.choices && type !== 'string')
          problems.push(`"${where} --${option.name}" has choices, but is a ${type}`);
        if (option.name === 'help') problems.push(`"${where} --help" is the host's own`);
      }
      const early = (command.arguments ?? []).slice(0, -1).find((argument) => argument.variadic);
      if (early) problems.push(`"${where} ${early.name}" must be the last argument, because it is variadic`);
    }
  }
  if (problems.length > 0) throw wrong('commands', plugin, problems);
  return groups;
}

/** Strict: no `v`, no blanks, no ranges. */
function isVersion(text: string): boolean {
  return /^[0-9]/.test(text) && semver.parse(text)?.raw === text;
}

function wrong(what: string, plugin: string | undefined, problems: readonly string[]): PluginError {
  const shown = problems.slice(0, 10);
  const more = problems.length - shown.length;
  return new PluginError(
    'ERR_METADATA',
    `Cannot use ${what}${plugin === undefined ? '' : ` of "${plugin}"`}: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    { ...(plugin === undefined ? {} : { plugin }), hint: 'correct the manifest or the code of the plugin' },
  );
}
