import type { Stats } from 'node:fs';
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { FileFault } from './errors.ts';
import { entries, type Folder } from './folder.ts';
import { isStaging } from './paths.ts';

/** Deeper trees are refused: each level of the recursion holds a folder open. */
const MAX_LEVELS = 192;

/** Removes `name` and all below it without following a link; `removed` is told of each. */
export async function removeTree(
  folder: Folder,
  name: string,
  removed: (found: Stats) => void,
  levels = MAX_LEVELS,
): Promise<void> {
  const found = await lstat(folder.at(name));
  if (!found.isDirectory()) {
    await unlink(folder.at(name));
    removed(found);
    return;
  }
  if (levels === 0) throw new FileFault('ENAMETOOLONG');
  const inner = await folder.enter(name);
  try {
    await emptyFolder(inner, removed, levels - 1);
  } finally {
    await inner.close();
  }
  await rmdir(folder.at(name));
  removed(found);
}

export async function emptyFolder(folder: Folder, removed: (found: Stats) => void, levels = MAX_LEVELS): Promise<void> {
  // Listed first: what a listing does while its entries go is unspecified.
  const names: string[] = [];
  for await (const entry of entries(folder)) names.push(entry.name);
  for (const name of names) await removeTree(folder, name, removed, levels);
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
    const inner = await folder.enter(entry.name);
    try {
      const below = await measure(inner, levels - 1);
      total.bytes += below.bytes;
      total.files += below.files;
    } finally {
      await inner.close();
    }
  }
  return total;
}

/** Folders below each other from `name` on; 0 for what is no folder. */
export async function levelsOf(folder: Folder, name: string, most: number): Promise<number> {
  const found = await lstat(folder.at(name));
  if (!found.isDirectory()) return 0;
  if (most === 0) throw new FileFault('ENAMETOOLONG');
  const inner = await folder.enter(name);
  try {
    let deepest = 0;
    for await (const entry of entries(inner)) {
      if (entry.isDirectory()) deepest = Math.max(deepest, await levelsOf(inner, entry.name, most - 1));
    }
    return deepest + 1;
  } finally {
    await inner.close();
  }
}
