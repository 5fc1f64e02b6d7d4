/** wasi:io: streams and what can be waited for. A wait stands the isolate still; the deadline of the call holds meanwhile. */
import { Fault } from '../fault.ts';
import { host } from '../host.ts';

/** What went wrong with a stream; `cause` is for interfaces that know more of it. */
export class IoError {
  readonly reason: string;
  readonly cause: unknown;

  constructor(reason: string, cause?: unknown) {
    this.reason = reason;
    this.cause = cause;
  }

  toDebugString(): string {
    return this.reason.toWellFormed();
  }
}

export class Pollable {
  readonly #ready: () => boolean;
  /** Milliseconds by `performance.now()` at which it becomes ready by itself. */
  readonly due: number | undefined;

  constructor(ready: () => boolean, due?: number) {
    this.#ready = ready;
    this.due = due;
  }

  ready(): boolean {
    return this.#ready();
  }

  block(): void {
    while (!this.#ready()) stand([this]);
  }
}

export function poll(pollables: readonly Pollable[]): Uint32Array {
  if (pollables.length === 0) throw new Error('it polls nothing, which would never end');
  for (;;) {
    const ready = pollables.flatMap((pollable, index) => (pollable.ready() ? [index] : []));
    if (ready.length > 0) return Uint32Array.from(ready);
    stand(pollables);
  }
}

function stand(pollables: readonly Pollable[]): void {
  let first = Infinity;
  for (const { due } of pollables) if (due !== undefined && due < first) first = due;
  host().wait(first === Infinity ? -1 : Math.max(0, Math.ceil(first - performance.now())));
}

export const always = (): Pollable => new Pollable(() => true);

/** Where an input stream's bytes come from. */
export interface Source {
  /** At most so many; null: none are there yet; undefined: the end. */
  read(length: number): Uint8Array | null | undefined;
  ready(): boolean;
  /** Nobody reads any more. */
  close?(): void;
}

/** Bytes of one read: they are copied into the component's memory. */
const MOST = 1024 * 1024;

export class InputStream {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  read(length: bigint): Uint8Array {
    const bytes = guarded(() => this.#source.read(bounded(length)));
    if (bytes === undefined) throw new Fault({ tag: 'closed' });
    return bytes ?? new Uint8Array();
  }

  blockingRead(length: bigint): Uint8Array {
    if (length > 0n) this.subscribe().block();
    return this.read(length);
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  blockingSkip(length: bigint): bigint {
    return BigInt(this.blockingRead(length).length);
  }

  subscribe(): Pollable {
    return new Pollable(() => this.#source.ready());
  }

  [Symbol.dispose](): void {
    this.#source.close?.();
  }
}

/** Where an output stream's bytes go; each write is done when it returns. */
export interface Sink {
  write(bytes: Uint8Array): void;
  /** Bytes it takes now; without it, any. */
  room?(): number;
}

export class OutputStream {
  readonly #sink: Sink;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  checkWrite(): bigint {
    return BigInt(this.#room());
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.#room()) throw new Error('it wrote more than the stream has room for');
    guarded(() => this.#sink.write(bytes));
  }

  blockingWriteAndFlush(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      this.subscribe().block();
      const piece = bytes.subarray(at, at + this.#room());
      this.write(piece);
      at += piece.length;
    }
  }

  flush(): void {}

  blockingFlush(): void {}

  subscribe(): Pollable {
    return new Pollable(() => this.#room() > 0);
  }

  #room(): number {
    return Math.min(MOST, this.#sink.room?.() ?? MOST);
  }

  writeZeroes(length: bigint): void {
    this.write(new Uint8Array(bounded(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void {
    this.blockingWriteAndFlush(new Uint8Array(bounded(length)));
  }

  splice(from: InputStream, length: bigint): bigint {
    const room = BigInt(this.#room());
    const bytes = from.read(length < room ? length : room);
    this.write(bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(from: InputStream, length: bigint): bigint {
    const bytes = from.blockingRead(length);
    this.blockingWriteAndFlush(bytes);
    return BigInt(bytes.length);
  }
}

/** What a source or sink refuses is the stream's error; what is no refusal passes and traps. */
function guarded<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Fault) throw error;
    if (!(error instanceof Error) || typeof (error as { code?: unknown }).code !== 'string') throw error;
    throw new Fault({ tag: 'last-operation-failed', val: new IoError(error.message, error) });
  }
}

export function bounded(length: bigint): number {
  return length > BigInt(MOST) ? MOST : Number(length);
}

export const io: Record<string, object> = {
  'wasi:io/error': { Error: IoError },
  'wasi:io/poll': { Pollable, poll },
  'wasi:io/streams': { InputStream, OutputStream },
};
