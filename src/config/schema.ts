import { MAX_NAME, PLUGIN_NAME_PATTERN } from '../contract/schemas.ts';
import { describe, FETCH_LIMITS, format, LIMITS, MAX_AGE, type Quantity } from './limits.ts';
import { DURATION_PATTERN, SIZE_PATTERN } from './units.ts';

const strings = (description: string) =>
  ({ type: 'array', items: { type: 'string', minLength: 1 }, description }) as const;

function quantities(table: Readonly<Record<string, Quantity>>): Record<string, object> {
  return Object.fromEntries(
    Object.values(table).map((quantity) => [
      quantity.key,
      quantity.kind === 'count'
        ? {
            type: 'integer',
            minimum: quantity.min,
            maximum: quantity.max,
            default: quantity.default,
            description: quantity.help,
          }
        : {
            type: 'string',
            pattern: quantity.kind === 'size' ? SIZE_PATTERN : DURATION_PATTERN,
            default: format(quantity, quantity.default),
            description: describe(quantity),
            $comment: quantity.help,
          },
    ]),
  );
}

const limits = { type: 'object', additionalProperties: false, properties: quantities(LIMITS) } as const;

const permissions = {
  type: 'object',
  additionalProperties: false,
  description: 'What the plugin may reach; an entry that begins with ! denies, and denies win',
  properties: {
    net: strings('Hosts and ports: api.example.com, *.example.com:443, 10.0.0.0/8:8332'),
    read: strings('Files and folders it may read'),
    write: strings('Files and folders it may read and write'),
    env: strings('Names of environment variables'),
    events: {
      type: 'object',
      additionalProperties: false,
      description: 'Topics: * stands for one word, # for the rest',
      properties: { publish: strings('Topics it may publish'), subscribe: strings('Topics it may subscribe to') },
    },
    services: strings('Services it may call: api, api.getAgent'),
    plugins: strings('Dependencies it may call; default: all it declares'),
  },
} as const;

const requirement = { enum: ['signed', 'none'] } as const;

const lastDay = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  description: 'the last day, such as 2026-12-31',
} as const;

const vulnerabilities = {
  type: 'object',
  additionalProperties: false,
  description: 'What known vulnerabilities mean, and where they are looked up',
  properties: {
    block: {
      enum: ['none', 'low', 'medium', 'high', 'critical'],
      default: 'none',
      description: 'From this severity on a plugin is not locked; one that nobody has rated counts as critical',
    },
    unchecked: {
      enum: ['warn', 'refuse'],
      default: 'warn',
      description: 'refuse: a plugin that could not be checked is not locked',
    },
    api: {
      type: 'string',
      pattern: '^https?://[!-~]+$',
      maxLength: 2_048,
      description: 'the http: or https: URL of an OSV API, asked in place of the local database: https://api.osv.dev',
    },
    database: strings('Archives, folders or URLs of OSV records that `audit db update` imports'),
    ...quantities({ maxAge: MAX_AGE }),
    ignore: {
      type: 'array',
      description: 'Vulnerabilities, or things that cannot be checked, that are accepted for a time',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'reason', 'expires'],
        properties: {
          id: {
            type: 'string',
            minLength: 1,
            maxLength: 4_096,
            description: 'GHSA-…, CVE-… or a purl that audit shows',
          },
          plugin: {
            type: 'string',
            minLength: 1,
            maxLength: MAX_NAME,
            description: 'Its name in plugins; default: all',
          },
          reason: { type: 'string', minLength: 1, maxLength: 1_000 },
          expires: lastDay,
        },
      },
    },
  },
} as const;

