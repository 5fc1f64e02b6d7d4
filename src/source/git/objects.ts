/**
 * Guarantees that every object that is used hashes to the name it was asked for, from the commit down, and is well formed.
 * Trusts SHA-1 as far as git does; what a plugin is locked by is the SHA-256 of each file.
 */
import { createHash } from 'node:crypto';
import { PluginError } from '../../core/errors.ts';
import type { GitObject, GitObjectType, ObjectStore } from './types.ts';

export interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
}

const MAX_TREE_BYTES = 8 * 1024 * 1024;

/** One object of the stated type, its hash checked. */
export async function readObject(
  store: ObjectStore,
  source: string,
  oid: string,
  type: GitObjectType,
  maxBytes: number = MAX_TREE_BYTES,
): Promise<Uint8Array> {
  const object = await store.object(oid, maxBytes);
  if (object === undefined) {
    throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot open "${source}": it has no ${type} ${oid}`, {
      hint: 'check that the commit exists and was pushed',
    });
  }
  if (hashOf(object) !== oid) {
    throw new PluginError('ERR_INTEGRITY', `Cannot open "${source}": object ${oid} is damaged`, {
      details: { expected: oid, actual: hashOf(object) },
    });
  }
  if (object.type !== type) {
    throw new PluginError(
      'ERR_SOURCE_FETCH',
      `Cannot open "${source}": object ${oid} is a ${object.type}, not a ${type}`,
    );
  }
  return object.bytes;
}

function hashOf({ type, bytes }: GitObject): string {
  return createHash('sha1').update(`${type} ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

/** The tree of a commit. */
export function parseCommit(source: string, bytes: Uint8Array): string {
  const tree = /^tree ([0-9a-f]{40})\n/.exec(new TextDecoder('latin1').decode(bytes.subarray(0, 64)))?.[1];
  if (tree === undefined) throw new PluginError('ERR_SOURCE_FETCH', `Cannot open "${source}": its commit is malformed`);
  return tree;
}

export function parseTree(source: string, bytes: Uint8Array): ReadonlyMap<string, TreeEntry> {
  const malformed = (): PluginError =>
    new PluginError('ERR_SOURCE_FETCH', `Cannot open "${source}": one of its trees is malformed`);
  const entries = new Map<string, TreeEntry>();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let at = 0;
  while (at < bytes.byteLength) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0, space);
    if (space === -1 || nul === -1 || nul + 21 > bytes.byteLength) throw malformed();
    const mode = new TextDecoder('latin1').decode(bytes.subarray(at, space)).padStart(6, '0');
    const oid = Buffer.from(bytes.subarray(nul + 1, nul + 21)).toString('hex');
    at = nul + 21;
    let name: string;
    try {
      name = decoder.decode(bytes.subarray(space + 1, nul));
    } catch {
      // A name that is not UTF-8 can be no module's id: nothing can ask for it.
      continue;
    }
    if (name === '' || name.includes('/') || entries.has(name)) throw malformed();
    entries.set(name, { mode, oid });
  }
  return entries;
}
