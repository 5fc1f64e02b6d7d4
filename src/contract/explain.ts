import type { ErrorObject } from 'ajv';
import { didYouMean } from '../core/suggest.ts';
import { joinPath, kindOf } from './plain.ts';

/** One thing that is wrong with a document: where, and what was expected there. */
export interface Complaint {
  /** Keys and indexes from the root to the offending value; for an unknown key, to the key. */
  readonly path: readonly (string | number)[];
  /** `must be a list of strings, not a string`. */
  readonly message: string;
  /** True when the key itself is at fault, not its value. */
  readonly key: boolean;
}

/** Turns what ajv (allErrors, verbose) found into complaints for people; the noise of `anyOf` is left out. */
export function explain(errors: readonly ErrorObject[]): Complaint[] {
  const branches = errors.filter((error) => error.keyword === 'anyOf').map((error) => error.schemaPath);
  const complaints = errors
    .filter(
      (error) =>
        error.keyword !== 'if' &&
        !error.schemaPath.includes('/propertyNames/') &&
        !branches.some((branch) => error.schemaPath.startsWith(`${branch}/`)),
    )
    .map((error) => complain(error));
  const seen = new Set<string>();
  return complaints.filter((complaint) => {
    const id = JSON.stringify(complaint);
    return !seen.has(id) && seen.add(id);
  });
}

/** `permissions.net[0]` of a path. */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((at, step) => (typeof step === 'number' ? `${at}[${step}]` : joinPath(at, step)), '');
}

function complain(error: ErrorObject): Complaint {
  const path = pointer(error.instancePath);
  const params = error.params as Record<string, unknown>;
  const parent: Record<string, unknown> | undefined = error.parentSchema;
  const value = (message: string): Complaint => ({ path, message, key: false });
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys((parent?.['properties'] as object | undefined) ?? {});
      const hint =
        didYouMean(key, known) || (known.length > 0 && known.length <= 12 ? `; known: ${known.join(', ')}` : '');
      return { path: [...path, key], message: `is not a known key${hint}`, key: true };
    }
    case 'propertyNames':
      return { path: [...path, String(params['propertyName'])], message: nameRule(error), key: true };
    case 'required':
      return { path: [...path, String(params['missingProperty'])], message: 'is missing', key: false };
    case 'type':
      return value(`must be ${types(params['type'], parent)}, not ${kindOf(error.data)}`);
    case 'anyOf':
      return value(`must be ${described(parent)}, not ${kindOf(error.data)}`);
    case 'enum':
      return value(
        `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}${
          typeof error.data === 'string'
            ? didYouMean(error.data, (params['allowedValues'] as unknown[]).map(String))
            : ''
        }`,
      );
    case 'const':
      return value(`must be ${JSON.stringify(params['allowedValue'])}`);
    case 'minimum':
    case 'exclusiveMinimum':
      return value(`must be at least ${String(params['limit'])}, not ${String(error.data)}`);
    case 'maximum':
    case 'exclusiveMaximum':
      return value(`must be at most ${String(params['limit'])}, not ${String(error.data)}`);
    case 'minLength':
      return value(
        params['limit'] === 1 ? 'must not be empty' : `must have at least ${String(params['limit'])} characters`,
      );
    case 'maxLength':
      return value(`must not be longer than ${String(params['limit'])} characters`);
    case 'minItems':
      return value(`must have at least ${String(params['limit'])} item${params['limit'] === 1 ? '' : 's'}`);
    case 'maxItems':
      return value(`must not have more than ${String(params['limit'])} items`);
    case 'pattern':
      return value(patternRule(parent?.['description'], String(params['pattern'])));
    default:
      return value(error.message ?? `breaks the rule "${error.keyword}"`);
  }
}

/** A description that goes on from "must be" takes the place of the pattern; a sentence stands behind it. */
function patternRule(description: unknown, pattern: string): string {
  if (typeof description !== 'string') return `must match ${pattern}`;
  return /^(?:an?|the|one of) /.test(description) ? `must be ${description}` : `must match ${pattern}: ${description}`;
}

function nameRule(error: ErrorObject): string {
  const names = (error.parentSchema as { propertyNames?: { description?: string } } | undefined)?.propertyNames;
  return `is not a valid name: must be ${names?.description ?? 'as the schema says'}`;
}

function types(type: unknown, parent: Record<string, unknown> | undefined): string {
  const words: Record<string, string> = {
    object: 'a map',
    array: 'a list',
    string: 'a string',
    number: 'a number',
    integer: 'an integer',
    boolean: 'true or false',
    null: 'null',
  };
  const named = (Array.isArray(type) ? type : String(type).split(',')).map(
    (name) => words[String(name)] ?? String(name),
  );
  const items = parent?.['items'] as { type?: unknown } | undefined;
  if (named[0] === 'a list' && items?.type === 'string') return 'a list of strings';
  return named.length < 2 ? (named[0] ?? 'valid') : `${named.slice(0, -1).join(', ')} or ${named.at(-1)}`;
}

function described(parent: Record<string, unknown> | undefined): string {
  return typeof parent?.['description'] === 'string' ? parent['description'] : 'one of the allowed forms';
}

function pointer(instancePath: string): (string | number)[] {
  if (instancePath === '') return [];
  return instancePath
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^(0|[1-9][0-9]*)$/.test(step) ? Number(step) : step));
}
