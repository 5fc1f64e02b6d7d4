/**
 * A folder held open, in which names are used relative to it: on Linux through `/proc/self/fd`, so that no swap of a name
 * for a symbolic link, at any moment, leads out of it. Trusts the path of a root, which the operator wrote; elsewhere than
 * on Linux each step is checked by lstat and a race remains (docs/permissions.md).
 */
import { constants, existsSync, type Dirent, type Stats } from 'node:fs';
import { lstat, open, opendir, stat, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FileFault } from './errors.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Not in Node's table; the same on every architecture Node supports. Opens without effect on what is opened. */
const O_PATH = 0o10000000;

export const HAS_PROC: boolean = process.platform === 'linux' && existsSync('/proc/self/fd');

export interface Folder {
  /** The path for one system call on `name`, which must be a single name. */
  at(name: string): string;
  /** The path for one system call on the folder itself. */
  readonly self: string;
  stat(): Promise<Stats>;
  /** The folder `name` in it: ENOENT, ENOTDIR, ELOOP for a symbolic link. */
  enter(name: string): Promise<Folder>;
  /**
   * Opens the regular file `name` with `flags`, which must not create. A link, folder, FIFO, socket or device is refused
   * without being opened: opening one can block, or have effects.
   */
  open(name: string, flags: number): Promise<FileHandle>;
  close(): Promise<void>;
}

/** Opens a root by its path, links followed: the operator's path. */
export async function openRoot(path: string): Promise<Folder> {
  return HAS_PROC ? heldFolder(await open(path, O_PATH | O_DIRECTORY)) : openPlainRoot(path);
}

/** The same where folders cannot be held open. */
export async function openPlainRoot(path: string): Promise<Folder> {
  if (!(await stat(path)).isDirectory()) throw new FileFault('ENOTDIR');
  return plainFolder(path);
}

function heldFolder(handle: FileHandle): Folder {
  const self = `/proc/self/fd/${handle.fd}`;
  return {
    self,
    at: (name) => `${self}/${single(name)}`,
    stat: () => handle.stat(),
    async enter(name) {
      const path = `${self}/${single(name)}`;
      try {
        return heldFolder(await open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW));
      } catch (error) {
        if ((error as { code?: unknown }).code === 'ENOTDIR' && (await lstat(path)).isSymbolicLink()) {
          throw new FileFault('ELOOP');
        }
        throw error;
      }
    },
    async open(name, flags) {
      const found = await open(`${self}/${single(name)}`, O_PATH | O_NOFOLLOW);
      try {
        refuseSpecial(await found.stat());
        return await open(`/proc/self/fd/${found.fd}`, flags);
      } finally {
        await found.close();
      }
    },
    close: () => handle.close(),
  };
}

function plainFolder(path: string): Folder {
  return {
    self: path,
    at: (name) => join(path, single(name)),
    stat: () => stat(path),
    async enter(name) {
      const below = join(path, single(name));
      const found = await lstat(below);
      if (found.isSymbolicLink()) throw new FileFault('ELOOP');
      if (!found.isDirectory()) throw new FileFault('ENOTDIR');
      return plainFolder(below);
    },
    async open(name, flags) {
      const below = join(path, single(name));
      const before = await lstat(below);
      refuseSpecial(before);
      const handle = await open(below, flags | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
      const after = await handle.stat();
      if (after.ino === before.ino && after.dev === before.dev) return handle;
      await handle.close();
      throw new FileFault('ELOOP');
    },
    close: () => Promise.resolve(),
  };
}

function single(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name) || (!HAS_PROC && name.includes('\\'))) {
    throw new FileFault('ENOENT');
  }
  return name;
}

/** Sees every folder that is entered, before anything in it is used; throws to refuse it. */
export type Guard = (folder: Folder) => Promise<void>;

export const noGuard: Guard = () => Promise.resolve();

/** Goes down `names`, closing each folder on the way, `root` too. */
export async function walk(root: Folder, names: readonly string[], guard: Guard): Promise<Folder> {
  let at = root;
  try {
    await guard(at);
    for (const name of names) {
      const next = await at.enter(name);
      await at.close();
      at = next;
      await guard(at);
    }
    return at;
  } catch (error) {
    await at.close();
    throw error;
  }
}

/** Runs `work` in the folder `name`, and closes it. */
export async function inside<T>(
  folder: Folder,
  name: string,
  guard: Guard,
  work: (inner: Folder) => Promise<T>,
): Promise<T> {
  const inner = await folder.enter(name);
  try {
    await guard(inner);
    return await work(inner);
  } finally {
    await inner.close();
  }
}

function refuseSpecial(found: Stats): void {
  if (found.isSymbolicLink()) throw new FileFault('ELOOP');
  if (found.isDirectory()) throw new FileFault('EISDIR');
  if (!found.isFile()) throw new FileFault('ENOTSUP');
}

/** lstat of `name`, or undefined where nothing has that name. */
export async function lookAt(folder: Folder, name: string): Promise<Stats | undefined> {
  try {
    return await lstat(folder.at(name));
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The entries of a folder, in no order. */
export async function* entries(folder: Folder): AsyncGenerator<Dirent> {
  yield* await opendir(folder.self);
}

// proc, sysfs, devpts, debugfs, tracefs, securityfs, cgroup, cgroup2, bpf: they speak to the kernel, not to a disk.
const KERNEL: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x1cd1, 0x64626720, 0x74726163, 0x73636673, 0x27e0eb, 0x63677270, 0xcafe4a11,
]);

export async function isKernelFolder(folder: Folder): Promise<boolean> {
  return HAS_PROC && KERNEL.has((await statfs(folder.self)).type);
}
