import type { ErrorObject } from 'ajv';
import { COMMANDS_SCHEMA, METADATA_SCHEMA, REQUESTED_PERMISSIONS_SCHEMA } from '../contract/schemas.ts';
import { schemaValidator } from '../core/schema-validator.ts';
import type { LockFile } from './types.ts';

export type LockShape =
  | { readonly ok: true; readonly lock: LockFile }
  | { readonly ok: false; readonly at: string; readonly reason: string };

/** Checks every field against the schema below; what a field means is checked by `verify()`. */
export function checkLockShape(value: unknown): LockShape {
  const validate = (compiled ??= schemaValidator<LockFile>(LOCK_SCHEMA, 'first'));
  if (validate(value)) return { ok: true, lock: value };
  const errors = validate.errors ?? [];
  const error = errors.find(({ keyword }) => keyword === 'propertyNames') ?? errors[0];
  return { ok: false, at: place(error), reason: reason(error) };
}

let compiled: ReturnType<typeof schemaValidator<LockFile>> | undefined;

const digest = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
const text = { type: 'string', maxLength: 16_384 };
const moduleId = { type: 'string', minLength: 1, maxLength: 4_096, pattern: '^[^\\u0000-\\u001f\\\\]+$' };
/** Beside the plugin: never an address. */
const ownFile = {
  ...moduleId,
  pattern: '^(?![a-zA-Z][a-zA-Z0-9+.-]*:)(?!/)[^\\u0000-\\u001f\\\\]+\\.sigstore\\.json$',
};
const loader = { enum: ['ts', 'tsx', 'js', 'jsx', 'json', 'text', 'binary', 'wasm'] };

const entry = {
  type: 'object',
  additionalProperties: false,
  dependencies: { signer: ['signature'], signature: ['signer'] },
  required: [
    'source',
    'resolved',
    'kind',
    'integrity',
    'checksum',
    'entry',
    'sdk',
    'metadata',
    'permissions',
    'commands',
    'modules',
  ],
  properties: {
    source: { ...text, minLength: 1 },
    resolved: { ...text, minLength: 1 },
    kind: { enum: ['module', 'component'] },
    integrity: digest,
    checksum: digest,
    entry: moduleId,
    sdk: { type: 'string', pattern: '^[0-9]{1,4}$' },
    git: {
      type: 'object',
      additionalProperties: false,
      required: ['commit', 'folder'],
      properties: { commit: { type: 'string', pattern: '^[0-9a-f]{40}$' }, folder: text },
    },
    registry: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'url', 'checksum'],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 64 },
        url: { ...text, minLength: 1 },
        checksum: digest,
      },
    },
    signer: { type: 'string', minLength: 1, maxLength: 2_100, pattern: '^(key:sha256:[0-9a-f]{64}|identity:[!-~]+)$' },
    signature: {
      type: 'object',
      additionalProperties: false,
      required: ['file', 'digest', 'publisher'],
      properties: { file: ownFile, digest, publisher: { type: 'string', minLength: 1, maxLength: 64 } },
    },
    reviews: {
      type: 'object',
      maxProperties: 1_000,
      propertyNames: digest,
      additionalProperties: { type: 'object' },
    },
    metadata: METADATA_SCHEMA,
    permissions: REQUESTED_PERMISSIONS_SCHEMA,
    commands: COMMANDS_SCHEMA,
    configSchema: { type: 'object' },
    importMap: { type: 'object' },
    packages: {
      type: 'object',
      maxProperties: 10_000,
      propertyNames: moduleId,
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          integrity: { type: 'string', pattern: '^sha512-[A-Za-z0-9+/]{86}==$' },
          tarball: { type: 'string', maxLength: 2_048, pattern: '^https?://' },
          dependencies: {
            type: 'object',
            maxProperties: 10_000,
            propertyNames: moduleId,
            additionalProperties: { type: 'string', minLength: 1, maxLength: 512 },
          },
        },
      },
    },
    redirects: { type: 'object', maxProperties: 100_000, propertyNames: moduleId, additionalProperties: moduleId },
    modules: {
      type: 'object',
      minProperties: 1,
      maxProperties: 100_000,
      propertyNames: moduleId,
      additionalProperties: {
        anyOf: [
          digest,
          {
            type: 'object',
            additionalProperties: false,
            required: ['digest', 'loader'],
            properties: { digest, loader },
          },
        ],
      },
    },
  },
};

export const LOCK_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['lockfileVersion', 'plugins'],
  properties: {
    lockfileVersion: { const: 1 },
    plugins: {
      type: 'object',
      maxProperties: 10_000,
      propertyNames: { type: 'string', pattern: '^[a-zA-Z][a-zA-Z0-9-]*$', maxLength: 128 },
      additionalProperties: entry,
    },
  },
};

// `/plugins/greeter/modules/lib~1a.ts` -> `plugins.greeter.modules["lib/a.ts"]`
function place(error: ErrorObject | undefined): string {
  const keys = (error?.instancePath ?? '').split('/').slice(1);
  if (keys.length === 0) return 'the lock';
  return keys
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((key, index) => (/^[\w-]+$/.test(key) ? `${index > 0 ? '.' : ''}${key}` : `[${JSON.stringify(key)}]`))
    .join('');
}

function reason(error: ErrorObject | undefined): string {
  switch (error?.keyword) {
    case 'additionalProperties':
      return `has the unknown key ${JSON.stringify(error.params['additionalProperty'])}`;
    case 'propertyNames':
      return `has the wrong key ${JSON.stringify(error.params['propertyName'])}`;
    case 'required':
      return `lacks the key ${JSON.stringify(error.params['missingProperty'])}`;
    case 'pattern':
      return `is not of the form ${String(error.params['pattern'])}`;
    case 'enum':
      return `must be one of ${(error.params['allowedValues'] as unknown[]).map(String).join(', ')}`;
    default:
      return error?.message ?? 'does not have the shape of a lock';
  }
}
