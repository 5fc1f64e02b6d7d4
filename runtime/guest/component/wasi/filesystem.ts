/**
 * wasi:filesystem on the capability `files`. Guarantees that a descriptor reaches nothing above its folder; what may be read
 * and written is the broker's to say, for every operation anew.
 */
import type { FileStat } from '../../../../src/protocol/requests.ts';
import { asHostError, Fault } from '../fault.ts';
import { host } from '../host.ts';
import { usv } from '../text.ts';
import { filed, fileErrorCode } from './errors.ts';
import { bounded, InputStream, IoError, OutputStream } from './io.ts';

interface DescriptorFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly mutateDirectory?: boolean;
}
interface OpenFlags {
  readonly create?: boolean;
  readonly directory?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
}
interface PathFlags {
  readonly symlinkFollow?: boolean;
}

const KINDS = { file: 'regular-file', folder: 'directory', link: 'symbolic-link', other: 'unknown' } as const;
/** Entries of one folder: they are held until the stream is dropped. */
const EMPTY = new Uint8Array();

const ask: ReturnType<typeof host>['ask'] = (op, args, body) => filed(() => host().ask(op, args, body));

export class Descriptor {
  readonly #path: string;
  readonly #folder: boolean;
  readonly #flags: DescriptorFlags;

  constructor(path: string, folder: boolean, flags: DescriptorFlags) {
    this.#path = path;
    this.#folder = folder;
    this.#flags = flags;
  }

  readViaStream(offset: bigint): InputStream {
    this.#file('read');
    let at = Number(offset);
    let ended = false;
    return new InputStream({
      read: (length) => {
        if (ended) return undefined;
        const [bytes, end] = this.#readAt(at, length);
        at += bytes.length;
        ended = end;
        return bytes.length === 0 && end ? undefined : bytes;
      },
      ready: () => true,
    });
  }

  writeViaStream(offset: bigint): OutputStream {
    this.#file('write');
    let at = Number(offset);
    return new OutputStream({
      write: (bytes) => {
        this.#writeAt(at, bytes);
        at += bytes.length;
      },
    });
  }

