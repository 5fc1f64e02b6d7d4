import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { asset } from '../core/assets.ts';
import { type Digest, digestOf, digestOfJson } from '../core/digest.ts';
import type { Verified } from '../lock/types.ts';
import { ownBase } from './own-base.ts';

/** Raised whenever the same source would make another program: it is part of every key. */
const BUILDER = 3;

/** The build cache's key: what was verified, and everything that makes a program of it. Loads no bundler. */
export async function buildKey(verified: Pick<Verified, 'lock'>): Promise<Digest> {
  tools ??= toolsDigest();
  const { integrity, kind } = verified.lock;
  return digestOfJson({ integrity, kind, base: ownBase(verified.lock), tools: await tools });
}

/** The version of jco-transpile that package.json names; its own package.json cannot be asked for. */
const JCO = '0.15.0';

let tools: Promise<Digest> | undefined;

/** Of esbuild's version, this builder's, and the bundles the host provides. Once a process. */
async function toolsDigest(): Promise<Digest> {
  const manifest = createRequire(import.meta.url)('esbuild/package.json') as { version: string };
  const folder = asset('guest/node');
  const names = existsSync(folder) ? await readdir(folder) : [];
  const shims = names.filter((file) => file.endsWith('.js')).sort();
  const files = [asset('guest/sdk.js'), asset('guest/component.js'), ...shims.map((name) => join(folder, name))];
  const provided = await Promise.all(files.map(async (file) => digestOf(await readFile(file))));
  return digestOfJson({ builder: BUILDER, esbuild: manifest.version, jco: JCO, shims, provided });
}
