/** Bodies in both directions, with credits: nobody sends more than the reader has room for. */
import { STREAM_CHUNK, STREAM_WINDOW } from '../../src/protocol/limits.ts';
import { FRAME } from '../../src/protocol/messages.ts';
import { send } from './bridge.ts';
import { thrownText } from './failure.ts';
import type { BodyWriter } from './component/host.ts';
import type { ByteSource } from './host.ts';
import {
  append,
  arrayShift,
  bytesLength,
  bytesSlice,
  deferred,
  mapDelete,
  mapGet,
  mapSet,
  min,
  primordialMap,
  primordialTypeError,
  primordialUint8Array,
  promiseThen,
  rejected,
  resolved,
  typedArrayTag,
} from './primordials.ts';

/** As a component reads it, which cannot wait for a promise. */
export type IncomingBody = ByteSource & Pick<Incoming, 'poll'>;

/** A body that comes from the host. */
class Incoming implements ByteSource {
  readonly #id: number;
  readonly #onDone: () => void;
  readonly #chunks: Uint8Array[] = [];
  #state: 'open' | 'ended' | 'failed' | 'cancelled' = 'open';
  #error: unknown;
  #waiting: { resolve: (chunk: Uint8Array | undefined) => void; reject: (reason: unknown) => void } | undefined;
  /** Bytes read since the last credit. */
  #read = 0;

  constructor(id: number, onDone: () => void) {
    this.#id = id;
    this.#onDone = onDone;
  }

