/**
 * A registry's folder that is written to. Guarantees one writer at a time, that the index is replaced whole, after the files it names,
 * and only by one that every reader accepts. Trusts who may write there.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeAtomic } from '../../core/atomic-file.ts';
import { codeOf, storeError } from '../../core/system-error.ts';
import { withFileLock } from '../../lock/file-lock.ts';
import { parseIndex } from '../index-format.ts';
import { EMPTY_INDEX, formatIndexDocument, readIndexDocument, type IndexDocument } from './index-text.ts';

export interface RegistryFolder {
  /** Absolute paths. */
  readonly folder: string;
  readonly index: string;
}

/** `to`: the folder, or its index (`….json`). */
export function registryFolder(to: string): RegistryFolder {
  return to.endsWith('.json') ? { folder: dirname(to), index: to } : { folder: to, index: join(to, 'index.json') };
}

export interface WrittenFile {
  /** Relative to the registry's folder, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array | string;
}

export interface IndexChange<T> {
  /** Undefined: nothing is written. */
  readonly next: IndexDocument | undefined;
  /** Written before the index. */
  readonly files: readonly WrittenFile[];
  readonly result: T;
}

/**
 * Lets `change` make a new index of the one that is there (a new one where there is none), while nobody else can.
 * ERR_REGISTRY for an index that is none, ERR_STORE.
 */
export async function changeRegistry<T>(
  { folder, index }: RegistryFolder,
  change: (before: IndexDocument) => Promise<IndexChange<T>>,
): Promise<T> {
  await makeFolder(folder);
  return withFileLock(index, async ({ file, assertHeld }) => {
    const { next, files, result } = await change(await readIndexFile(index));
    const text = next === undefined ? undefined : formatIndexDocument(next);
    if (text !== undefined) parseIndex(Buffer.from(text), basename(index));
    await assertHeld();
    for (const { path, bytes } of files) await write(join(folder, path), bytes);
    if (text !== undefined) await write(file, text);
    return result;
  });
}

export async function readIndexFile(index: string): Promise<IndexDocument> {
  const bytes = await readIfThere(index);
  return bytes === undefined ? EMPTY_INDEX : readIndexDocument(bytes, index);
}

export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw storeError('read', path, error);
  }
}

async function write(path: string, bytes: Uint8Array | string): Promise<void> {
  await makeFolder(dirname(path));
  try {
    await writeAtomic(path, bytes);
  } catch (error) {
    throw storeError('write', path, error);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw storeError('write', path, error);
  }
}
