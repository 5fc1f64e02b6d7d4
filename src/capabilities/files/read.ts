import { constants, type Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { FileStat } from '../../protocol/requests.ts';
import { FileFault } from './errors.ts';
import { entries, inside, type Folder } from './folder.ts';
import { isStaging } from './paths.ts';
import type { Spot } from './places.ts';

export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Without a range the whole file, of at most `max` bytes (EFBIG); with one, what there is of it, at most `max`. */
export async function readBytes(spot: Spot, range: Range | undefined, max: number): Promise<Uint8Array> {
  if (spot.name === undefined) throw new FileFault('EISDIR');
  const handle = await spot.folder.open(spot.name, constants.O_RDONLY);
  try {
    const { size } = await handle.stat();
    if (range === undefined && size > max) throw new FileFault('EFBIG');
    const offset = range?.offset ?? 0;
    const buffer = Buffer.alloc(Math.max(0, Math.min(range?.length ?? size, size - offset, max)));
    let filled = 0;
    while (filled < buffer.byteLength) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.byteLength - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return new Uint8Array(buffer.buffer, buffer.byteOffset, filled);
  } finally {
    await handle.close();
  }
}

export async function statOf(spot: Spot, follow: boolean): Promise<FileStat> {
  const found = spot.name === undefined ? await spot.folder.stat() : await lstat(spot.folder.at(spot.name));
  if (follow && found.isSymbolicLink()) throw new FileFault('ELOOP');
  return { kind: kindOf(found), size: found.isDirectory() ? 0 : found.size, mtimeMs: found.mtimeMs };
}

export function kindOf(found: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FileStat['kind'] {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  return found.isSymbolicLink() ? 'link' : 'other';
}

const MAX_ENTRIES = 65_536;

/** Sorted by name. `visible` says of a name whether the plugin may know of it. */
export async function listOf(
  spot: Spot,
  visible: (name: string) => boolean,
): Promise<{ name: string; kind: FileStat['kind'] }[]> {
  const list = async (folder: Folder): Promise<{ name: string; kind: FileStat['kind'] }[]> => {
    const found: { name: string; kind: FileStat['kind'] }[] = [];
    for await (const entry of entries(folder)) {
      if (isStaging(entry.name) || !visible(entry.name)) continue;
      if (found.length === MAX_ENTRIES) throw new FileFault('EFBIG');
      found.push({ name: entry.name, kind: kindOf(entry) });
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  return spot.name === undefined ? list(spot.folder) : inside(spot.folder, spot.name, spot.guard, list);
}
