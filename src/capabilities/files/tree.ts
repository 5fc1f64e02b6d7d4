import type { Stats } from 'node:fs';
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { FileFault } from './errors.ts';
import { entries, inside, noGuard, type Folder, type Guard } from './folder.ts';
import { isStaging } from './paths.ts';

/** Deeper trees are refused: each level of the recursion holds a folder open. */
const MAX_LEVELS = 192;

export interface Removal {
  readonly guard: Guard;
  /** Told of each thing that is gone. */
  readonly removed: (found: Stats) => void;
}

/** Removes `name` and all below it without following a link. What stands before a refusal is gone then. */
export async function removeTree(folder: Folder, name: string, how: Removal, levels = MAX_LEVELS): Promise<void> {
  const found = await lstat(folder.at(name));
  if (!found.isDirectory()) {
    await unlink(folder.at(name));
    how.removed(found);
    return;
  }
  if (levels === 0) throw new FileFault('ENAMETOOLONG');
  await inside(folder, name, how.guard, (inner) => emptyFolder(inner, how, levels - 1));
  await rmdir(folder.at(name));
  how.removed(found);
}

export async function emptyFolder(folder: Folder, how: Removal, levels = MAX_LEVELS): Promise<void> {
  // Listed first: what a listing does while its entries go is unspecified.
  const names: string[] = [];
  for await (const entry of entries(folder)) names.push(entry.name);
  for (const name of names) await removeTree(folder, name, how, levels);
}

/** Bytes and files below a folder; half-written files of an earlier run are removed on the way. */
export async function measure(folder: Folder, levels = MAX_LEVELS): Promise<{ bytes: number; files: number }> {
  const total = { bytes: 0, files: 0 };
  if (levels === 0) throw new FileFault('ENAMETOOLONG');
  for await (const entry of entries(folder)) {
    if (isStaging(entry.name)) {
      await unlink(folder.at(entry.name));
      continue;
    }
    const found = await lstat(folder.at(entry.name));
    total.files += 1;
    if (!found.isDirectory()) {
      total.bytes += found.size;
      continue;
    }
    const below = await inside(folder, entry.name, noGuard, (inner) => measure(inner, levels - 1));
    total.bytes += below.bytes;
    total.files += below.files;
  }
  return total;
}

/** Folders below each other from `name` on; 0 for what is no folder. The guard sees each. */
export async function levelsOf(folder: Folder, name: string, guard: Guard, most: number): Promise<number> {
  const found = await lstat(folder.at(name));
  if (!found.isDirectory()) return 0;
  if (most === 0) throw new FileFault('ENAMETOOLONG');
  return inside(folder, name, guard, async (inner) => {
    let deepest = 0;
    for await (const entry of entries(inner)) {
      if (entry.isDirectory()) deepest = Math.max(deepest, await levelsOf(inner, entry.name, guard, most - 1));
    }
    return deepest + 1;
  });
}
