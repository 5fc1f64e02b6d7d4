import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { CONFIG_SCHEMA } from '../src/config/schema.ts';
import { COMMANDS_SCHEMA, METADATA_SCHEMA } from '../src/contract/schemas.ts';
import { schemaOptions, validatorPath, type Errors } from '../src/core/schema-validator.ts';
import { LOCK_SCHEMA } from '../src/lock/schema.ts';
import { INDEX_SCHEMA } from '../src/registry/index-schema.ts';

/** What a start validates with, and what is large. */
const SCHEMAS: readonly (readonly [schema: object, errors: Errors])[] = [
  [CONFIG_SCHEMA, 'all'],
  [LOCK_SCHEMA, 'first'],
  [METADATA_SCHEMA, 'all'],
  [COMMANDS_SCHEMA, 'all'],
  [INDEX_SCHEMA, 'first'],
];

/** Compiles our own schemas, one file each, so that no start does it: see `schemaValidator`. */
export async function buildValidators(root: string, outdir: string): Promise<void> {
  for (const [schema, errors] of SCHEMAS) {
    const ajv = new Ajv({ ...schemaOptions(errors), code: { source: true } });
    const { outputFiles } = await build({
      stdin: { contents: standalone.default(ajv, ajv.compile(schema)), resolveDir: root, loader: 'js' },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      minify: true,
      legalComments: 'none',
      write: false,
      logLevel: 'warning',
    });
    const file = join(outdir, validatorPath(schema, errors));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, outputFiles[0]?.contents ?? new Uint8Array());
  }
}