const signers = {
  type: 'object',
  propertyNames: {
    pattern: '^[a-zA-Z][a-zA-Z0-9._-]*$',
    maxLength: 64,
    description: 'a letter, then letters, digits, dots, dashes and underscores, at most 64 characters',
  },
  additionalProperties: {
    type: 'object',
    additionalProperties: false,
    properties: {
      keys: strings('Public keys, ed25519 or P-256: PEM, base64 as keygen prints it, or the path of a file'),
      identities: {
        type: 'array',
        description: 'Who certificates were issued to; compared exactly, no patterns',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['issuer', 'subject'],
          properties: {
            issuer: {
              type: 'string',
              pattern: '^https?://[!"$-~]+$',
              maxLength: 1_024,
              description: 'the http: or https: URL of the identity provider, without # and quotes',
            },
            subject: {
              type: 'string',
              pattern: '^[!-~]+$',
              maxLength: 1_024,
              description: 'an e-mail address, or the URI of a workflow',
            },
          },
        },
      },
    },
  },
} as const;

/** Names, or beginnings of names. */
const namePattern = {
  type: 'string',
  pattern: '^(\\*|[a-zA-Z][a-zA-Z0-9-]*\\*?)$',
  maxLength: MAX_NAME + 1,
  description: 'a name, or the beginning of one with * at its end',
} as const;

const reviews = {
  type: 'object',
  additionalProperties: false,
  description: 'Whose reviews count, and what must have them',
  properties: {
    reviewers: signers,
    from: strings('Folders, or URLs that end with /, that have <plugin>.json; beside what registries have'),
    require: {
      type: 'array',
      description: 'Plugins that must have been reviewed; all that an entry names must fit',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['criteria'],
        properties: {
          plugins: { type: 'array', minItems: 1, items: namePattern },
          publishers: { ...strings('Publishers whose plugins are meant'), minItems: 1 },
          criteria: {
            type: 'array',
            minItems: 1,
            maxItems: 32,
            uniqueItems: true,
            items: {
              type: 'string',
              pattern: '^[a-z][a-z0-9-]{0,63}$',
              description: 'a word of lower-case letters, digits and dashes',
            },
          },
          reviewers: {
            type: 'integer',
            minimum: 1,
            maximum: 100,
            default: 1,
            description: 'How many different reviewers, for each criterion',
          },
        },
      },
    },
  },
} as const;

const trust = {
  type: 'object',
  additionalProperties: false,
  description: 'Whose signatures count, and what must have one',
  properties: {
    publishers: signers,
    namespaces: {
      type: 'object',
      description: 'Names, or beginnings of names with *, to the publishers that must have signed them',
      propertyNames: namePattern,
      additionalProperties: { ...strings('Publishers'), minItems: 1 },
    },
    require: {
      ...requirement,
      default: 'none',
      description: 'signed: a plugin that no publisher has signed is refused',
    },
    sources: {
      type: 'object',
      description: 'The same for sources by their beginning, up to a / or whole; the longest wins',
      propertyNames: { minLength: 1, maxLength: 4_096 },
      additionalProperties: requirement,
    },
    reviews,
    vulnerabilities,
    minimum_age: {
      type: 'string',
      pattern: DURATION_PATTERN,
      description: 'a duration with its unit, like 3d: a release must have been out for so long before it is locked',
    },
    trusted_root: { type: 'string', minLength: 1, description: 'File with a sigstore trusted root, for identities' },
    exceptions: {
      type: 'array',
      description: 'Plugins that may be locked with less trust than before',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['plugin', 'reason', 'expires'],
        properties: {
          plugin: { type: 'string', minLength: 1, maxLength: MAX_NAME, description: 'Its name in plugins' },
          reason: { type: 'string', minLength: 1, maxLength: 1_000 },
          expires: lastDay,
          revoked: {
            type: 'string',
            pattern: '^sha256:[0-9a-f]{64}$',
            description:
              'It may run with this checksum, though a registry revoked it; the exception is for nothing else',
          },
        },
      },
    },
  },
} as const;

const registryUrl = {
  type: 'string',
  minLength: 1,
  maxLength: 4_096,
  description: 'A folder, a file, git+…#ref:folder, or https://…/index.json',
} as const;

