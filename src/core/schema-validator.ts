import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Ajv as AjvClass, Options, ValidateFunction } from 'ajv';
import { asset } from './assets.ts';
import { digestOfJson } from './digest.ts';
import type { Json } from './json.ts';

/** `all`: every error, with the values, to explain them; `first`: the first one, for what may be large. */
export type Errors = 'all' | 'first';

/** How our own schemas are compiled, here and by `scripts/build-validators.ts`. */
export function schemaOptions(errors: Errors): Options {
  return { allErrors: errors === 'all', verbose: errors === 'all', strict: false, ownProperties: true };
}

/**
 * The validator of one of our own schemas. It was compiled when the package was built, for compiling takes longer than a
 * whole start; a schema that the build did not see, in a checkout, is compiled now.
 */
export function schemaValidator<T = unknown>(schema: object, errors: Errors = 'all'): ValidateFunction<T> {
  const built = asset(validatorPath(schema, errors));
  if (existsSync(built)) return require(built) as ValidateFunction<T>;
  const { Ajv } = require('ajv') as { Ajv: typeof AjvClass };
  return new Ajv(schemaOptions(errors)).compile<T>(schema);
}

/** Below `dist/`. The name is a digest of schema and options: a validator of another schema is never taken for it. */
export function validatorPath(schema: object, errors: Errors): string {
  const key = digestOfJson({ schema, options: schemaOptions(errors) } as unknown as Json);
  return `schema/validators/${key.slice('sha256:'.length, 'sha256:'.length + 32)}.cjs`;
}

const require = createRequire(import.meta.url);
