import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from './assets.ts';

/** This package's version: what plugins' `min_aitbc_version` and `max_aitbc_version` are compared with. */
export const HOST_VERSION: string = (
  JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string }
).version;
