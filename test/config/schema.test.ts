import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONFIG_SCHEMA } from '../../src/config/schema.ts';
import { asset } from '../../src/core/assets.ts';

test('the schema for editors is shipped, is valid draft-07, and accepts the example of the specification', async () => {
  const shipped = JSON.parse(await readFile(asset('schema/plugins.schema.json'), 'utf8')) as object;
  expect(shipped).toEqual(JSON.parse(JSON.stringify(CONFIG_SCHEMA)));
  const ajv = new Ajv({ strict: false });
  expect(ajv.validateSchema(shipped)).toBe(true);
  const example = await readFile(new URL('../../fixtures/config/specification.yaml', import.meta.url), 'utf8');
  expect(ajv.validate(shipped, parse(example))).toBe(true);
  expect(ajv.validate(shipped, { plugins: { a: {} } })).toBe(false);
});
