/**
 * Folders for `/tmp`, one for each broker: two hosts that run the same plugin never share one. Trusts that the names in
 * the folder around them are this file's, and that a process of this machine that is gone will not come back for its own.
 */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { noGuard, openRoot } from './folder.ts';
import { removeTree } from './tree.ts';

const MACHINE = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');

/** `<parent>/<machine>.<pid>.<random>`; not made yet. */
export function newTempFolder(parent: string): string {
  return join(parent, `${MACHINE}.${process.pid}.${randomBytes(4).toString('hex')}`);
}

/** Removes what brokers of this machine left whose process is gone. */
export async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [machine, pid] = name.split('.');
    if (machine === MACHINE && !isAlive(Number(pid))) await removeFolder(join(parent, name));
  }
}

/** Removes a folder and all below it; one that is gone already is good. */
export async function removeFolder(path: string): Promise<void> {
  const parent = await openRoot(dirname(path));
  try {
    await removeTree(parent, basename(path), { guard: noGuard, removed: () => undefined });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  } finally {
    await parent.close();
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
