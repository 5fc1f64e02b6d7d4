import { join } from 'node:path';
import { digestOf, type Digest } from '../../../core/digest.ts';
import type { DatabaseInfo } from '../types.ts';

/**
 * `<cache>/osv/current.json` names the generation that counts and the digest of its index; `<generation>/index.json` has the digest of
 * each shard; a shard has one advisory a line. What does not match is damaged, and not empty.
 */
export interface Pointer extends DatabaseInfo {
  readonly layout: 1;
  readonly generation: string;
  readonly index: Digest;
}

export type Index = Readonly<Record<string, Digest>>;

export function databaseFolder(cacheDir: string): string {
  return join(cacheDir, 'osv');
}

export const POINTER = 'current.json';
export const INDEX = 'index.json';
export const GENERATION = /^g-[0-9a-f]{16}$/;

/** The shard of a package: 4,096 of them, so that a look-up in all of npm's advisories reads some kilobytes. */
export function shardOf(ecosystem: string, name: string): string {
  return digestOf(`${ecosystem}\n${name}`).slice('sha256:'.length, 'sha256:'.length + 3);
}

export function shardFile(shard: string): string {
  return `${shard}.ndjson`;
}
