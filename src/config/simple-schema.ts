/**
 * Accepts what most plugins' configs are, without the validator, which takes longer to load than the rest of a start. Guarantees
 * that what it accepts, and how it fills in defaults, is what ajv would say; whatever it is not sure of, it leaves to ajv.
 */
import type { Json, JsonObject } from '../core/json.ts';

/** Keywords that say nothing about validity, and what their own value must be. */
const SILENT: Readonly<Record<string, (rule: Json | undefined) => boolean>> = {
  $schema: (rule) => typeof rule === 'string',
  $comment: (rule) => typeof rule === 'string',
  title: (rule) => typeof rule === 'string',
  description: (rule) => typeof rule === 'string',
  examples: (rule) => Array.isArray(rule),
  writeOnly: (rule) => typeof rule === 'boolean',
  readOnly: (rule) => typeof rule === 'boolean',
  default: () => true,
};
const TYPES = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

/** Thrown for a keyword it does not know; never leaves this file. */
class NotSimple extends Error {}

/** The config with defaults filled in; undefined when the schema is not simple, or the config is not valid. */
export function acceptSimply(schema: JsonObject, config: JsonObject): JsonObject | undefined {
  const copy = structuredClone(config);
  try {
    return isValid(schema, copy) ? copy : undefined;
  } catch (error) {
    if (error instanceof NotSimple || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isValid(schema: Json | undefined, value: Json): boolean {
  if (schema === true) return true;
  if (!isMap(schema)) throw new NotSimple();
  fillIn(schema, value);
  // All keywords are looked at, also those for another type: an unknown one must not pass unseen.
  return Object.entries(schema)
    .map(([keyword, rule]) =>
      Object.hasOwn(SILENT, keyword) ? isSilent(keyword, rule) : check(keyword, rule, value, schema),
    )
    .every(Boolean);
}

function isSilent(keyword: string, rule: Json | undefined): true {
  if (SILENT[keyword]?.(rule) !== true) throw new NotSimple();
  return true;
}

function check(keyword: string, rule: Json | undefined, value: Json, schema: JsonObject): boolean {
  switch (keyword) {
    case 'type':
      return (Array.isArray(rule) ? scalars(rule) : [rule]).map((type) => isOfType(type, value)).includes(true);
    case 'enum':
      return scalars(rule).includes(value);
    case 'properties':
      return checkProperties(rule, value);
    case 'required':
      return (Array.isArray(rule) && rule.length === 0 ? [] : scalars(rule))
        .map(textOf)
        .every((key) => !isMap(value) || Object.hasOwn(value, key));
    case 'additionalProperties': {
      if (!isMap(value)) return typeof rule === 'boolean' || isValidEverywhere(rule);
      const own = isMap(schema['properties']) ? schema['properties'] : {};
      const others = Object.keys(value).filter((key) => !Object.hasOwn(own, key));
      if (typeof rule === 'boolean') return rule || others.length === 0;
      isValidEverywhere(rule);
      return others.every((key) => isValid(rule, value[key] as Json));
    }
    case 'items':
      if (Array.isArray(rule)) throw new NotSimple();
      isValidEverywhere(rule);
      return !Array.isArray(value) || (value as readonly Json[]).map((item) => isValid(rule, item)).every(Boolean);
    case 'minItems':
      return !Array.isArray(value) || value.length >= count(rule);
    case 'maxItems':
      return !Array.isArray(value) || value.length <= count(rule);
    case 'minLength':
      return typeof value !== 'string' || codePoints(value) >= count(rule);
    case 'maxLength':
      return typeof value !== 'string' || codePoints(value) <= count(rule);
    case 'pattern':
      if (typeof rule !== 'string') throw new NotSimple();
      return new RegExp(rule, 'u').test(typeof value === 'string' ? value : '') || typeof value !== 'string';
    case 'minimum':
      return typeof value !== 'number' || value >= limit(rule);
    case 'maximum':
      return typeof value !== 'number' || value <= limit(rule);
    default:
      throw new NotSimple();
  }
}

function checkProperties(rule: Json | undefined, value: Json): boolean {
  const results = Object.entries(mapOf(rule)).map(([key, schema]) =>
    isMap(value) && Object.hasOwn(value, key) ? isValid(schema, value[key] as Json) : isValidEverywhere(schema),
  );
  return results.every(Boolean);
}

/** As ajv does it: before any rule of the object is looked at. */
function fillIn(schema: JsonObject, value: Json): void {
  if (!isMap(value) || schema['properties'] === undefined) return;
  for (const [key, property] of Object.entries(mapOf(schema['properties']))) {
    // ajv takes what every object inherits for a property that is there.
    if (key in Object.prototype) throw new NotSimple();
    const preset = isMap(property) ? property['default'] : undefined;
    if (preset !== undefined && value[key] === undefined) {
      (value as Record<string, Json>)[key] = structuredClone(preset);
    }
  }
}

function mapOf(rule: Json | undefined): JsonObject {
  if (!isMap(rule)) throw new NotSimple();
  return rule;
}

/** True for a schema that is simple; its rules do not apply here. */
function isValidEverywhere(schema: Json | undefined): true {
  isValid(schema, null);
  return true;
}

/** A list of different texts, numbers, booleans or null, of at least one. */
function scalars(rule: Json | undefined): readonly Json[] {
  const list: readonly Json[] = Array.isArray(rule) ? rule : [];
  const isFlat = list.every((each) => typeof each !== 'object' || each === null);
  if (list.length === 0 || !isFlat || new Set(list).size !== list.length) throw new NotSimple();
  return list;
}

function textOf(value: Json): string {
  if (typeof value !== 'string') throw new NotSimple();
  return value;
}

function isOfType(type: Json | undefined, value: Json): boolean {
  if (typeof type !== 'string' || !TYPES.has(type)) throw new NotSimple();
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isMap(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function count(rule: Json | undefined): number {
  if (typeof rule !== 'number' || !Number.isInteger(rule) || rule < 0) throw new NotSimple();
  return rule;
}

function limit(rule: Json | undefined): number {
  if (typeof rule !== 'number') throw new NotSimple();
  return rule;
}

function codePoints(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}
