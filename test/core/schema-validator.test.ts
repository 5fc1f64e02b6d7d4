import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONFIG_SCHEMA } from '../../src/config/schema.ts';
import { COMMANDS_SCHEMA, METADATA_SCHEMA } from '../../src/contract/schemas.ts';
import { asset } from '../../src/core/assets.ts';
import { schemaValidator, validatorPath } from '../../src/core/schema-validator.ts';
import { LOCK_SCHEMA } from '../../src/lock/schema.ts';

describe('schemaValidator()', () => {
  it.each([
    ['the config', CONFIG_SCHEMA, 'all'],
    ['metadata', METADATA_SCHEMA, 'all'],
    ['commands', COMMANDS_SCHEMA, 'all'],
    ['the lock', LOCK_SCHEMA, 'first'],
  ] as const)('finds what the build compiled for %s', (_, schema, errors) => {
    expect(existsSync(asset(validatorPath(schema, errors)))).toBe(true);
  });

  it('says the same, compiled before or now', () => {
    // Another title makes another key, which no build has.
    const now = schemaValidator({ ...METADATA_SCHEMA, title: 'compiled now' });
    const before = schemaValidator(METADATA_SCHEMA);
    const long = 'ü'.repeat(65);
    for (const value of [{ name: 'a' }, { name: '9', version: 1 }, { name: long, keywords: [''] }, [], null]) {
      expect(before(value)).toBe(false);
      expect(now(value)).toBe(false);
      expect(before.errors?.map(({ instancePath, message }) => [instancePath, message])).toEqual(
        now.errors?.map(({ instancePath, message }) => [instancePath, message]),
      );
    }
    const good = { name: 'a', version: '1.0.0', description: '', author: '', license: '' };
    expect([before(good), now(good)]).toEqual([true, true]);
  });

  it('never takes the validator of another schema, or of other options', () => {
    const paths = [
      validatorPath(METADATA_SCHEMA, 'all'),
      validatorPath(METADATA_SCHEMA, 'first'),
      validatorPath({ ...METADATA_SCHEMA, required: [] }, 'all'),
    ];
    expect(new Set(paths).size).toBe(3);
  });
});
