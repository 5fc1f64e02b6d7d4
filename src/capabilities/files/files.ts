/** `files.*`: the arguments of each request, read as what a hostile peer sent, and the action it asks for. */
import type { Limits } from '../../config/types.ts';
import type { PortResult, RequestIo } from '../../contract/port.ts';
import type { Logger } from '../../core/logger.ts';
import type { GuestOp } from '../../protocol/requests.ts';
import type { Value } from '../../protocol/values.ts';
import type { Leases } from '../leases.ts';
import { bytes, count, flag, members, oneOf } from '../shape.ts';
import { createFileActions, type FileActions } from './actions.ts';
import { readPath } from './paths.ts';
import type { OwnFolders } from './places.ts';
import type { Range } from './read.ts';
import { Turns } from './turns.ts';

type FileOp = Extract<GuestOp, `files.${string}`>;

type Operation = (args: readonly Value[], io: RequestIo) => Promise<PortResult>;

/** Operations of one plugin at a time: 500 lists of a large folder, answered in one turn, held up the host's loop for 300 ms. */
const AT_A_TIME = 8;

export interface Files extends Pick<FileActions, 'usage' | 'close'> {
  readonly operations: Readonly<Record<FileOp, Operation>>;
}

export function createFiles(options: {
  readonly plugin: string;
  readonly limits: Limits;
  readonly leases: Leases;
  readonly own: OwnFolders;
  readonly logger: Logger;
}): Files {
  const actions = createFileActions(options);
  const value = async (work: Promise<unknown>): Promise<PortResult> => ({ value: (await work) as Value });
  const turns = new Turns(AT_A_TIME);
  const operations: Record<FileOp, Operation> = {
    'files.read': ([path, range], io) =>
      value(actions.read(readPath('files.read', 'read', path), readRange(range), io)),
    'files.stat': ([path, follow], io) =>
      value(actions.stat(readPath('files.stat', 'stat', path), flag('files.stat', 'follow', follow), io)),
    'files.readdir': ([path], io) => value(actions.list(readPath('files.readdir', 'list', path), io)),
    'files.write': ([path, data, how], io) => {
      const chunk = bytes('files.write', 'data', data, options.limits.message);
      const mode = oneOf('files.write', 'flag', how, ['w', 'wx', 'a'] as const);
      return value(actions.write(readPath('files.write', 'write', path), chunk, mode, io));
    },
    'files.mkdir': ([path, recursive], io) => {
      const deep = flag('files.mkdir', 'recursive', recursive);
      return value(actions.makeFolders(readPath('files.mkdir', 'make', path), deep, io));
    },
    'files.rm': ([path, how], io) => {
      const wanted = members('files.rm', 'options', how);
      const recursive = flag('files.rm', 'recursive', wanted.get('recursive'));
      const force = flag('files.rm', 'force', wanted.get('force'));
      return value(actions.remove(readPath('files.rm', 'remove', path), recursive, force, io));
    },
    'files.rename': ([from, to], io) =>
      value(actions.move(readPath('files.rename', 'move', from), readPath('files.rename', 'move', to), io)),
    'files.copy': ([from, to], io) =>
      value(actions.copy(readPath('files.copy', 'copy', from), readPath('files.copy', 'copy', to), io)),
    'files.truncate': ([path, length], io) => {
      const size = count('files.truncate', 'length', length);
      return value(actions.truncate(readPath('files.truncate', 'truncate', path), size, io));
    },
  };
  return {
    operations: Object.fromEntries(
      Object.entries(operations).map(([op, perform]) => [
        op,
        (args: readonly Value[], io: RequestIo) => turns.run(io.signal, async () => perform(args, io)),
      ]),
    ) as Record<FileOp, Operation>,
    usage: actions.usage,
    close: actions.close,
  };
}

function readRange(value: Value): Range | undefined {
  if (value === undefined || value === null) return undefined;
  const range = members('files.read', 'range', value);
  return {
    offset: count('files.read', 'offset', range.get('offset')),
    length: count('files.read', 'length', range.get('length')),
  };
}
