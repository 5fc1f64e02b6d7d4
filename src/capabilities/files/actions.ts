/**
 * What a plugin reads and changes of its own folders and its mounts. Guarantees that each path is checked, then walked
 * without following a link, and that its own folders stay in their quota; trusts `folder.ts` for the walk.
 */
import { constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Limits } from '../../config/types.ts';
import type { RequestIo } from '../../contract/port.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { FileStat } from '../../protocol/requests.ts';
import type { Leases, Use } from '../leases.ts';
import { fileError, FileFault, shownFileError } from './errors.ts';
import { openRoot } from './folder.ts';
import { checkRead, isWithin } from './mounts.ts';
import { createOwnFiles } from './own-files.ts';
import { depthOf } from './paths.ts';
import { atSpot, checkPath, placeOf, type Access, type OwnFolders, type Place, type Spot } from './places.ts';
import { createQuota, type Usage } from './quota.ts';
import { listOf, readBytes, statOf, type Range } from './read.ts';
import { newTempFolder, removeFolder, removeStale } from './temp.ts';
import { measure } from './tree.ts';
import { appendFile, makeFolder, moveTo, putFile, removeAt, truncateFile, type Meter } from './write.ts';

type Disk = Exclude<Place, { kind: 'plugin' }>;

/** What can be done with files. Paths are normalised by `readPath`; nothing else about them was checked. */
export interface FileActions {
  /** Without a range the whole file, of at most a message (EFBIG). */
  read(path: string, range: Range | undefined, io: RequestIo): Promise<Uint8Array>;
  stat(path: string, follow: boolean, io: RequestIo): Promise<FileStat>;
  list(path: string, io: RequestIo): Promise<{ name: string; kind: FileStat['kind'] }[]>;
  write(path: string, data: Uint8Array, how: 'w' | 'wx' | 'a', io: RequestIo): Promise<void>;
  truncate(path: string, length: number, io: RequestIo): Promise<void>;
  makeFolders(path: string, recursive: boolean, io: RequestIo): Promise<void>;
  remove(path: string, recursive: boolean, force: boolean, io: RequestIo): Promise<void>;
  move(from: string, to: string, io: RequestIo): Promise<void>;
  copy(from: string, to: string, io: RequestIo): Promise<void>;
  usage(): Promise<Usage>;
  /** Waits for the change under way, and removes `/tmp`. Idempotent. */
  close(): Promise<void>;
}

const LOOKING = { changes: false };
const CHANGING = { changes: true };

/** Milliseconds until the folders of a plugin are made that did not ask for them. */
const PREPARE_AFTER = 1_000;

/** Of a message: what its envelope takes beside the bytes. */
const ENVELOPE = 4_096;

