/**
 * Guarantees that no body, sent or received, passes `limits.netBytes`, counted after decoding, however long its server or
 * plugin goes on. Trusts Node's decoders to hand on their output in bounded pieces.
 */
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { PluginError } from '../../core/errors.ts';
import { MAX_REPLAY } from './limits.ts';

/** A request's body on its way out. */
export interface Upload {
  /** Waits up to `milliseconds` for the end of a small body: the whole of it, or undefined for one that goes on. */
  whole(milliseconds: number): Promise<Uint8Array | undefined>;
  /** What undici reads, once: all of the body, what was waited for too. */
  stream(): AsyncIterable<Uint8Array>;
  /** The whole body, where all of it was sent and it was small enough to keep. */
  replay(): Uint8Array | undefined;
  cancel(): Promise<void>;
}

export function createUpload(body: ReadableStream<Uint8Array>, max: number, over: () => PluginError): Upload {
  const reader = body.getReader();
  let kept: Uint8Array[] | undefined = [];
  const state = { sent: 0, ended: false };
  let next: ReturnType<typeof reader.read> | undefined;

  const take = async (): Promise<Uint8Array | undefined> => {
    next ??= reader.read();
    const { done, value } = await next;
    next = undefined;
    if (done) {
      state.ended = true;
      return undefined;
    }
    if (!(value instanceof Uint8Array)) throw new TypeError('a body is bytes');
    state.sent += value.byteLength;
    if (state.sent > max) throw over();
    if (state.sent > MAX_REPLAY) kept = undefined;
    kept?.push(value);
    return value;
  };
  const replay = (): Uint8Array | undefined => (state.ended && kept !== undefined ? Buffer.concat(kept) : undefined);

  return {
    async whole(milliseconds) {
      const late = Promise.withResolvers<'late'>();
      const timer = setTimeout(() => late.resolve('late'), milliseconds);
      try {
        while (!state.ended && state.sent < MAX_REPLAY / 2) {
          next ??= reader.read();
          if ((await Promise.race([next, late.promise])) === 'late') break;
          await take();
        }
        return replay();
      } finally {
        clearTimeout(timer);
      }
    },
    async *stream() {
      yield* kept ?? [];
      while (!state.ended) {
        const chunk = await take();
        if (chunk !== undefined) yield chunk;
      }
    },
    replay,
    async cancel() {
      if (!state.ended) await reader.cancel();
    },
  };
}

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['br', () => createBrotliDecompress()],
  ['zstd', () => createZstdDecompress()],
]);

/** The body without its content-encoding; an unknown one is left as it is. At most two codings, against bombs in bombs. */
export function decoded(body: Readable, contentEncoding: string): Readable {
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
    .reverse();
  const decoders = codings.map((coding) => DECODERS.get(coding)?.());
  if (decoders.length > 2 || decoders.includes(undefined)) return body;
  let out = body;
  for (const decoder of decoders) {
    if (decoder === undefined) continue;
    // An error travels down the chain by the pipeline itself; the last stream's reader meets it.
    out = pipeline(out, decoder, () => undefined);
  }
  return out;
}

export interface DownloadOptions {
  readonly max: number;
  readonly over: () => PluginError;
  /** What the guest is told of an error of the stream. */
  readonly failure: (error: unknown) => PluginError;
  readonly signal: AbortSignal;
  /** Called once, when the body has ended, failed or was cancelled. */
  readonly ended: (outcome: 'allowed' | 'failed') => void;
}

/** The answer's body for the guest, read no faster than the guest reads. `source` is destroyed at any end. */
export function createDownload(source: Readable, raw: Readable, options: DownloadOptions): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let received = 0;
  let over = false;
  const finish = (outcome: 'allowed' | 'failed'): void => {
    if (over) return;
    over = true;
    options.signal.removeEventListener('abort', aborted);
    source.destroy();
    raw.destroy();
    options.ended(outcome);
  };
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const fail = (error: unknown): void => {
    if (over) return;
    finish('failed');
    controller?.error(error);
  };
  const aborted = (): void => fail(options.signal.reason);
  return new ReadableStream<Uint8Array>(
    {
      start(own) {
        controller = own;
        // What comes after the end is nobody's: the reader has its error.
        source.on('error', () => undefined);
        raw.on('error', () => undefined);
        if (options.signal.aborted) aborted();
        else options.signal.addEventListener('abort', aborted, { once: true });
      },
      async pull(own) {
        try {
          const { done, value } = await chunks.next();
          if (over) return;
          if (done === true) {
            finish('allowed');
            own.close();
            return;
          }
          received += value.byteLength;
          if (received > options.max) return fail(options.over());
          own.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
        } catch (error) {
          fail(options.failure(error));
        }
      },
      cancel() {
        finish('allowed');
      },
    },
    { highWaterMark: 0 },
  );
}
