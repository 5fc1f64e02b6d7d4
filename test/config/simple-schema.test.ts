import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { acceptSimply } from '../../src/config/simple-schema.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';

/** What ajv says, with the options of `validatePluginConfig`: the filled config, or undefined. */
function ajvSays(schema: JsonObject, config: JsonObject): JsonObject | undefined {
  const copy = structuredClone(config);
  const ajv = new Ajv({ strict: false, ownProperties: true, useDefaults: true, logger: false });
  try {
    return ajv.validate(schema, copy) ? copy : undefined;
  } catch (error) {
    return { unusable: (error as Error).message };
  }
}

describe('acceptSimply()', () => {
  const schema: JsonObject = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    required: ['kind', 'max'],
    additionalProperties: false,
    properties: {
      kind: { type: 'string', pattern: '^[a-z]+$', default: 'chat', description: 'The kind' },
      max: { type: 'integer', minimum: 1, maximum: 10, default: 5 },
      tags: { type: 'array', items: { type: 'string', maxLength: 3 }, maxItems: 2 },
      nested: { type: 'object', properties: { on: { type: 'boolean', default: true } } },
    },
  };

  test('fills in defaults, in a copy, where a property is missing', () => {
    const config = { nested: {} };
    expect(acceptSimply(schema, config)).toEqual({ kind: 'chat', max: 5, nested: { on: true } });
    expect(config).toEqual({ nested: {} });
  });

  test.each<[string, JsonObject]>([
    ['a wrong type', { max: '5' }],
    ['a fraction', { max: 1.5 }],
    ['a number out of range', { max: 11 }],
    ['an unknown key', { other: 1 }],
    ['an item too long', { tags: ['abcd'] }],
    ['too many items', { tags: ['a', 'b', 'c'] }],
    ['a text that does not match', { kind: 'Chat' }],
    ['null', { nested: null }],
  ])('leaves %s to ajv', (_what, config) => {
    expect(acceptSimply(schema, config)).toBeUndefined();
    expect(ajvSays(schema, config)).toBeUndefined();
  });

  test.each<[string, JsonObject]>([
    ['$ref', { properties: { a: { $ref: '#' } } }],
    ['anyOf', { anyOf: [{}] }],
    ['format', { properties: { a: { format: 'uri' } } }],
    ['an unknown word in a part that does not apply', { properties: { a: { items: { not: {} } } } }],
    ['a list of item schemas', { properties: { a: { items: [{}] } } }],
    ['an enum of maps', { properties: { a: { enum: [{}] } } }],
    ['a type that is none', { properties: { a: { type: 'text' } } }],
    ['a pattern that is none', { properties: { a: { pattern: '(' } } }],
    ['false', { properties: { a: false } }],
  ])('leaves a schema with %s to ajv', (_what, open) => {
    expect(acceptSimply(open, {})).toBeUndefined();
  });

  test('accepts nothing that ajv would not, and fills in the same', () => {
    let seed = 7;
    const next = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const pick = <T>(...items: T[]): T => items[next(items.length)] as T;
    const value = (depth: number): Json =>
      pick<() => Json>(
        () => pick('', 'a', 'ab', '😀😀', 'x1'),
        () => pick(0, 1, -1, 2.5, 10),
        () => pick(true, false),
        () => null,
        () => (depth > 0 ? Array.from({ length: next(4) }, () => value(depth - 1)) : []),
        () => (depth > 0 ? map(depth - 1) : {}),
      )();
    const map = (depth: number): JsonObject =>
      Object.fromEntries(Array.from({ length: next(4) }, () => [pick('a', 'b', 'c', 'constructor'), value(depth)]));
    const some = (depth: number): JsonObject => {
      const out: Record<string, Json> = {};
      if (next(2))
        out['type'] = pick<Json>('string', 'number', 'integer', 'boolean', 'object', 'array', 'null', [
          'string',
          'null',
        ]);
      if (next(5) === 0) out['enum'] = [value(0), value(0), 'a'];
      if (next(4) === 0) out['default'] = value(1);
      if (next(4) === 0) out[pick('minLength', 'maxLength', 'minItems', 'maxItems')] = next(3);
      if (next(4) === 0) out[pick('minimum', 'maximum')] = pick(0, 1, 2.5);
      if (next(5) === 0) out['pattern'] = pick('^a', '[0-9]$', '^.{2}$');
      if (depth > 0 && next(2)) {
        out['properties'] = Object.fromEntries(
          ['a', 'b', 'constructor'].slice(0, next(4)).map((key) => [key, some(depth - 1)]),
        );
      }
      if (depth > 0 && next(3) === 0) out['additionalProperties'] = pick<Json>(true, false, some(depth - 1));
      if (depth > 0 && next(4) === 0) out['items'] = some(depth - 1);
      if (next(4) === 0) out['required'] = pick(['a'], ['a', 'b'], ['constructor']);
      return out;
    };
    let accepted = 0;
    for (let round = 0; round < 3_000; round++) {
      const schema = some(2);
      const config = map(2);
      const simple = acceptSimply(schema, config);
      if (simple === undefined) continue;
      accepted += 1;
      expect(JSON.stringify({ schema, config, out: simple })).toEqual(
        JSON.stringify({ schema, config, out: ajvSays(schema, config) }),
      );
    }
    expect(accepted).toBeGreaterThan(300);
  });
});
