import { concat } from './encoding.ts';
import { expose, needArguments, text, usv } from './idl.ts';
import { PrimordialTypeError, bytesOf, copyBytes, isBufferSource, isCallable, subarray } from './primordials.ts';
import type { ReadableStream } from './streams.ts';
import { makeClonable } from './structured-clone.ts';
import { encodeUtf8, utf8Text } from './utf8.ts';

const CHUNK = 65_536;
const PRINTABLE = /^[\u0020-\u007e]*$/;

let bytesInside: (blob: Blob) => Uint8Array<ArrayBuffer>;
let isBlobInside: (value: unknown) => value is Blob;
let wrap: (bytes: Uint8Array<ArrayBuffer>, type: string) => Blob;

export class Blob {
  /** Never changed and never handed out: slices share it. */
  #bytes: Uint8Array<ArrayBuffer>;
  #type: string;

  static {
    bytesInside = (blob) => blob.#bytes;
    isBlobInside = (value): value is Blob => typeof value === 'object' && value !== null && #bytes in value;
    wrap = (bytes, type) => {
      const blob = new Blob();
      blob.#bytes = bytes;
      blob.#type = type;
      return blob;
    };
  }

  constructor(parts: unknown = [], options: { type?: unknown; endings?: unknown } = {}) {
    if (typeof parts !== 'object' || parts === null || !isCallable((parts as Iterable<unknown>)[Symbol.iterator])) {
      throw new PrimordialTypeError('Blob: the parts must be a sequence');
    }
    const type = options?.type === undefined ? '' : text(options.type);
    const endings = options?.endings === undefined ? 'transparent' : text(options.endings);
    if (endings !== 'transparent' && endings !== 'native') throw new PrimordialTypeError('Blob: unknown endings');
    this.#type = PRINTABLE.test(type) ? type.toLowerCase() : '';
    const chunks: Uint8Array[] = [];
    for (const part of parts as Iterable<unknown>) {
      if (isBlob(part)) chunks[chunks.length] = bytesInside(part);
      else if (isBufferSource(part)) chunks[chunks.length] = bytesOf(part);
      else {
        const string = usv(part);
        chunks[chunks.length] = encodeUtf8(endings === 'native' ? string.replaceAll(/\r\n?/g, '\n') : string);
      }
    }
    this.#bytes = concat(chunks);
  }

  get size(): number {
    return this.#bytes.length;
  }
  get type(): string {
    return this.#type;
  }
  slice(start: unknown = 0, end: unknown = this.size, type: unknown = ''): Blob {
    const kind = text(type);
    const clamp = (value: unknown): number => {
      const number = Math.trunc(Number(value)) || 0;
      return number < 0 ? Math.max(this.size + number, 0) : Math.min(number, this.size);
    };
    const from = clamp(start);
    const part = subarray(this.#bytes, from, Math.max(from, clamp(end)));
    return wrap(part, PRINTABLE.test(kind) ? kind.toLowerCase() : '');
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return copyBytes(this.#bytes).buffer;
  }
  async bytes(): Promise<Uint8Array> {
    return copyBytes(this.#bytes);
  }
  async text(): Promise<string> {
    return utf8Text(this.#bytes);
  }
  stream(): ReadableStream<Uint8Array> {
    const { streamOf } = require('./streams.ts') as typeof import('./streams.ts');
    return streamOf(sourceOf(this.#bytes));
  }
}
expose(Blob, 'Blob');

export class File extends Blob {
  readonly #name: string;
  readonly #lastModified: number;

  constructor(
    parts: unknown,
    name: unknown,
    options: { type?: unknown; endings?: unknown; lastModified?: unknown } = {},
  ) {
    needArguments(arguments.length, 2, 'File');
    super(parts, options);
    this.#name = usv(name);
    this.#lastModified =
      options?.lastModified === undefined ? Date.now() : Math.trunc(Number(options.lastModified)) || 0;
  }
  get name(): string {
    return this.#name;
  }
  get lastModified(): number {
    return this.#lastModified;
  }
}
expose(File, 'File');

makeClonable((value) => {
  if (!isBlob(value)) return undefined;
  if (!isFile(value)) return wrap(bytesInside(value), value.type);
  return new File([value], value.name, { type: value.type, lastModified: value.lastModified });
});

export function isBlob(value: unknown): value is Blob {
  return isBlobInside(value);
}

export function isFile(value: unknown): value is File {
  return isBlob(value) && value instanceof File;
}

/** The bytes themselves: read only. */
export function blobBytes(blob: Blob): Uint8Array<ArrayBuffer> {
  return bytesInside(blob);
}

/** A pull source over bytes in memory; each chunk is the reader's own. */
export function sourceOf(bytes: Uint8Array): { next(): Promise<Uint8Array | undefined>; cancel(): void } {
  let at = 0;
  return {
    async next() {
      if (at >= bytes.length) return undefined;
      const chunk = copyBytes(subarray(bytes, at, at + CHUNK));
      at += chunk.length;
      return chunk;
    },
    cancel() {
      at = bytes.length;
    },
  };
}
