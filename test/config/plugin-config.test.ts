import { describe, expect, test } from 'vitest';
import { withDeadline } from '../../src/config/deadline.ts';
import { validatePluginConfig } from '../../src/config/plugin-config.ts';
import type { JsonSchema } from '../../src/contract/metadata.ts';

const schema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['provider'],
  additionalProperties: false,
  properties: {
    provider: { enum: ['openai', 'local'] },
    max: { type: 'integer', default: 100 },
    url: { type: 'string', format: 'uri' },
    api_key: { type: 'string', writeOnly: true },
    nested: { $ref: '#/definitions/nested', default: {} },
  },
  definitions: {
    nested: {
      type: 'object',
      properties: { on: { type: 'boolean', default: true }, pin: { type: 'number', writeOnly: true } },
    },
  },
};

describe('validatePluginConfig()', () => {
  test('fills in defaults, nested ones too, in a copy', () => {
    const config = { provider: 'openai' };
    const out = validatePluginConfig('ai', schema, config);
    expect(out).toEqual({ config: { provider: 'openai', max: 100, nested: { on: true } }, secrets: [] });
    expect(config).toEqual({ provider: 'openai' });
  });

  test('knows the secrets that the schema calls writeOnly', () => {
    const config = { provider: 'local', api_key: 'sk-1', nested: { pin: 4711 } };
    expect(validatePluginConfig('ai', schema, config).secrets).toEqual(['sk-1', '4711']);
  });

  test('makes numbers and booleans of interpolated texts alone', () => {
    const config = { provider: 'local', max: '12', nested: { on: 'false' } };
    const options = { interpolated: new Set(['/max', '/nested/on']) };
    expect(validatePluginConfig('ai', schema, { ...config, nested: {} }, options).config['max']).toBe(12);
    const open = { ...schema, properties: { max: { type: 'integer' }, on: { type: 'boolean' } }, required: [] };
    const both = { interpolated: new Set(['/max', '/on']) };
    expect(validatePluginConfig('ai', open, { max: '1', on: 'true' }, both).config).toEqual({ max: 1, on: true });
    expect(() => validatePluginConfig('ai', open, { max: '1' })).toThrow('max must be an integer, not a string');
    expect(() => validatePluginConfig('ai', open, { max: '0x10' }, both)).toThrow('must be an integer');
  });

  test('names file, line, column, key and what was expected', () => {
    const open = { ...schema, properties: { max: { type: 'integer', maximum: 5 }, key: { type: 'string' } } };
    const where = () => ({ file: 'plugins.yaml', line: 7, column: 3 });
    expect(() => validatePluginConfig('ai', open, { max: 6, kee: 1 }, { where })).toThrow(
      expect.objectContaining({
        code: 'ERR_CONFIG_INVALID',
        message: expect.stringMatching(/^Cannot use "plugins.yaml": line 7, column 3: plugins\.ai\.config\./) as string,
        details: expect.objectContaining({ file: 'plugins.yaml', line: 7, column: 3 }) as object,
      }) as Error,
    );
  });

  test('takes no schema, and one without rules, for consent', () => {
    expect(validatePluginConfig('x', undefined, { a: 1 })).toEqual({ config: { a: 1 }, secrets: [] });
    expect(validatePluginConfig('x', {}, { a: 1 })).toEqual({ config: { a: 1 }, secrets: [] });
  });

  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [
      `d${i}`,
      { allOf: [{ $ref: `#/definitions/d${i + 1}` }, { $ref: `#/definitions/d${i + 1}` }] },
    ]),
  );

  test.each<[string, JsonSchema, string]>([
    [
      'a reference to another document',
      { properties: { a: { $ref: 'https://evil.example/s.json' } } },
      "can't resolve reference",
    ],
    ['a reference to a file', { $ref: 'file:///etc/passwd' }, "can't resolve reference"],
    ['another draft', { $schema: 'https://json-schema.org/draft/2020-12/schema' }, 'must be JSON Schema draft-07'],
    ['a schema that is none', { type: 'objekt' }, 'schema is invalid'],
    ['a pattern that is none', { properties: { a: { pattern: '(' } } }, 'regular expression'],
    ['an asynchronous schema', { $async: true }, '$async is not supported'],
    [
      'a __proto__ default',
      JSON.parse('{"properties":{"a":{"default":{"__proto__":{"polluted":1}}}}}') as JsonSchema,
      '__proto__ is not an allowed key',
    ],
    ['a huge schema', { enum: Array.from({ length: 6_000 }, (_, i) => i) }, 'must not have more than 5000 items'],
    [
      'a deep schema',
      JSON.parse('{"not":'.repeat(40) + 'true' + '}'.repeat(40)) as JsonSchema,
      'nested deeper than 32',
    ],
    [
      'a pattern that never ends on its own default',
      { properties: { a: { type: 'string', pattern: '^(a+)+$', default: `${'a'.repeat(50)}!` } } },
      'validating takes longer than 100 ms',
    ],
    [
      'references that double at each step',
      { $ref: '#/definitions/d0', definitions: { ...doubling, d40: { type: 'object' } } },
      'takes longer than 100 ms',
    ],
  ])('refuses %s', (_what, hostile, message) => {
    expect(() => validatePluginConfig('evil', hostile, {})).toThrow(
      expect.objectContaining({ code: 'ERR_METADATA', message: expect.stringContaining(message) as string }) as Error,
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

test('withDeadline() returns what was returned, throws what was thrown, and ends what does not end', () => {
  expect(withDeadline(() => 1, 1_000)).toEqual({ value: 1 });
  expect(() =>
    withDeadline(() => {
      throw new TypeError('x');
    }, 1_000),
  ).toThrow(TypeError);
  expect(
    withDeadline(() => {
      for (;;);
    }, 20),
  ).toBeUndefined();
  expect(withDeadline(() => 2, 1_000)).toEqual({ value: 2 });
});