const registries = {
  type: 'array',
  maxItems: 64,
  description: 'Where names without a place are looked for, in this order',
  items: {
    type: ['string', 'object'],
    minLength: registryUrl.minLength,
    maxLength: registryUrl.maxLength,
    additionalProperties: false,
    required: ['url'],
    properties: {
      name: {
        type: 'string',
        pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]*$',
        maxLength: 64,
        description: 'a letter or digit, then letters, digits, dots, dashes and underscores; default: from the url',
      },
      url: registryUrl,
      tuf: {
        type: 'object',
        additionalProperties: false,
        required: ['root'],
        properties: {
          root: { type: 'string', minLength: 1, description: 'File with the first root of its TUF metadata' },
        },
      },
      revocations: {
        type: 'object',
        additionalProperties: false,
        description: 'Who may revoke versions of it, for everybody who has them locked',
        properties: {
          publishers: strings('Names in trust.publishers'),
          keys: strings('Public keys: PEM, base64 on one line, or the path of a file with either'),
        },
      },
    },
  },
} as const;

const plugin = {
  type: 'object',
  required: ['enabled'],
  additionalProperties: false,
  properties: {
    enabled: { type: 'boolean' },
    source: {
      type: 'string',
      minLength: 1,
      maxLength: 4_096,
      description:
        'Path, URL, git repository, npm:, oci:// or name@range; without it the plugin is looked for in plugin_paths and registries',
    },
    priority: { type: 'integer', minimum: 1, maximum: 100, default: 50, description: 'Lower starts first' },
    required: { type: 'boolean', default: false, description: 'Nothing starts when this plugin is refused' },
    config: { type: 'object', description: "The plugin's own configuration" },
    dependencies: strings('Plugins that must be active first: name or name@range'),
    permissions,
    limits,
    isolation: { enum: ['shared', 'process'], default: 'shared', description: 'process: a runtime process of its own' },
    require: { ...requirement, description: 'Whether it must be signed; default: what trust says' },
  },
} as const;

/** plugins.yaml as JSON Schema, draft-07: what `loadConfig` validates with, and editors get as `schema.json`. */
export const CONFIG_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'AITBC plugins',
  type: 'object',
  additionalProperties: false,
  patternProperties: { '^x-': true },
  properties: {
    $schema: { type: 'string' },
    plugins: {
      type: 'object',
      propertyNames: {
        pattern: PLUGIN_NAME_PATTERN,
        maxLength: MAX_NAME,
        description: `a letter, then letters, digits and dashes, at most ${MAX_NAME} characters`,
      },
      additionalProperties: plugin,
    },
    plugin_paths: strings('Folders that are scanned for plugins without a source'),
    auto_load: { type: 'boolean', default: true, description: 'false: nothing is loaded unasked' },
    health_check_interval: { type: 'integer', minimum: 1, default: 60, description: 'Seconds' },
    hardening: {
      enum: ['auto', 'on', 'off'],
      default: 'auto',
      description: 'bubblewrap and prlimit around runtime processes; on: nothing runs without bubblewrap',
    },
    data_dir: { type: 'string', minLength: 1, description: 'Default: .aitbc beside this file' },
    cache_dir: { type: 'string', minLength: 1, description: "Default: the platform's cache folder" },
    limits: { ...limits, description: 'Defaults for every plugin' },
    trust,
    registries,
    fetch: {
      type: 'object',
      additionalProperties: false,
      properties: {
        allow_insecure: strings('Hosts that plain http: may be used with, beside loopback'),
        ca: { type: 'string', minLength: 1, description: 'PEM file of an extra certificate authority' },
        tokens: {
          type: 'object',
          additionalProperties: { type: 'string', minLength: 1 },
          description: 'Host to bearer token, never sent to another host',
        },
        ...quantities(FETCH_LIMITS),
      },
    },
  },
} as const;
