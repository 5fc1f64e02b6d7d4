import { METADATA_SCHEMA, REQUESTED_PERMISSIONS_SCHEMA } from '../contract/schemas.ts';

export const MAX_ENTRIES = 50_000;

const { properties: metadata } = METADATA_SCHEMA;
const digest = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' } as const;
const time = {
  type: 'string',
  maxLength: 30,
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$',
} as const;
const text = (maxLength: number) => ({ type: 'string', maxLength }) as const;

/** An index of SPEC G1, and what we add to it (docs/registry.md). Keys it does not name are ignored. */
export const INDEX_SCHEMA = {
  type: 'object',
  required: ['plugins'],
  properties: {
    serial: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    generated: time,
    plugins: {
      type: 'array',
      maxItems: MAX_ENTRIES,
      items: {
        type: 'object',
        required: ['name', 'version', 'download_url', 'checksum'],
        properties: {
          name: metadata.name,
          version: metadata.version,
          description: metadata.description,
          author: metadata.author,
          license: metadata.license,
          repository: metadata.repository,
          download_url: { type: 'string', minLength: 1, maxLength: 2_048, pattern: '^[^\\u0000-\\u0020\\u007f\\\\]+$' },
          checksum: digest,
          tags: { type: 'array', maxItems: 64, items: { type: 'string', minLength: 1, maxLength: 64 } },
          compatibility: {
            type: 'object',
            properties: {
              min_aitbc_version: metadata.min_aitbc_version,
              max_aitbc_version: metadata.max_aitbc_version,
            },
          },
          dependencies: metadata.dependencies,
          permissions: REQUESTED_PERMISSIONS_SCHEMA,
          interfaces: metadata.interfaces,
          platforms: metadata.supported_platforms,
          kind: { enum: ['module', 'component'] },
          integrity: digest,
          published: time,
          signer: text(2_100),
          publisher: text(64),
          size: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
          yanked: { type: ['boolean', 'string'], maxLength: 1_000 },
        },
      },
    },
  },
} as const;
