/** Bodies in both directions, with credits: nobody sends more than the reader has room for. */
import { STREAM_CHUNK, STREAM_WINDOW } from '../../src/protocol/limits.ts';
import { FRAME } from '../../src/protocol/messages.ts';
import { send } from './bridge.ts';
import { thrownText } from './failure.ts';
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

/** A body that is there as a whole: no promise is needed to send it. */
class OutgoingBytes {
  readonly #id: number;
  #rest: Uint8Array;
  #credit = STREAM_WINDOW;

  constructor(id: number, bytes: Uint8Array) {
    this.#id = id;
    this.#rest = bytes;
  }

  credit(bytes: number): void {
    this.#credit += bytes;
    this.pump();
  }

  cancel(): void {
    mapDelete(outgoing, this.#id);
  }

  pump(): void {
    while (this.#credit > 0 && bytesLength(this.#rest) > 0) {
      const size = min(bytesLength(this.#rest), STREAM_CHUNK, this.#credit);
      this.#credit -= size;
      send(FRAME.chunk, this.#id, '', [bytesSlice(this.#rest, 0, size)]);
      this.#rest = this.#rest.subarray(size);
    }
    if (bytesLength(this.#rest) > 0 || !mapDelete(outgoing, this.#id)) return;
    send(FRAME.end, this.#id, '');
  }
}

const incoming = new primordialMap<number, Incoming>();
const outgoing = new primordialMap<number, Outgoing | OutgoingBytes>();

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

export function sendBytes(id: number, bytes: Uint8Array): void {
  const body = new OutgoingBytes(id, bytes);
  mapSet(outgoing, id, body);
  body.pump();
}

/** The host answered or the plugin aborted: whatever is left of the request's body is not wanted. */
export function dropBody(id: number): void {
  mapGet(outgoing, id)?.cancel();
}

export const bodies: {
  incoming: (id: number) => Pick<Incoming, 'push' | 'end' | 'fail'> | undefined;
  outgoing: (id: number) => Pick<OutgoingBytes, 'credit' | 'cancel'> | undefined;
} = {
  incoming: (id) => mapGet(incoming, id),
  outgoing: (id) => mapGet(outgoing, id),
};
