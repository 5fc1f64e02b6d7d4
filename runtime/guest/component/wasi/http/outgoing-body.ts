import { Fault } from '../../fault.ts';
import { host, type BodyWriter } from '../../host.ts';
import { OutputStream } from '../io.ts';
import { internalError } from './error-code.ts';
import type { Fields } from './fields.ts';

/** Written while the request is under way, as fast as the broker takes it; what comes before that is kept, up to a bound. */
export class OutgoingBody {
  /** Of the header content-length. */
  readonly #length: number | undefined;
  #kept: Uint8Array[] = [];
  #size = 0;
  #taken = false;
  #finished = false;
  #writer: BodyWriter | undefined;
  #whenWhole: ((body: Uint8Array | undefined) => void) | undefined;

  constructor(length: number | undefined) {
    this.#length = length;
  }

  get finished(): boolean {
    return this.#finished;
  }

  write(): OutputStream {
    if (this.#taken) throw new Fault(undefined);
    this.#taken = true;
    return new OutputStream({ write: (bytes) => this.#write(bytes), room: () => this.#room() });
  }

  /** From now on it goes there. */
  sendTo(writer: BodyWriter): void {
    this.#writer = writer;
    for (const chunk of this.#kept) writer.write(chunk);
    this.#kept = [];
  }

  /** Told of the whole body, or of undefined when it was dropped before its end. */
  whenWhole(tell: (body: Uint8Array | undefined) => void): void {
    this.#whenWhole = tell;
    if (this.#finished) tell(this.#joined());
  }

  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    if (trailers !== undefined) throw new Fault(internalError('trailers are not supported'));
    if (body.#length !== undefined && body.#length !== body.#size) {
      body.#drop();
      throw new Fault({ tag: 'HTTP-request-body-size', val: BigInt(body.#size) });
    }
    body.#finished = true;
    body.#writer?.end();
    body.#whenWhole?.(body.#joined());
  }

  [Symbol.dispose](): void {
    if (!this.#finished) this.#drop();
  }

  #drop(): void {
    this.#writer?.fail('the body was dropped before its end');
    this.#whenWhole?.(undefined);
    this.#whenWhole = undefined;
  }

  #write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#length !== undefined && this.#size > this.#length) throw new Fault({ tag: 'closed' });
    if (this.#writer === undefined) {
      if (this.#size > mostKept()) throw new Fault({ tag: 'closed' });
      this.#kept.push(bytes.slice());
    } else if (this.#writer.open) this.#writer.write(bytes.slice());
    else throw new Fault({ tag: 'closed' });
  }

  /** One byte where it is closed: the write then says so. */
  #room(): number {
    if (this.#writer === undefined) return Math.max(1, mostKept() - this.#size);
    return this.#writer.open ? this.#writer.room() : 1;
  }

  #joined(): Uint8Array {
    const whole = new Uint8Array(this.#kept.reduce((size, { length }) => size + length, 0));
    let at = 0;
    for (const chunk of this.#kept) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

/** Bytes before the request is under way. */
const mostKept = (): number => host().messageLimit * 4;