  appendViaStream(): OutputStream {
    this.#file('write');
    return new OutputStream({
      write: (bytes) => void host().ask('files.write', [this.#path, bytes, 'a']),
    });
  }

  advise(): void {}
  syncData(): void {}
  sync(): void {}

  getFlags(): DescriptorFlags {
    const { read = false, write = false, mutateDirectory = false } = this.#flags;
    return { read, write, mutateDirectory };
  }

  getType(): string {
    return this.#folder ? 'directory' : 'regular-file';
  }

  setSize(size: bigint): void {
    this.#file('write');
    ask('files.truncate', [this.#path, Number(size)]);
  }

  setTimes(): void {
    throw new Fault('unsupported');
  }

  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    this.#file('read');
    return filed(() => this.#readAt(Number(offset), bounded(length)));
  }

  write(bytes: Uint8Array, offset: bigint): bigint {
    this.#file('write');
    filed(() => this.#writeAt(Number(offset), bytes));
    return BigInt(bytes.length);
  }

  readDirectory(): DirectoryEntryStream {
    if (!this.#folder) throw new Fault('not-directory');
    return new DirectoryEntryStream(ask('files.readdir', [this.#path]).value);
  }

  createDirectoryAt(path: string): void {
    ask('files.mkdir', [this.#below(path), false]);
  }

  stat(): object {
    return shown(ask('files.stat', [this.#path, true]).value);
  }

  statAt({ symlinkFollow = false }: PathFlags, path: string): object {
    return shown(ask('files.stat', [this.#below(path), symlinkFollow]).value);
  }

  setTimesAt(): void {
    throw new Fault('unsupported');
  }

  linkAt(): void {
    throw new Fault('unsupported');
  }

  openAt({ symlinkFollow = false }: PathFlags, path: string, open: OpenFlags, flags: DescriptorFlags): Descriptor {
    const target = this.#below(path);
    const found = statOf(target, symlinkFollow);
    if (found === undefined) {
      if (open.create !== true || open.directory === true) throw new Fault('no-entry');
      ask('files.write', [target, EMPTY, 'wx']);
      return new Descriptor(target, false, flags);
    }
    if (open.create === true && open.exclusive === true) throw new Fault('exist');
    if (found.kind === 'link') throw new Fault('loop');
    const folder = found.kind === 'folder';
    if (open.directory === true && !folder) throw new Fault('not-directory');
    if (folder && (flags.write === true || open.truncate === true)) throw new Fault('is-directory');
    if (open.truncate === true) ask('files.truncate', [target, 0]);
    return new Descriptor(target, folder, flags);
  }

  readlinkAt(): string {
    throw new Fault('unsupported');
  }

  removeDirectoryAt(path: string): void {
    const target = this.#below(path);
    if (ask('files.stat', [target, false]).value.kind !== 'folder') throw new Fault('not-directory');
    if (ask('files.readdir', [target]).value.length > 0) throw new Fault('not-empty');
    ask('files.rm', [target, { recursive: true, force: false }]);
  }

  renameAt(path: string, folder: Descriptor, to: string): void {
    ask('files.rename', [this.#below(path), folder.#below(to)]);
  }

  symlinkAt(): void {
    throw new Fault('unsupported');
  }

  unlinkFileAt(path: string): void {
    const target = this.#below(path);
    if (ask('files.stat', [target, false]).value.kind === 'folder') throw new Fault('is-directory');
    ask('files.rm', [target, { recursive: false, force: false }]);
  }

  isSameObject(other: Descriptor): boolean {
    return other.#path === this.#path;
  }

  metadataHash(): { lower: bigint; upper: bigint } {
    return hashOf(this.#path);
  }

  metadataHashAt({ symlinkFollow = false }: PathFlags, path: string): { lower: bigint; upper: bigint } {
    const target = this.#below(path);
    ask('files.stat', [target, symlinkFollow]);
    return hashOf(target);
  }

  #file(right: 'read' | 'write'): void {
    if (this.#folder) throw new Fault('is-directory');
    if (this.#flags[right] !== true) throw new Fault(right === 'read' ? 'not-permitted' : 'bad-descriptor');
  }

  /** The bytes, and whether the file ends with them. */
  #readAt(offset: number, length: number): [Uint8Array, boolean] {
    if (length === 0) return [EMPTY, false];
    const bytes = host().ask('files.read', [this.#path, { offset, length }]).value;
    return [bytes, bytes.length < length];
  }

  /** At the end it is appended; inside, the file is written anew as a whole. */
  #writeAt(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { size } = host().ask('files.stat', [this.#path, true]).value;
    if (offset === size) {
      host().ask('files.write', [this.#path, bytes, 'a']);
      return;
    }
    const end = Math.max(size, offset + bytes.length);
    if (end > host().messageLimit) throw new Fault('file-too-large');
    const whole = new Uint8Array(end);
    whole.set(host().ask('files.read', [this.#path]).value);
    whole.set(bytes, offset);
    host().ask('files.write', [this.#path, whole, 'w']);
  }

  /** An absolute path of the guest; `not-permitted` for what leads out of this folder. */
  #below(path: string): string {
    if (!this.#folder) throw new Fault('not-directory');
    if (path.startsWith('/')) throw new Fault('not-permitted');
    const parts: string[] = [];
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue;
      if (part !== '..') parts.push(part);
      else if (parts.pop() === undefined) throw new Fault('not-permitted');
    }
    if (parts.length === 0) return this.#path;
    return this.#path === '/' ? `/${parts.join('/')}` : `${this.#path}/${parts.join('/')}`;
  }
}

class DirectoryEntryStream {
  readonly #entries: readonly { readonly name: string; readonly kind: FileStat['kind'] }[];
  #at = 0;

  constructor(entries: readonly { readonly name: string; readonly kind: FileStat['kind'] }[]) {
    this.#entries = entries;
  }

  readDirectoryEntry(): { type: string; name: string } | undefined {
    const entry = this.#entries[this.#at];
    this.#at += 1;
    return entry === undefined ? undefined : { type: KINDS[entry.kind], name: usv(entry.name) };
  }
}

/** Undefined where there is nothing. */
function statOf(path: string, follow: boolean): FileStat | undefined {
  try {
    return host().ask('files.stat', [path, follow]).value;
  } catch (error) {
    const code = fileErrorCode(error);
    if (code === 'no-entry') return undefined;
    throw new Fault(code);
  }
}

function shown({ kind, size, mtimeMs }: FileStat): object {
  const modified = {
    seconds: BigInt(Math.max(0, Math.trunc(mtimeMs / 1_000))),
    nanoseconds: Math.max(0, Math.trunc(mtimeMs % 1_000)) * 1_000_000,
  };
  return { type: KINDS[kind], linkCount: 1n, size: BigInt(size), dataModificationTimestamp: modified };
}

/** FNV-1a, of the path and of the path backwards: equal paths are equal objects here. */
function hashOf(path: string): { lower: bigint; upper: bigint } {
  const hash = (text: readonly string[]): bigint => {
    let value = 0xcbf29ce484222325n;
    for (const character of text) {
      value = BigInt.asUintN(64, (value ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n);
    }
    return value;
  };
  const characters = path.split('');
  return { lower: hash(characters), upper: hash(characters.reverse()) };
}

const WRITABLE = { read: true, write: true, mutateDirectory: true };

export const filesystem: Record<string, object> = {
  'wasi:filesystem/types': {
    Descriptor,
    DirectoryEntryStream,
    filesystemErrorCode: (error: IoError) =>
      error.cause === undefined ? undefined : fileErrorCode(asHostError(error.cause)),
  },
  'wasi:filesystem/preopens': {
    // Mounts stand at the paths they have on the host: they are reached from the root.
    getDirectories: () =>
      ['/data', '/tmp', '/plugin', '/'].map((path) => [
        new Descriptor(path, true, path === '/plugin' ? { read: true } : WRITABLE),
        path,
      ]),
  },
};
