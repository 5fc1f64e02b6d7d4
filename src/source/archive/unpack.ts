/**
 * Guarantees that an archive becomes nothing but a map from safe names to bytes, in memory, within the limits, or an
 * error that names the entry; nothing is ever written. Trusts tar-stream to parse headers, and nothing of their content.
 */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { isPluginError, messageOf, PluginError } from '../../core/errors.ts';
import type { ModuleId } from '../types.ts';
import { foldName, safeSegments, unsafe } from './names.ts';

export interface UnpackLimits {
  /** Of all files together. */
  readonly maxBytes: number;
  readonly maxFileBytes: number;
  readonly maxEntries: number;
}

/** A gzip stream of real sources never shrinks this much; a bomb does. Counted once a megabyte has come out. */
const MAX_RATIO = 200;
const RATIO_FROM = 1024 * 1024;

/** Files of a `.tgz`, `.tar.gz` or bare tar. A single top folder that holds every entry (npm's `package/`) is left out. */
export async function unpack(
  source: string,
  bytes: Uint8Array,
  limits: UnpackLimits,
): Promise<ReadonlyMap<ModuleId, Uint8Array>> {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!zipped && !isTar(bytes)) {
    throw new PluginError('ERR_SOURCE_FETCH', `Cannot unpack "${source}": it is not a gzip-compressed tar archive`, {
      hint: 'make one with: npm pack, or tar -czf plugin.tgz -C <folder> .',
    });
  }
  const files = new Map<ModuleId, Uint8Array>();
  const folded = new Map<string, 'file' | 'folder'>();
  const parser = extract();
  const input = zipped ? inflate(source, bytes, limits) : Readable.from([bytes]);
  input.on('error', (error: Error) => parser.destroy(error));
  input.pipe(parser);
  let total = 0;
  let entries = 0;
  try {
    for await (const entry of parser) {
      if (++entries > limits.maxEntries)
        throw unsafe(source, entry.header.name, `is one of more than ${limits.maxEntries}`);
      const segments = checkEntry(source, entry.header);
      claim(source, entry.header, segments, folded);
      if (entry.header.type === 'directory') {
        entry.resume();
        continue;
      }
      const size = entry.header.size ?? 0;
      total += size;
      if (size > limits.maxFileBytes)
        throw unsafe(source, entry.header.name, `is larger than ${limits.maxFileBytes} bytes`);
      if (total > limits.maxBytes) throw tooLarge(source, limits);
      const content = await collect(entry as AsyncIterable<Uint8Array>, size);
      if (content === undefined) throw truncated(source);
      files.set(segments.join('/'), content);
    }
  } catch (error) {
    throw isPluginError(error) ? error : damaged(source, error);
  } finally {
    input.destroy();
    parser.destroy();
  }
  return stripTop(files);
}

function isTar(bytes: Uint8Array): boolean {
  return bytes.byteLength >= 512 && new TextDecoder('latin1').decode(bytes.subarray(257, 262)) === 'ustar';
}

/** Chunk by chunk, so that a bomb is stopped soon after it began. */
function inflate(source: string, bytes: Uint8Array, limits: UnpackLimits): Readable {
  // Headers and padding of many small entries come on top of the files' bytes.
  const cap = limits.maxBytes + limits.maxEntries * 2_048;
  const gunzip = createGunzip();
  let out = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      out += chunk.byteLength;
      if (out > cap) throw tooLarge(source, limits);
      if (out > RATIO_FROM && out > bytes.byteLength * MAX_RATIO) {
        throw new PluginError(
          'ERR_ARCHIVE_UNSAFE',
          `Cannot unpack "${source}": it grows more than ${MAX_RATIO} times, as a gzip bomb does`,
          {
            hint: 'do not use this archive',
          },
        );
      }
      yield chunk;
    }
  };
  gunzip.end(bytes);
  const readable = Readable.from(counted());
  readable.on('close', () => gunzip.destroy());
  return readable;
}

function checkEntry(source: string, header: Header): readonly string[] {
  const { name, type } = header;
  if (type !== 'file' && type !== 'directory') {
    const kind =
      type === 'symlink' ? 'a symbolic link' : type === 'link' ? 'a hard link' : `of type "${type ?? 'unknown'}"`;
    throw unsafe(source, name, `is ${kind}`);
  }
  const segments = safeSegments(source, name);
  if (type === 'file' && (segments.length === 0 || name.endsWith('/')))
    throw unsafe(source, name, 'is a file with the name of a folder');
  // tar-stream would read a folder's content as the next headers.
  if (type === 'directory' && (header.size ?? 0) !== 0) throw unsafe(source, name, 'is a folder with content');
  return segments;
}

function claim(
  source: string,
  header: Header,
  segments: readonly string[],
  taken: Map<string, 'file' | 'folder'>,
): void {
  const kind = header.type === 'directory' ? 'folder' : 'file';
  for (let length = 1; length < segments.length; length++) {
    const folder = foldName(segments.slice(0, length).join('/'));
    if (taken.get(folder) === 'file') throw unsafe(source, header.name, 'lies below a file');
    taken.set(folder, 'folder');
  }
  if (segments.length === 0) return;
  const own = foldName(segments.join('/'));
  const before = taken.get(own);
  if (before !== undefined && !(before === 'folder' && kind === 'folder')) {
    throw unsafe(source, header.name, 'has the name of another entry, or one that differs in case alone');
  }
  taken.set(own, kind);
}

async function collect(entry: AsyncIterable<Uint8Array>, size: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  const content = new Uint8Array(Buffer.concat(chunks));
  return content.byteLength === size ? content : undefined;
}

function stripTop(files: ReadonlyMap<ModuleId, Uint8Array>): ReadonlyMap<ModuleId, Uint8Array> {
  const [first] = files.keys();
  const top = first?.split('/', 1)[0];
  if (top === undefined || ![...files.keys()].every((name) => name.startsWith(`${top}/`))) return files;
  return new Map([...files].map(([name, content]) => [name.slice(top.length + 1), content]));
}

function tooLarge(source: string, limits: UnpackLimits): PluginError {
  return new PluginError(
    'ERR_SOURCE_TOO_LARGE',
    `Cannot unpack "${source}": it is larger than ${limits.maxBytes} bytes`,
    {
      hint: 'raise "max_archive" of fetch in the config if the archive is right',
    },
  );
}

function truncated(source: string, cause?: unknown): PluginError {
  return new PluginError('ERR_SOURCE_FETCH', `Cannot unpack "${source}": the archive ends too early`, {
    hint: 'fetch or pack it again',
    cause,
  });
}

function damaged(source: string, cause: unknown): PluginError {
  const early = /unexpected end/i.test(messageOf(cause)) || (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
  if (early) return truncated(source, cause);
  return new PluginError(
    'ERR_SOURCE_FETCH',
    `Cannot unpack "${source}": the archive is damaged (${messageOf(cause)})`,
    {
      hint: 'fetch or pack it again',
      cause,
    },
  );
}
