/**
 * The JSON Schemas (draft-07) of everything a plugin says about itself. All of it is hostile, so every length and count
 * has a bound, and every pattern is linear.
 */

/** Keys of `plugins` in the config, and names of plugins (SPEC C1). */
export const PLUGIN_NAME_PATTERN = '^[a-zA-Z][a-zA-Z0-9-]*$';
export const MAX_NAME = 64;

const text = (maxLength: number) => ({ type: 'string', maxLength }) as const;
const filled = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const;
const list = (items: object, maxItems: number) => ({ type: 'array', maxItems, items }) as const;

const requested = list(
  {
    anyOf: [
      filled(1_024),
      {
        type: 'object',
        required: ['value'],
        additionalProperties: false,
        properties: { value: filled(1_024), reason: text(500) },
      },
    ],
  },
  256,
);

/** `permissions` of a manifest: what a plugin asks for, each with an optional reason. */
export const REQUESTED_PERMISSIONS_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    net: requested,
    read: requested,
    write: requested,
    env: requested,
    events: {
      type: 'object',
      additionalProperties: false,
      properties: { publish: requested, subscribe: requested },
    },
    services: requested,
    plugins: requested,
  },
} as const;

/** SPEC A2. `version`s and ranges are checked with semver beside it. */
export const METADATA_SCHEMA = {
  type: 'object',
  required: ['name', 'version', 'description', 'author', 'license'],
  additionalProperties: false,
  patternProperties: { '^x-': true },
  properties: {
    name: { type: 'string', maxLength: MAX_NAME, pattern: PLUGIN_NAME_PATTERN },
    version: filled(100),
    description: text(2_000),
    author: text(300),
    license: text(200),
    homepage: text(2_048),
    repository: text(2_048),
    keywords: list(filled(64), 64),
    dependencies: list(filled(256), 64),
    min_aitbc_version: filled(100),
    max_aitbc_version: filled(100),
    supported_platforms: list({ type: 'string', maxLength: 40, pattern: '^[a-z0-9]+(-[a-z0-9_]+)?$' }, 32),
    permissions: REQUESTED_PERMISSIONS_SCHEMA,
    interfaces: list(
      { type: 'string', maxLength: 100, pattern: '^[a-z][a-z0-9-]*(:[a-z][a-z0-9-]*)?(@[0-9]{1,6})?$' },
      32,
    ),
  },
} as const;

const COMMAND_NAME = { type: 'string', maxLength: 40, pattern: '^[a-z][a-z0-9-]*$' } as const;

const option = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: COMMAND_NAME,
    type: { enum: ['string', 'number', 'boolean'] },
    short: { type: 'string', pattern: '^[a-zA-Z]$' },
    help: text(1_000),
    required: { type: 'boolean' },
    default: { type: ['string', 'number', 'boolean'], maxLength: 1_000 },
    choices: { ...list(filled(200), 100), minItems: 1 },
    multiple: { type: 'boolean' },
  },
} as const;

const argument = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: COMMAND_NAME,
    help: text(1_000),
    required: { type: 'boolean' },
    variadic: { type: 'boolean' },
  },
} as const;

/** SPEC A5: command groups without their handlers. */
export const COMMANDS_SCHEMA = list(
  {
    type: 'object',
    required: ['name', 'help', 'subcommands'],
    additionalProperties: false,
    properties: {
      name: COMMAND_NAME,
      help: text(1_000),
      subcommands: {
        ...list(
          {
            type: 'object',
            required: ['name', 'help'],
            additionalProperties: false,
            properties: {
              name: COMMAND_NAME,
              help: text(4_000),
              options: list(option, 64),
              arguments: list(argument, 16),
            },
          },
          100,
        ),
        minItems: 1,
      },
    },
  },
  32,
);

/** `plugin.json`: metadata, and what the loader needs beside it (DESIGN, Manifest). */
export const MANIFEST_SCHEMA = {
  type: 'object',
  required: METADATA_SCHEMA.required,
  additionalProperties: false,
  patternProperties: METADATA_SCHEMA.patternProperties,
  properties: {
    ...METADATA_SCHEMA.properties,
    $schema: text(2_048),
    /** Path of the entry module, relative to the manifest; `main` is npm's word for it. */
    entry: filled(1_024),
    main: filled(1_024),
    /** Major version of the SDK it was written for. */
    sdk: { type: 'string', pattern: '^[0-9]{1,6}$' },
    commands: COMMANDS_SCHEMA,
    config_schema: { type: 'object' },
    import_map: { type: 'object' },
  },
} as const;