  next(): Promise<Uint8Array | undefined> {
    if (this.#chunks.length > 0) return resolved(this.#take(arrayShift(this.#chunks) as Uint8Array));
    if (this.#state === 'failed') return rejected(this.#error);
    if (this.#state !== 'open') return resolved(undefined);
    if (this.#waiting !== undefined) return rejected(new primordialTypeError('the body is being read already'));
    const { promise, resolve, reject } = deferred<Uint8Array | undefined>();
    this.#waiting = { resolve, reject };
    return promise;
  }

  /** The next chunk if it is there; null while it is not, undefined at the end. Throws what `next` rejects with. */
  poll(): Uint8Array | null | undefined {
    if (this.#chunks.length > 0) return this.#take(arrayShift(this.#chunks) as Uint8Array);
    if (this.#state === 'failed') throw this.#error;
    return this.#state === 'open' ? null : undefined;
  }

  cancel(): void {
    if (this.#state === 'open') {
      send(FRAME.cancel, this.#id, '');
      this.#finish('cancelled');
    }
    this.#chunks.length = 0;
    this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
  }

  push(chunk: Uint8Array): void {
    if (this.#state !== 'open') return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) append(this.#chunks, chunk);
    else waiting.resolve(this.#take(chunk));
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#finish('ended');
    this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
  }

  fail(error: unknown): void {
    if (this.#state !== 'open') return;
    this.#error = error;
    this.#finish('failed');
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  #take(chunk: Uint8Array): Uint8Array {
    this.#read += bytesLength(chunk);
    if (this.#state === 'open' && this.#read >= STREAM_WINDOW / 4) {
      send(FRAME.credit, this.#id, `${this.#read}`);
      this.#read = 0;
    }
    return chunk;
  }

  #finish(state: 'ended' | 'failed' | 'cancelled'): void {
    this.#state = state;
    mapDelete(incoming, this.#id);
    this.#onDone();
  }
}

/** A body of the guest that the host reads. */
class Outgoing {
  readonly #id: number;
  readonly #source: ByteSource;
  #credit = STREAM_WINDOW;
  #pumping = false;
  #done = false;
  #rest: Uint8Array | undefined;

  constructor(id: number, source: ByteSource) {
    this.#id = id;
    this.#source = source;
  }

  credit(bytes: number): void {
    this.#credit += bytes;
    this.pump();
  }

  /** The host wants no more, or the request is over. */
  cancel(): void {
    if (this.#done) return;
    this.#finish();
    this.#source.cancel();
  }

  pump(): void {
    if (this.#pumping || this.#done || this.#credit <= 0) return;
    if (this.#rest !== undefined) {
      this.#write(this.#rest);
      this.pump();
      return;
    }
    this.#pumping = true;
    void promiseThen(
      this.#source.next(),
      (chunk) => {
        this.#pumping = false;
        if (this.#done) return;
        if (chunk === undefined) {
          send(FRAME.end, this.#id, '');
          this.#finish();
          return;
        }
        if (typedArrayTag(chunk) !== 'Uint8Array')
          this.#fail(new primordialTypeError('a body yields Uint8Array alone'));
        else if (bytesLength(chunk) > 0) this.#write(new primordialUint8Array(chunk));
        this.pump();
      },
      (error) => this.#fail(error),
    );
  }

  #write(chunk: Uint8Array): void {
    const length = bytesLength(chunk);
    const size = min(length, STREAM_CHUNK, this.#credit);
    this.#credit -= size;
    this.#rest = size === length ? undefined : chunk.subarray(size);
    send(FRAME.chunk, this.#id, '', [size === length ? chunk : new primordialUint8Array(chunk.subarray(0, size))]);
  }

  #fail(error: unknown): void {
    if (this.#done) return;
    send(FRAME.fail, this.#id, thrownText(error));
    this.#finish();
  }

  #finish(): void {
    this.#done = true;
    this.#rest = undefined;
    mapDelete(outgoing, this.#id);
  }
}

/** A body that a component writes, which cannot wait for a promise. */
class Written implements BodyWriter {
  readonly #id: number;
  readonly #pieces: Uint8Array[] = [];
  /** Bytes of the pieces. */
  #size = 0;
  #credit = STREAM_WINDOW;
  #ended = false;
  #open = true;

  constructor(id: number) {
    this.#id = id;
  }

  get open(): boolean {
    return this.#open;
  }

  room(): number {
    return this.#open && this.#credit > this.#size ? this.#credit - this.#size : 0;
  }

  write(bytes: Uint8Array): void {
    if (!this.#open || bytesLength(bytes) === 0) return;
    append(this.#pieces, bytes);
    this.#size += bytesLength(bytes);
    this.#pump();
  }

  end(): void {
    this.#ended = true;
    this.#pump();
  }

  fail(reason: string): void {
    if (!this.#open) return;
    this.cancel();
    send(FRAME.fail, this.#id, thrownText(new primordialTypeError(reason)));
  }

  credit(bytes: number): void {
    this.#credit += bytes;
    this.#pump();
  }

  cancel(): void {
    this.#open = false;
    this.#pieces.length = 0;
    mapDelete(outgoing, this.#id);
  }

  #pump(): void {
    while (this.#open && this.#credit > 0 && this.#pieces.length > 0) {
      const piece = this.#pieces[0] as Uint8Array;
      const size = min(bytesLength(piece), STREAM_CHUNK, this.#credit);
      this.#credit -= size;
      this.#size -= size;
      send(FRAME.chunk, this.#id, '', [bytesSlice(piece, 0, size)]);
      if (size === bytesLength(piece)) arrayShift(this.#pieces);
      else this.#pieces[0] = piece.subarray(size);
    }
    if (!this.#open || !this.#ended || this.#pieces.length > 0) return;
    this.cancel();
    send(FRAME.end, this.#id, '');
  }
}

const incoming = new primordialMap<number, Incoming>();
const outgoing = new primordialMap<number, Outgoing | Written>();

export function receiveBody(id: number, onDone: () => void): IncomingBody {
  const body = new Incoming(id, onDone);
  mapSet(incoming, id, body);
  return body;
}

export function sendBody(id: number, source: ByteSource): void {
  const body = new Outgoing(id, source);
  mapSet(outgoing, id, body);
  body.pump();
}

/** Under the number of a request that was sent with a body to come. */
export function openBody(id: number): BodyWriter {
  const body = new Written(id);
  mapSet(outgoing, id, body);
  return body;
}

/** The host answered or the plugin aborted: whatever is left of the request's body is not wanted. */
export function dropBody(id: number): void {
  mapGet(outgoing, id)?.cancel();
}

export const bodies: {
  incoming: (id: number) => Pick<Incoming, 'push' | 'end' | 'fail'> | undefined;
  outgoing: (id: number) => Pick<Written, 'credit' | 'cancel'> | undefined;
} = {
  incoming: (id) => mapGet(incoming, id),
  outgoing: (id) => mapGet(outgoing, id),
};
