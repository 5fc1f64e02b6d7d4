/**
 * What of a plugin is published. Guarantees that nothing is but what its lock entry names, the documents a reader expects, and its
 * signature: a key, a `.env` or a repository that lies beside it stays where it is. Trusts the lock entry that was just made.
 */
import { readdir } from 'node:fs/promises';
import { PluginError } from '../../core/errors.ts';
import { storeError } from '../../core/system-error.ts';
import { isForeign } from '../../lock/conflicts.ts';
import type { LockEntry } from '../../lock/types.ts';
import { readOwnFile, type FolderFiles } from '../../source/path/files.ts';

const DOCUMENT = /^(?:readme|licen[cs]e|changelog|notice|security)(?:[.-][a-z0-9.-]{1,32})?$/i;

/** Own modules and assets of the entry by id, and the documents at the root of the folder. */
export async function filesOfFolder(folder: FolderFiles, entry: LockEntry): Promise<Map<string, Uint8Array>> {
  const ids = new Set([...ownIds(entry), ...(await documentsOf(folder.root))]);
  const files = new Map<string, Uint8Array>();
  for (const id of [...ids].sort()) files.set(id, await readOwnFile(folder, id));
  return files;
}

/** ERR_USAGE for a module that is not published whole as the one file it is. */
export function assertOneFile(entry: LockEntry, target: string): void {
  const others = ownIds(entry).filter((id) => id !== entry.entry);
  const [first] = others;
  if (first === undefined) return;
  throw new PluginError('ERR_USAGE', `Cannot pack "${target}": it is one file of several, and needs ${first}`, {
    hint: 'name the folder that holds them: it is packed as one archive',
  });
}

function ownIds({ modules }: LockEntry): string[] {
  return Object.keys(modules).filter((id) => !isForeign(id));
}

async function documentsOf(root: string): Promise<string[]> {
  try {
    const found = await readdir(root, { withFileTypes: true });
    return found.filter((one) => one.isFile() && DOCUMENT.test(one.name)).map(({ name }) => name);
  } catch (error) {
    throw storeError('read', root, error);
  }
}
