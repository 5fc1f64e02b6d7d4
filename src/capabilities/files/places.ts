/**
 * Finds the place a guest's path means: its own files, its own folders or a mount; and opens the folder it stands in by
 * a walk that follows no link, enters no kernel file system and none of the host's own folders.
 */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Grants } from '../grants.ts';
import type { Decision } from '../rules.ts';
import { FileFault } from './errors.ts';
import { isKernelFolder, noGuard, openRoot, walk, type Folder, type Guard } from './folder.ts';
import { checkRead, checkWrite, checkWriteTree, isWithin, mountOf } from './mounts.ts';
import { partsOf } from './paths.ts';

export interface OwnFolders {
  /** The folder of `/data`: the plugin's alone, made (0700) if missing. */
  readonly dataDir: string;
  /** Where `/tmp` is made, a new folder for each broker; what processes that are gone left there is removed. */
  readonly tempDir: string;
  /** `/plugin`: verified bytes by module id. */
  readonly plugin: ReadonlyMap<string, Uint8Array>;
  /** Folders and files of the host that no mount reaches, whatever stands in the config. */
  readonly hidden?: readonly string[];
}

export type Place =
  | { readonly kind: 'plugin'; readonly path: string; readonly inner: string }
  | { readonly kind: 'own'; readonly path: string; readonly root: string; readonly names: readonly string[] }
  | { readonly kind: 'mount'; readonly path: string; readonly root: string; readonly names: readonly string[] };

export type Access = 'read' | 'write' | 'write-tree';

const OWN: Decision = { allowed: true, rule: 'default', granted: true, denials: [] };

/** A mount that is longer than the own folder around it wins: `/data/shared` of the host can be mounted. */
export function placeOf(grants: Grants, own: OwnFolders, path: string): Place | undefined {
  const root = mountOf(grants.mounts, path);
  if (root !== undefined) return { kind: 'mount', path, root, names: partsOf(path.slice(root.length)) };
  if (isWithin('/plugin', path)) return { kind: 'plugin', path, inner: partsOf(path).slice(1).join('/') };
  if (isWithin('/data', path)) return { kind: 'own', path, root: own.dataDir, names: partsOf(path).slice(1) };
  if (isWithin('/tmp', path)) return { kind: 'own', path, root: own.tempDir, names: partsOf(path).slice(1) };
  return undefined;
}

/** The one check of files: what is the plugin's own is granted, everything else by the mounts. */
export function checkPath(grants: Grants, own: OwnFolders, path: string, access: Access): Decision {
  const place = placeOf(grants, own, path);
  if (place !== undefined && place.kind !== 'mount') return OWN;
  if (access === 'read') return checkRead(grants.mounts, path);
  return access === 'write' ? checkWrite(grants.mounts, path) : checkWriteTree(grants.mounts, path);
}

/** The folder that holds the place, and its name there; no name where the place is the root of a folder. */
export interface Spot {
  readonly folder: Folder;
  readonly name: string | undefined;
  /** For every folder that is entered from here. */
  readonly guard: Guard;
}

export async function openSpot(
  place: Exclude<Place, { kind: 'plugin' }>,
  own: OwnFolders,
  changes: boolean,
): Promise<Spot> {
  if (place.kind === 'mount') await refuseHidden(place.root, place.names, own, changes);
  const guard = place.kind === 'own' ? noGuard : await guardOf(own);
  if (place.kind === 'own' || place.names.length > 0) {
    const folder = await walk(await openRoot(place.root), place.names.slice(0, -1), guard);
    return { folder, name: place.names.at(-1), guard };
  }
  // A mount can be one file: then the folder around it is opened, and nothing else of it is ever named.
  const real = await realpath(place.root);
  const isFolder = (await stat(real)).isDirectory();
  const folder = await walk(await openRoot(isFolder ? real : dirname(real)), [], guard);
  return { folder, name: isFolder ? undefined : basename(real), guard };
}

/**
 * Refuses what is hidden by its real path, which is certain as no link is followed below a mount; for a change, also what
 * holds something hidden: it could be moved to where it is not, or removed.
 */
async function refuseHidden(root: string, names: readonly string[], own: OwnFolders, changes: boolean): Promise<void> {
  const target = join(await realpath(root), ...names);
  for (const path of own.hidden ?? []) {
    const real = await realpath(path).catch(() => path);
    if (isWithin(real, target) || (changes && isWithin(target, real))) throw new FileFault('EACCES');
  }
}

/** Refuses the host's own folders by identity, however the walk came to them, and kernel file systems. */
async function guardOf(own: OwnFolders): Promise<Guard> {
  const hidden = new Set<string>();
  for (const path of own.hidden ?? []) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) hidden.add(`${found.dev}:${found.ino}`);
  }
  let device: number | undefined;
  return async (folder: Folder) => {
    const found = await folder.stat();
    if (hidden.has(`${found.dev}:${found.ino}`)) throw new FileFault('EACCES');
    if (found.dev !== device && (await isKernelFolder(folder))) throw new FileFault('EACCES');
    device = found.dev;
  };
}

/** Runs `work` at a place and closes its folder. */
export async function atSpot<T>(
  place: Exclude<Place, { kind: 'plugin' }>,
  own: OwnFolders,
  how: { readonly changes: boolean },
  work: (spot: Spot) => Promise<T>,
): Promise<T> {
  const spot = await openSpot(place, own, how.changes);
  try {
    return await work(spot);
  } finally {
    await spot.folder.close();
  }
}