export function createFileActions(options: {
  readonly plugin: string;
  readonly limits: Limits;
  readonly leases: Leases;
  readonly own: OwnFolders;
  readonly logger: Logger;
}): FileActions {
  const { plugin, limits, leases } = options;
  const own = { ...options.own, tempDir: newTempFolder(options.own.tempDir) };
  const quota = createQuota(plugin, limits);
  const ownFiles = createOwnFiles(own.plugin);
  let closed: Promise<void> | undefined;
  const largest = limits.message > 2 * ENVELOPE ? limits.message - ENVELOPE : Math.floor(limits.message / 2);

  // Every request for these folders waits for this; what fails here fails each, with the cause in the log once.
  const prepare = async (): Promise<void> => {
    for (const folder of [own.dataDir, own.tempDir]) await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeStale(options.own.tempDir);
    const data = await openRoot(own.dataDir);
    try {
      quota.add(await measure(data));
    } finally {
      await data.close();
    }
  };
  let ready: Promise<void> | undefined;
  const prepared = (): Promise<void> => {
    if (ready === undefined) {
      ready = quota.change(prepare);
      ready.catch((error: unknown) =>
        options.logger.log('error', `the folders of "${plugin}" cannot be prepared: ${messageOf(error)}`, { plugin }),
      );
    }
    return ready;
  };
  // Not while plugins start, unless one asks; a host that lives on takes away what others left.
  const soon = setTimeout(() => void prepared(), PREPARE_AFTER);
  soon.unref();

  const useOf = (verb: string, path: string, access: Access): Use => ({
    capability: access === 'read' ? 'read' : 'write',
    value: path,
    check: (grants) => checkPath(grants, own, path, access),
    refused: { verb, thing: path, key: access === 'read' ? 'read' : 'write', value: path },
  });

  /** Check, place, work, audit; errors as the guest may see them. */
  const perform = async <T>(
    verb: string,
    path: string,
    access: Access,
    io: RequestIo,
    work: (place: Place) => Promise<T> | T,
  ): Promise<T> => {
    try {
      return await leases.run(useOf(verb, path, access), io.signal, async () => {
        const place = placeOf(leases.grants, own, path);
        if (place === undefined) throw new FileFault('ENOENT');
        if (place.kind === 'own') await prepared();
        return work(place);
      });
    } catch (error) {
      throw shownFileError(verb, path, error);
    }
  };

  const onDisk = (place: Place): Disk => {
    if (place.kind === 'plugin') throw new FileFault('EROFS');
    return place;
  };

  const meterOf = (verb: string, place: Disk): Meter =>
    place.kind === 'own'
      ? { demand: (more) => quota.demand(verb, place.path, more), add: (more) => quota.add(more) }
      : { demand: () => undefined, add: () => undefined };

  /** Changes of own folders run one after the other: their count is exact. */
  const changing = <T>(place: Disk, work: () => Promise<T>): Promise<T> =>
    place.kind === 'own' ? quota.change(work) : work();

  const change = (
    verb: string,
    path: string,
    access: Access,
    io: RequestIo,
    work: (spot: Spot, name: string, meter: Meter) => Promise<void>,
  ): Promise<void> =>
    perform(verb, path, access, io, (found) => {
      const place = onDisk(found);
      return changing(place, () =>
        atSpot(place, own, CHANGING, (spot) => work(spot, named(spot), meterOf(verb, place))),
      );
    });

  const read = async (path: string, range: Range | undefined, io: RequestIo): Promise<Uint8Array> =>
    perform('read', path, 'read', io, (place) => {
      if (place.kind !== 'plugin') return atSpot(place, own, LOOKING, (spot) => readBytes(spot, range, largest));
      const whole = ownFiles.bytes(place.inner);
      if (whole === undefined) throw new FileFault(ownFiles.stat(place.inner) === undefined ? 'ENOENT' : 'EISDIR');
      if (range === undefined && whole.byteLength > largest) throw new FileFault('EFBIG');
      const offset = range?.offset ?? 0;
      return whole.slice(offset, offset + Math.min(range?.length ?? largest, largest));
    });

  const stat = async (path: string, follow: boolean, io: RequestIo): Promise<FileStat> =>
    perform('stat', path, 'read', io, (place) => {
      if (place.kind !== 'plugin') return atSpot(place, own, LOOKING, (spot) => statOf(spot, follow));
      const found = ownFiles.stat(place.inner);
      if (found === undefined) throw new FileFault('ENOENT');
      return found;
    });

  const list = async (path: string, io: RequestIo): Promise<{ name: string; kind: FileStat['kind'] }[]> =>
    perform('list', path, 'read', io, (place) => {
      if (place.kind === 'plugin') {
        const found = ownFiles.list(place.inner);
        if (found === undefined) throw new FileFault(ownFiles.stat(place.inner) === undefined ? 'ENOENT' : 'ENOTDIR');
        return found;
      }
      const seen = (name: string): boolean =>
        place.kind === 'own' || checkRead(leases.grants.mounts, `${path}/${name}`).allowed;
      return atSpot(place, own, LOOKING, (spot) => listOf(spot, seen));
    });

  const write = (path: string, data: Uint8Array, how: 'w' | 'wx' | 'a', io: RequestIo): Promise<void> =>
    change('write', path, 'write', io, ({ folder }, name, meter) =>
      how === 'a'
        ? appendFile(folder, name, data, meter)
        : putFile(folder, name, data.byteLength, (handle) => handle.writeFile(data), {
            exclusive: how === 'wx',
            meter,
          }),
    );

  const makeFolders = async (path: string, recursive: boolean, io: RequestIo): Promise<void> => {
    const place = placeOf(leases.grants, own, path);
    const isRoot = place !== undefined && (place.kind === 'plugin' ? place.inner === '' : place.names.length === 0);
    if (isRoot && recursive) {
      await stat(path, true, io);
      return;
    }
    if (isRoot) throw fileError('make', path, 'EEXIST');
    const missing: string[] = [path];
    if (recursive && place !== undefined && place.kind !== 'plugin') {
      const depth = place.names.length;
      for (let up = 1; up < depth; up++) missing.unshift(path.split('/').slice(0, -up).join('/'));
    }
    for (const each of missing) {
      await change('make', each, 'write', io, ({ folder }, name, meter) => makeFolder(folder, name, recursive, meter));
    }
  };

  const remove = async (path: string, recursive: boolean, force: boolean, io: RequestIo): Promise<void> => {
    try {
      const access = recursive ? 'write-tree' : 'write';
      await change('remove', path, access, io, (spot, name, meter) => removeAt(spot, name, recursive, meter));
    } catch (error) {
      if (!(force && (error as { details?: { code?: unknown } }).details?.code === 'ENOENT')) throw error;
    }
  };

  /** Both ends checked, then both open; `work` gets them. */
  const between = (
    verb: string,
    from: { readonly path: string; readonly access: Access },
    to: { readonly path: string; readonly access: Access },
    io: RequestIo,
    work: (source: Spot, target: Spot, places: readonly [Disk, Disk]) => Promise<void>,
  ): Promise<void> =>
    perform(verb, from.path, from.access, io, (source) =>
      perform(verb, to.path, to.access, io, (found) => {
        const target = onDisk(found);
        const disk = onDisk(source);
        return changing(target, () =>
          atSpot(disk, own, from.access === 'read' ? LOOKING : CHANGING, (one) =>
            atSpot(target, own, CHANGING, (two) => work(one, two, [disk, target])),
          ),
        );
      }),
    );

  const move = (from: string, to: string, io: RequestIo): Promise<void> =>
    between(
      'move',
      { path: from, access: 'write-tree' },
      { path: to, access: 'write-tree' },
      io,
      (one, two, places) => {
        const [source, target] = places;
        const together =
          source.kind === 'own' ? target.kind === 'own' : target.kind === 'mount' && source.root === target.root;
        if (!together) throw new FileFault('EXDEV');
        if (from !== to && isWithin(from, to)) throw new FileFault('EINVAL');
        const end = { folder: two.folder, name: named(two), depth: depthOf(to) };
        return moveTo({ folder: one.folder, name: named(one), guard: one.guard }, end, meterOf('move', target));
      },
    );

  const copy = async (from: string, to: string, io: RequestIo): Promise<void> => {
    const source = placeOf(leases.grants, own, from);
    if (source?.kind === 'plugin') {
      const whole = ownFiles.bytes(source.inner);
      if (whole === undefined)
        throw fileError('copy', from, ownFiles.stat(source.inner) === undefined ? 'ENOENT' : 'EISDIR');
      await write(to, whole, 'w', io);
      return;
    }
    await between(
      'copy',
      { path: from, access: 'read' },
      { path: to, access: 'write' },
      io,
      async (one, two, places) => {
        const input = await one.folder.open(named(one), constants.O_RDONLY);
        try {
          const { size } = await input.stat();
          const fill = async (output: { write(chunk: Uint8Array): Promise<unknown> }): Promise<void> => {
            const chunk = Buffer.alloc(Math.min(size, 1_048_576));
            for (let done = 0; done < size;) {
              io.signal.throwIfAborted();
              const { bytesRead } = await input.read(chunk, 0, Math.min(chunk.byteLength, size - done), done);
              if (bytesRead === 0) break;
              await output.write(chunk.subarray(0, bytesRead));
              done += bytesRead;
            }
          };
          await putFile(two.folder, named(two), size, fill, { exclusive: false, meter: meterOf('copy', places[1]) });
        } finally {
          await input.close();
        }
      },
    );
  };

  return {
    read,
    stat,
    list,
    write,
    truncate: (path, length, io) =>
      change('truncate', path, 'write', io, ({ folder }, name, meter) => truncateFile(folder, name, length, meter)),
    makeFolders,
    remove,
    move,
    copy,
    async usage() {
      await prepared();
      return quota.usage;
    },
    async close() {
      clearTimeout(soon);
      if (ready === undefined) return;
      closed ??= quota.change(() => removeFolder(own.tempDir));
      await closed.catch((error: unknown) =>
        options.logger.log('debug', `the temporary folder of "${plugin}" stays: ${messageOf(error)}`, { plugin }),
      );
    },
  };
}

/** The root of a mount is never changed itself. */
function named(spot: Spot): string {
  if (spot.name === undefined) throw new FileFault('EBUSY');
  return spot.name;
}
