/** `node:fs/promises` on the plugin's mounts: /plugin (read-only), /data, /tmp and what the config grants. */
import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { abortError, invalidType } from './shared/errors.ts';
import { type Data, Dirent, PIECE, type PathLike, Stats, ask, pathOf, systemError } from './shared/fs.ts';

interface Encoding {
  readonly encoding?: string | null;
  readonly signal?: AbortSignal;
}
type EncodingOption = string | null | Encoding | undefined;
interface WriteOptions extends Encoding {
  readonly flag?: string;
}

function optionsOf<T extends Encoding>(options: string | null | T | undefined): T {
  return (typeof options === 'string' ? { encoding: options } : (options ?? {})) as T;
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal.reason);
}

function bytesOf(data: unknown, encoding: string | null | undefined): Uint8Array {
  if (typeof data === 'string') return new Uint8Array(Buffer.from(data, (encoding ?? 'utf8') as 'utf8'));
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  throw invalidType('data', 'string or an instance of Buffer, TypedArray, or DataView', data);
}

/** At once if the file fits in one message; otherwise in pieces, and what changes it meanwhile is seen half. */
export async function readFile(path: PathLike, options?: EncodingOption): Promise<Buffer | string> {
  const from = pathOf(path);
  const { encoding, signal } = optionsOf<Encoding>(options);
  stopIfAborted(signal);
  const all = Buffer.from(await readWhole(from, signal));
  return encoding === undefined || encoding === null || encoding === 'buffer' ? all : all.toString(encoding as 'utf8');
}

async function readWhole(from: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await ask('open', from, 'files.read', [from]);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EFBIG') throw error;
  }
  const pieces: Uint8Array[] = [];
  for (let offset = 0; ; offset += pieces.at(-1)?.length ?? 0) {
    stopIfAborted(signal);
    const piece = await ask('read', from, 'files.read', [from, { offset, length: PIECE }]);
    if (piece.length === 0) return Buffer.concat(pieces);
    pieces.push(piece);
  }
}

/** Replaces the file at once if the data fit in one message (512 KiB); otherwise the rest is appended. */
export async function writeFile(path: PathLike, data: Data, options?: string | null | WriteOptions): Promise<void> {
  const { encoding, flag = 'w', signal } = optionsOf<WriteOptions>(options);
  if (flag !== 'w' && flag !== 'wx' && flag !== 'a') throw invalidType('flag', "'w', 'wx' or 'a'", flag);
  const to = pathOf(path);
  const bytes = bytesOf(data, encoding);
  stopIfAborted(signal);
  await ask('open', to, 'files.write', [to, bytes.subarray(0, PIECE), flag]);
  for (let at = PIECE; at < bytes.length; at += PIECE) {
    stopIfAborted(signal);
    await ask('write', to, 'files.write', [to, bytes.subarray(at, at + PIECE), 'a']);
  }
}

export async function appendFile(path: PathLike, data: Data, options?: string | null | WriteOptions): Promise<void> {
  await writeFile(path, data, { flag: 'a', ...optionsOf<WriteOptions>(options) });
}

async function statAs(path: PathLike, follow: boolean): Promise<Stats> {
  const of = pathOf(path);
  return new Stats(await ask(follow ? 'stat' : 'lstat', of, 'files.stat', [of, follow]));
}
export function stat(path: PathLike): Promise<Stats> {
  return statAs(path, true);
}
export function lstat(path: PathLike): Promise<Stats> {
  return statAs(path, false);
}

/** Whether it is there. Who may write it is known only when it is tried. */
export async function access(path: PathLike, _mode?: number): Promise<void> {
  const of = pathOf(path);
  await ask('access', of, 'files.stat', [of, true]);
}

