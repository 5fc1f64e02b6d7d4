/**
 * Guarantees a config that the plugin's own schema accepts, copied, with the schema's defaults filled in. Trusts nothing of
 * the schema: its size is bounded, it reaches no other document, and what it takes to compile and run it has a deadline.
 */
import { createRequire } from 'node:module';
import type { Ajv as AjvClass, ErrorObject, ValidateFunction } from 'ajv';
import type { FormatsPlugin } from 'ajv-formats';
import { explain, pathText, type Complaint } from '../contract/explain.ts';
import type { JsonSchema } from '../contract/metadata.ts';
import { NotPlain, plainJson, type Bounds } from '../contract/plain.ts';
import { messageOf, PluginError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { withDeadline } from './deadline.ts';
import { CONFIG_BOUNDS } from './parsed.ts';
import { configError } from './problems.ts';
import type { PluginConfig } from './types.ts';
import { acceptSimply } from './simple-schema.ts';
import { writeOnlyValues } from './write-only.ts';

export interface ValidConfig {
  readonly config: JsonObject;
  /** Values of properties that the schema calls `writeOnly`: to be redacted. */
  readonly secrets: readonly string[];
}

export type PluginConfigOptions = Pick<Partial<PluginConfig>, 'interpolated' | 'where'>;

const SCHEMA_BOUNDS: Bounds = { nodes: 5_000, depth: 32, string: 8_192 };
/** Milliseconds for each of: the simple check, compiling, validating. The host does nothing else meanwhile. */
const DEADLINE = 100;
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

/**
 * SPEC C4. Interpolated texts become numbers or booleans where the schema asks for them.
 * @throws ERR_CONFIG_INVALID when the config is wrong, ERR_METADATA when the schema is
 */
export function validatePluginConfig(
  name: string,
  schema: JsonSchema | undefined,
  config: JsonObject,
  options: PluginConfigOptions = {},
): ValidConfig {
  const copy = plainJson(config, CONFIG_BOUNDS) as Record<string, Json>;
  if (schema === undefined || Object.keys(schema).length === 0) return { config: copy, secrets: [] };
  const plain = plainSchema(name, schema);
  const simple = inTime(name, 'validating', () => acceptSimply(plain, copy));
  if (simple) return { config: simple, secrets: writeOnlyValues(plain, simple) };
  const validate = compile(name, plain);
  const run = (): readonly ErrorObject[] =>
    inTime(name, 'validating', () => (validate(copy) ? [] : [...(validate.errors ?? [])]));
  let errors = run();
  // Each round makes at least one text less.
  while (errors.map((error) => coerce(copy, error, options.interpolated)).includes(true)) errors = run();
  if (errors.length > 0) throw invalid(name, explain(errors), options);
  return { config: copy, secrets: writeOnlyValues(plain, copy) };
}

function plainSchema(name: string, schema: JsonSchema): JsonObject {
  let plain: Json;
  try {
    plain = plainJson(schema, SCHEMA_BOUNDS);
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    throw unusable(name, error.message);
  }
  if (plain === null || typeof plain !== 'object' || Array.isArray(plain)) throw unusable(name, 'it is not a map');
  const root = plain as JsonObject;
  const draft = root['$schema'];
  if (draft !== undefined && !(typeof draft === 'string' && DRAFT_07.test(draft))) {
    throw unusable(name, `it must be JSON Schema draft-07, not ${JSON.stringify(draft)}`);
  }
  const { $schema: _, $id: __, ...rest } = root;
  if ('$async' in rest) throw unusable(name, '$async is not supported');
  return rest;
}

function compile(name: string, schema: JsonObject): ValidateFunction {
  const text = JSON.stringify(schema);
  const { Ajv } = require('ajv') as { Ajv: typeof AjvClass };
  const options = {
    // With references a small schema can stand for a huge one; its errors then end at the first.
    allErrors: !text.includes('"$ref"'),
    inlineRefs: false,
    verbose: true,
    strict: false,
    ownProperties: true,
    useDefaults: true,
    logger: false,
  } as const;
  const addFormats = text.includes('"format"') ? (require('ajv-formats') as FormatsPlugin) : undefined;
  return inTime(name, 'compiling', () => {
    const ajv = new Ajv(options);
    addFormats?.(ajv, { mode: 'fast' });
    return ajv.compile(schema);
  });
}

/** What the schema makes of our work is its own fault: that it goes on for ever, or needs more stack than there is. */
function inTime<T>(name: string, work: string, run: () => T): T {
  let done;
  try {
    done = withDeadline(run, DEADLINE);
  } catch (error) {
    throw unusable(name, messageOf(error).slice(0, 300));
  }
  if (!done) throw unusable(name, `${work} takes longer than ${DEADLINE} ms`);
  return done.value;
}

/** Text from `${NAME}` that should be a number or a boolean, and reads as one: replaced in place. */
function coerce(config: JsonObject, error: ErrorObject, interpolated: ReadonlySet<string> | undefined): boolean {
  if (error.keyword !== 'type' || typeof error.data !== 'string' || !interpolated?.has(error.instancePath))
    return false;
  const wanted = [(error.params as { type: string | string[] }).type].flat();
  const value = readAs(error.data, wanted);
  if (value === undefined) return false;
  const steps = error.instancePath
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop() ?? '';
  let holder: unknown = config;
  for (const step of steps) holder = (holder as Record<string, unknown>)[step];
  (holder as Record<string, unknown>)[last] = value;
  return true;
}

function readAs(text: string, types: readonly string[]): number | boolean | undefined {
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (!/^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,3})?$/.test(text)) return undefined;
  const number = Number(text);
  if (types.includes('number') || (types.includes('integer') && Number.isSafeInteger(number))) return number;
  return undefined;
}

function invalid(name: string, complaints: readonly Complaint[], options: PluginConfigOptions): PluginError {
  return configError(
    options.where?.([]).file ?? `the config of ${name}`,
    complaints.map(({ path, message }) => ({
      place: options.where?.(path),
      key: pathText(['plugins', name, 'config', ...path]),
      message,
    })),
  );
}

function unusable(name: string, state: string): PluginError {
  return new PluginError('ERR_METADATA', `Cannot use the config schema of "${name}": ${state}`, {
    plugin: name,
    hint: 'the author of the plugin has to correct its config schema',
  });
}

// Loaded for a plugin that has a config schema alone.
const require = createRequire(import.meta.url);
