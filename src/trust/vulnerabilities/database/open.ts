/**
 * Looks packages up in the local database. Guarantees that a shard, an index or a pointer that is damaged or missing is told from
 * a package that has no advisories. Trusts who may write the cache folder: digests notice damage there, not malice.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, isDigest } from '../../../core/digest.ts';
import { messageOf } from '../../../core/errors.ts';
import { codeOf } from '../../../core/system-error.ts';
import { judge } from '../match.ts';
import type { Advisory } from '../record.ts';
import type { Hit, Looked, PackageRef } from '../types.ts';
import { databaseFolder, GENERATION, INDEX, POINTER, shardFile, shardOf, type Index, type Pointer } from './layout.ts';

export interface Database {
  readonly info: Pointer;
  look(packages: readonly PackageRef[]): Promise<ReadonlyMap<string, Looked>>;
}

/** Undefined where none was imported. Throws an Error that says what is wrong with the one that is there. */
export async function openDatabase(cacheDir: string): Promise<Database | undefined> {
  const folder = databaseFolder(cacheDir);
  const info = await readPointer(join(folder, POINTER));
  if (info === undefined) return undefined;
  const generation = join(folder, info.generation);
  const bytes = await readFile(join(generation, INDEX));
  if (digestOf(bytes) !== info.index) throw new Error('its index is damaged');
  const index = JSON.parse(bytes.toString('utf8')) as Index;
  const shards = new Map<string, Promise<readonly Advisory[]>>();

  const read = async (shard: string): Promise<readonly Advisory[]> => {
    const expected = Object.hasOwn(index, shard) ? index[shard] : undefined;
    if (expected === undefined) return [];
    const content = await readFile(join(generation, shardFile(shard)));
    if (digestOf(content) !== expected) throw new Error('a part of it is damaged');
    return content
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Advisory);
  };

  const lookOne = async ({ ecosystem, name, version }: PackageRef): Promise<Looked> => {
    if (!Object.hasOwn(info.ecosystems, ecosystem)) return { why: `the local database has nothing of ${ecosystem}` };
    const shard = shardOf(ecosystem, name);
    const reading = shards.get(shard) ?? read(shard);
    shards.set(shard, reading);
    let advisories;
    try {
      advisories = await reading;
    } catch (error) {
      return { why: `the local database cannot be read: ${messageOf(error)}` };
    }
    return { hits: hitsOf(advisories, ecosystem, name, version) };
  };

  return {
    info,
    async look(packages) {
      const looked = new Map<string, Looked>();
      for (const one of packages) looked.set(one.purl, await lookOne(one));
      return looked;
    },
  };
}

/** The advisories that are, or may be, about this version. */
export function hitsOf(advisories: readonly Advisory[], ecosystem: string, name: string, version: string): Hit[] {
  return advisories.flatMap((advisory): Hit[] => {
    if (advisory.ecosystem !== ecosystem || advisory.package !== name) return [];
    const verdict = judge(advisory, version);
    if (verdict.affected === false) return [];
    return [verdict.affected === true ? { advisory, fixed: verdict.fixed } : { advisory, why: verdict.why }];
  });
}

/** Undefined where there is none. */
export async function readPointer(file: string): Promise<Pointer | undefined> {
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  const pointer = JSON.parse(text) as Partial<Pointer> | null;
  const isRight =
    pointer?.layout === 1 &&
    GENERATION.test(pointer.generation ?? '') &&
    isDigest(pointer.index) &&
    [pointer.imported, pointer.newest].every((time) => typeof time === 'string' && !Number.isNaN(Date.parse(time))) &&
    typeof pointer.records === 'number' &&
    typeof pointer.withdrawn === 'number' &&
    typeof pointer.ecosystems === 'object' &&
    pointer.ecosystems !== null &&
    Array.isArray(pointer.sources);
  if (!isRight) throw new Error(`${POINTER} of it is damaged`);
  return pointer as Pointer;
}