interface ListOptions {
  readonly withFileTypes?: boolean;
  readonly recursive?: boolean;
  readonly encoding?: string | null;
}
export async function readdir(path: PathLike, options?: string | null | ListOptions): Promise<string[] | Dirent[]> {
  const root = pathOf(path);
  const { withFileTypes = false, recursive = false } = typeof options === 'object' && options !== null ? options : {};
  const entries: Dirent[] = [];
  const folders = [root];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const { name, kind } of await ask('scandir', folder, 'files.readdir', [folder])) {
      entries.push(new Dirent(name, folder, kind));
      if (recursive && kind === 'folder') folders.push(join(folder, name));
    }
  }
  if (withFileTypes) return entries;
  const prefix = root === '/' ? 1 : root.length + 1;
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(prefix));
}

/** With `recursive`, the first folder that was made; undefined where all were there. */
export async function mkdir(
  path: PathLike,
  options?: number | { readonly recursive?: boolean },
): Promise<string | undefined> {
  const to = pathOf(path);
  if (typeof options !== 'object' || options.recursive !== true) {
    await ask('mkdir', to, 'files.mkdir', [to, false]);
    return undefined;
  }
  let first: string | undefined;
  for (let at = to; at !== '/' && (await isMissing(at)); at = join(at, '..')) first = at;
  await ask('mkdir', to, 'files.mkdir', [to, true]);
  return first;
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await ask('stat', path, 'files.stat', [path, false]);
    return false;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return true;
    if ((error as { code?: unknown }).code === 'EACCES') return false;
    throw error;
  }
}

export async function mkdtemp(prefix: string): Promise<string> {
  const random = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => (byte % 36).toString(36)).join('');
  const to = pathOf(`${prefix}${random}`);
  await ask('mkdtemp', to, 'files.mkdir', [to, false]);
  return to;
}

export async function rm(
  path: PathLike,
  options: { readonly recursive?: boolean; readonly force?: boolean } = {},
): Promise<void> {
  const of = pathOf(path);
  const { recursive = false, force = false } = options;
  if (!recursive) {
    try {
      if ((await lstat(of)).isDirectory()) throw systemError('ERR_FS_EISDIR', 'Path is a directory', 'rm', of);
    } catch (error) {
      if (!force || (error as { code?: unknown }).code !== 'ENOENT') throw error;
      return;
    }
  }
  await ask('rm', of, 'files.rm', [of, { recursive, force }]);
}

export async function rmdir(path: PathLike): Promise<void> {
  const of = pathOf(path);
  if (!(await lstat(of)).isDirectory()) throw systemError('ENOTDIR', 'not a directory', 'rmdir', of);
  await ask('rmdir', of, 'files.rm', [of, { recursive: false, force: false }]);
}

export async function unlink(path: PathLike): Promise<void> {
  const of = pathOf(path);
  if ((await lstat(of)).isDirectory()) throw systemError('EISDIR', 'illegal operation on a directory', 'unlink', of);
  await ask('unlink', of, 'files.rm', [of, { recursive: false, force: false }]);
}

export async function rename(from: PathLike, to: PathLike): Promise<void> {
  const [source, target] = [pathOf(from), pathOf(to)];
  await ask('rename', source, 'files.rename', [source, target], target);
}

/** `mode` 1 (COPYFILE_EXCL) refuses to replace. */
export async function copyFile(from: PathLike, to: PathLike, mode = 0): Promise<void> {
  const [source, target] = [pathOf(from), pathOf(to)];
  if ((mode & 1) !== 0 && !(await isMissing(target))) {
    throw systemError('EEXIST', 'file already exists', 'copyfile', source, target);
  }
  await ask('copyfile', source, 'files.copy', [source, target], target);
}

export async function truncate(path: PathLike, length = 0): Promise<void> {
  const of = pathOf(path);
  await ask('truncate', of, 'files.truncate', [of, length]);
}

/** Paths here have no links to resolve: the normalized path of what is there. */
export async function realpath(path: PathLike): Promise<string> {
  const of = pathOf(path);
  await ask('realpath', of, 'files.stat', [of, true]);
  return of;
}

export const constants = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, COPYFILE_EXCL: 1 } as const;

export default {
  readFile,
  writeFile,
  appendFile,
  stat,
  lstat,
  access,
  readdir,
  mkdir,
  mkdtemp,
  rm,
  rmdir,
  unlink,
  rename,
  copyFile,
  truncate,
  realpath,
  constants,
};
