/**
 * Builds `dist/` from nothing: the library with tsc; the command line, the runtime process, the guest and the SDK that
 * plugins import with esbuild. Built beside and moved in, so that a reader never sees half of it.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CONFIG_SCHEMA } from '../src/config/schema.ts';
import { buildBundles } from './build-bundles.ts';
import { buildGuest } from './build-guest.ts';
import { buildValidators } from './build-validators.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const staging = `${root}dist.new`;
const tsc = `${root}node_modules/typescript/bin/tsc`;

await rm(staging, { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [tsc, '-p', `${root}tsconfig.build.json`, '--outDir', staging], {
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
await buildBundles(root, staging);
await buildGuest(root, staging);
await cp(`${root}runtime/wit`, `${staging}/wit`, { recursive: true });
await cp(`${root}runtime/adapters`, `${staging}/adapters`, { recursive: true });
await mkdir(`${staging}/schema`, { recursive: true });
await writeFile(`${staging}/schema/plugins.schema.json`, `${JSON.stringify(CONFIG_SCHEMA, null, 2)}\n`);
await buildValidators(root, staging);
await rm(`${root}dist`, { recursive: true, force: true });
await rename(staging, `${root}dist`);
