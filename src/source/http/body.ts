/**
 * Guarantees that no more bytes are held than the limit, counted after decompression, and that a body is either whole or
 * an error. Trusts no length and no encoding that a server states.
 */
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { PluginError } from '../../core/errors.ts';

export interface BodyOptions {
  readonly url: string;
  readonly limit: number;
  readonly encoding: string | undefined;
  /** The server's Content-Length, of the encoded body. */
  readonly length: number | undefined;
  /** Told of each chunk as it arrives, encoded. */
  readonly onBytes: (received: number) => void;
}

export async function readBody(body: Readable, options: BodyOptions): Promise<Uint8Array> {
  if (options.length !== undefined && options.length > options.limit) {
    body.on('error', () => {}).destroy();
    throw tooLarge(options);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  await decode(body, options, (chunk) => {
    size += chunk.byteLength;
    if (size > options.limit) throw tooLarge(options);
    chunks.push(chunk);
  });
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

async function decode(body: Readable, options: BodyOptions, take: (chunk: Uint8Array) => void): Promise<void> {
  let received = 0;
  const watch = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      received += chunk.byteLength;
      options.onBytes(received);
      yield chunk;
    }
    if (options.length !== undefined && received !== options.length) {
      throw Object.assign(new Error(`${received} of ${options.length} bytes arrived`), { code: 'UND_ERR_SOCKET' });
    }
  };
  const collect = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of source) take(chunk);
  };
  const decoder = decoderFor(options);
  if (decoder === undefined) await pipeline(body, watch, collect);
  else await pipeline(body, watch, decoder, collect);
}

function decoderFor(options: BodyOptions): Transform | undefined {
  switch (options.encoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    default:
      throw new PluginError(
        'ERR_SOURCE_FETCH',
        `Cannot fetch "${options.url}": its encoding "${options.encoding}" is not known`,
      );
  }
}

function tooLarge({ url, limit }: { url: string; limit: number }): PluginError {
  return new PluginError('ERR_SOURCE_TOO_LARGE', `Cannot fetch "${url}": it is larger than ${limit} bytes`, {
    hint: 'raise "max_module" (or "max_archive") of fetch in the config if the source is right',
  });
}
