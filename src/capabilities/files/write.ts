/**
 * Changes below a folder that is held open. A file is replaced by a new one under its name, so that a reader sees the old
 * or the new content and a name never leads to a file outside; only `a` and `truncate` change a file in place, and they
 * refuse one that has a second name.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { link, mkdir, open, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { FileFault } from './errors.ts';
import { lookAt, type Folder, type Guard } from './folder.ts';
import { MAX_DEPTH } from './paths.ts';
import type { Spot } from './places.ts';
import type { Usage } from './quota.ts';
import { levelsOf, removeTree } from './tree.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, O_APPEND } = constants;

/** Levels of folders that a tree of the operator's may have and still be moved or removed. */
const MAX_TREE = 128;

/** Who counts: asked before a change, told after it. */
export interface Meter {
  demand(more: Usage): void;
  add(more: Usage): void;
}

const NO_FILE: Usage = { bytes: 0, files: 0 };

function weightOf(found: Stats | undefined): Usage {
  return found === undefined ? NO_FILE : { bytes: found.isDirectory() ? 0 : found.size, files: 1 };
}

function minus(a: Usage, b: Usage): Usage {
  return { bytes: a.bytes - b.bytes, files: a.files - b.files };
}

/** Puts a file of `size` bytes in the place of whatever file has the name; `exclusive`: only if none has. */
export async function putFile(
  folder: Folder,
  name: string,
  size: number,
  fill: (handle: FileHandle) => Promise<void>,
  options: { readonly exclusive: boolean; readonly meter: Meter },
): Promise<void> {
  const before = await lookAt(folder, name);
  if (before !== undefined && options.exclusive) throw new FileFault('EEXIST');
  refuseOther(before);
  const more = minus({ bytes: size, files: 1 }, weightOf(before));
  options.meter.demand(more);
  const staging = `.aitbc-${randomBytes(8).toString('hex')}.part`;
  const flags = O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0);
  const handle = await open(folder.at(staging), flags, before === undefined ? 0o600 : before.mode & 0o777);
  try {
    try {
      await fill(handle);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    if (options.exclusive) {
      await link(folder.at(staging), folder.at(name));
      await unlink(folder.at(staging));
    } else {
      await rename(folder.at(staging), folder.at(name));
    }
  } catch (error) {
    await unlink(folder.at(staging)).catch(() => undefined);
    throw error;
  }
  options.meter.add(more);
}

export async function appendFile(folder: Folder, name: string, data: Uint8Array, meter: Meter): Promise<void> {
  const before = await lookAt(folder, name);
  if (before === undefined) {
    return putFile(folder, name, data.byteLength, (handle) => handle.writeFile(data), { exclusive: true, meter });
  }
  const handle = await folder.open(name, O_WRONLY | O_APPEND);
  try {
    const found = await handle.stat();
    if (found.nlink > 1) throw new FileFault('EMLINK');
    meter.demand({ bytes: data.byteLength, files: 0 });
    await handle.appendFile(data);
    meter.add({ bytes: (await handle.stat()).size - found.size, files: 0 });
  } finally {
    await handle.close();
  }
}

export async function truncateFile(folder: Folder, name: string, length: number, meter: Meter): Promise<void> {
  const handle = await folder.open(name, O_WRONLY);
  try {
    const found = await handle.stat();
    if (found.nlink > 1) throw new FileFault('EMLINK');
    const more = { bytes: length - found.size, files: 0 };
    meter.demand(more);
    await handle.truncate(length);
    meter.add(more);
  } finally {
    await handle.close();
  }
}

/** Makes `name`; with `recursive` one that is there already is good. */
export async function makeFolder(folder: Folder, name: string, recursive: boolean, meter: Meter): Promise<void> {
  const before = await lookAt(folder, name);
  if (before !== undefined) {
    if (recursive && before.isDirectory()) return;
    throw new FileFault(recursive && before.isSymbolicLink() ? 'ELOOP' : 'EEXIST');
  }
  meter.demand({ bytes: 0, files: 1 });
  await mkdir(folder.at(name), { mode: 0o700 });
  meter.add({ bytes: 0, files: 1 });
}

/** A file, an empty folder, or with `recursive` all below it. */
export async function removeAt(
  { folder, guard }: Pick<Spot, 'folder' | 'guard'>,
  name: string,
  recursive: boolean,
  meter: Meter,
): Promise<void> {
  const removed = (found: Stats): void => meter.add(minus(NO_FILE, weightOf(found)));
  if (recursive) {
    // Walked whole before the first removal: a refusal in it removes nothing.
    await levelsOf(folder, name, guard, MAX_TREE);
    return removeTree(folder, name, { guard, removed });
  }
  const before = await lookAt(folder, name);
  if (before === undefined) throw new FileFault('ENOENT');
  await (before.isDirectory() ? rmdir(folder.at(name)) : unlink(folder.at(name)));
  removed(before);
}

/** `depth`: of the new path, so that no tree grows deeper than the walks go. */
export async function moveTo(
  from: { readonly folder: Folder; readonly name: string; readonly guard: Guard },
  to: { readonly folder: Folder; readonly name: string; readonly depth: number },
  meter: Meter,
): Promise<void> {
  const moved = await lookAt(from.folder, from.name);
  if (moved === undefined) throw new FileFault('ENOENT');
  const replaced = await lookAt(to.folder, to.name);
  if (replaced !== undefined && !replaced.isFile() && !replaced.isDirectory()) throw new FileFault('ENOTSUP');
  if (moved.isDirectory()) {
    const levels = await levelsOf(from.folder, from.name, from.guard, MAX_TREE);
    if (to.depth + levels > MAX_DEPTH + 1) throw new FileFault('ENAMETOOLONG');
  }
  await rename(from.folder.at(from.name), to.folder.at(to.name));
  const same = replaced !== undefined && replaced.ino === moved.ino && replaced.dev === moved.dev;
  if (!same) meter.add(minus(NO_FILE, weightOf(replaced)));
}

function refuseOther(found: Stats | undefined): void {
  if (found === undefined || found.isFile()) return;
  if (found.isSymbolicLink()) throw new FileFault('ELOOP');
  throw new FileFault(found.isDirectory() ? 'EISDIR' : 'ENOTSUP');
}
