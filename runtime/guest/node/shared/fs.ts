/** File operations as requests to the broker: their arguments and errors in Node's terms. */
import type { FileStat, GuestRequests } from '../../../../src/protocol/requests.ts';
import { Buffer } from 'node:buffer';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalidType, nodeError } from './errors.ts';
import { host } from './host.ts';

export type PathLike = string | URL | Uint8Array;
export type Data = string | ArrayBufferView | ArrayBuffer;
type FileOp = Extract<keyof GuestRequests, `files.${string}`>;

/** One message carries this much of a file; more goes in pieces. */
export const PIECE = 512 * 1024;

export function pathOf(path: unknown): string {
  const text =
    path instanceof URL ? fileURLToPath(path) : path instanceof Uint8Array ? Buffer.from(path).toString() : path;
  if (typeof text !== 'string') throw invalidType('path', 'string or an instance of Buffer or URL', path);
  if (text.includes('\0')) throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', 'The path must not contain null bytes');
  return resolve('/', text);
}

interface SystemError extends Error {
  code: string;
  syscall: string;
  path?: string;
  dest?: string;
}

export function systemError(
  code: string,
  message: string,
  syscall: string,
  path: string,
  dest?: string,
  cause?: unknown,
): SystemError {
  const target = dest === undefined ? `'${path}'` : `'${path}' -> '${dest}'`;
  const error = new Error(
    `${code}: ${message}, ${syscall} ${target}`,
    cause === undefined ? undefined : { cause },
  ) as SystemError;
  return Object.assign(error, { code, syscall, path, ...(dest === undefined ? {} : { dest }) });
}

/** One request; a refusal has the code EACCES, its cause says what would grant it. */
export async function ask<Op extends FileOp>(
  syscall: string,
  path: string,
  op: Op,
  args: GuestRequests[Op]['args'],
  dest?: string,
): Promise<GuestRequests[Op]['result']> {
  try {
    return (await host().request(op, args)).value;
  } catch (error) {
    const { code, data, message } = error as { code?: unknown; data?: { code?: unknown }; message: string };
    const known = typeof data?.code === 'string' ? data.code : undefined;
    if (code === 'ERR_PERMISSION_DENIED') throw systemError('EACCES', message, syscall, path, dest, error);
    if (code === 'ERR_FILE' && known !== undefined) throw systemError(known, message, syscall, path, dest, error);
    throw error;
  }
}

const KINDS = { file: 0o100_000, folder: 0o040_000, link: 0o120_000, other: 0 } as const;

class Kind {
  readonly #kind: FileStat['kind'];
  constructor(kind: FileStat['kind']) {
    this.#kind = kind;
  }
  isFile(): boolean {
    return this.#kind === 'file';
  }
  isDirectory(): boolean {
    return this.#kind === 'folder';
  }
  isSymbolicLink(): boolean {
    return this.#kind === 'link';
  }
}

/** What a plugin may know of a file: kind, size, time of change. Node's other members are absent. */
export class Stats extends Kind {
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
  constructor(stat: FileStat) {
    super(stat.kind);
    this.size = stat.size;
    this.mode = KINDS[stat.kind];
    this.mtimeMs = stat.mtimeMs;
  }
  get mtime(): Date {
    return new Date(this.mtimeMs);
  }
}

export class Dirent extends Kind {
  readonly name: string;
  readonly parentPath: string;
  constructor(name: string, parentPath: string, kind: FileStat['kind']) {
    super(kind);
    this.name = name;
    this.parentPath = parentPath;
  }
}
