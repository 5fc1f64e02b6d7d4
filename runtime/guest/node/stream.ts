/** Node's streams as the `readable-stream` package has them; from and to web streams through async iteration. */
import library from 'readable-stream/lib/ours/index.js';

type StreamClass = (abstract new (...args: never[]) => unknown) & Record<string, unknown>;
interface Library {
  readonly Readable: StreamClass & { from(source: unknown, options?: object): unknown };
  readonly [name: string]: unknown;
}
const streams = library as unknown as Library &
  Record<'Writable' | 'Duplex' | 'Transform' | 'PassThrough', StreamClass>;

export const { Readable, Writable, Duplex, Transform, PassThrough } = streams;
const members = streams as unknown as Record<string, (...args: unknown[]) => unknown>;
export const { addAbortSignal, finished, pipeline, compose, destroy, isDisturbed, isErrored, isReadable } = members;
export const promises = streams['promises'] as Record<
  'pipeline' | 'finished',
  (...args: unknown[]) => Promise<unknown>
>;
export const Stream = streams['Stream'] as StreamClass;

// The library names adapters that it does not have: these are real, the others are absent.
Readable['fromWeb'] = (web: AsyncIterable<unknown>, options: object = {}): unknown =>
  Readable.from(web, { objectMode: false, ...options });
Readable['toWeb'] = (readable: AsyncIterable<unknown>): unknown =>
  (globalThis.ReadableStream as unknown as { from(source: unknown): unknown }).from(readable);
for (const name of ['fromWeb', 'toWeb']) {
  Reflect.deleteProperty(Writable, name);
  Reflect.deleteProperty(Duplex, name);
}

export default Object.assign(Stream, {
  Readable,
  Writable,
  Duplex,
  Transform,
  PassThrough,
  Stream,
  addAbortSignal,
  finished,
  pipeline,
  compose,
  destroy,
  isDisturbed,
  isErrored,
  isReadable,
});
