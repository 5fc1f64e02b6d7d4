/**
 * Frames of the connection between host and runtime process: a little-endian u32 with the length of what follows, a kind,
 * a plugin's number, an id, the payload. The reader trusts nothing it reads: lengths are checked before memory is
 * taken for them, and whatever is malformed is a ProtocolViolation, after which the connection must end.
 */
import { MAX_ATTACHMENTS, MAX_FRAME } from './limits.ts';

const LENGTH = 4;
const HEAD = 9;
/** Of the kind: the payload is `u32 text length, text, (u32 length, bytes)…` instead of text or bytes alone. */
const ATTACHED = 0x80;

export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

export interface Frame {
  readonly kind: number;
  readonly plugin: number;
  readonly id: number;
  readonly attached: boolean;
  /** A view of memory that nobody else writes to. */
  readonly payload: Buffer;
}

/** What is to be sent: text with byte arrays, or raw bytes alone. */
export interface Outgoing {
  readonly kind: number;
  readonly plugin: number;
  readonly id: number;
  readonly text: string | undefined;
  /** Without text: at most one, the raw payload. */
  readonly bytes: readonly Uint8Array[] | undefined;
}

/** The text of a frame, and its byte arrays. */
export function textOf(frame: Frame): { text: string; bytes: readonly Uint8Array[] } {
  const { payload } = frame;
  if (!frame.attached) return { text: payload.toString('utf8'), bytes: [] };
  let at = 0;
  const take = (): Buffer => {
    if (at + LENGTH > payload.length) throw new ProtocolViolation('an attachment has no length');
    const length = payload.readUInt32LE(at);
    at += LENGTH;
    if (length > payload.length - at) throw new ProtocolViolation('an attachment is longer than its frame');
    at += length;
    return payload.subarray(at - length, at);
  };
  const text = take();
  const bytes: Uint8Array[] = [];
  while (at < payload.length) {
    if (bytes.length === MAX_ATTACHMENTS) throw new ProtocolViolation('a frame has too many attachments');
    // A copy: a value that is kept must not keep the whole frame, and `buffer` must be its own.
    bytes.push(new Uint8Array(take()));
  }
  return { text: text.toString('utf8'), bytes };
}

/** Cuts the bytes of a connection into frames, however they were divided on the way. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  readonly #max: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes that must be there before anything can be read. */
  #needed = LENGTH;

  constructor(onFrame: (frame: Frame) => void, max: number = MAX_FRAME) {
    this.#onFrame = onFrame;
    this.#max = max;
  }

  /** Throws ProtocolViolation, and what `onFrame` throws. Takes ownership of `chunk`. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return;
    const data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#size);
    let at = 0;
    this.#chunks = [];
    for (;;) {
      const rest = data.length - at;
      if (rest < LENGTH) {
        this.#needed = LENGTH;
        break;
      }
      const length = data.readUInt32LE(at);
      if (length < HEAD) throw new ProtocolViolation('a frame is shorter than its head');
      if (length > this.#max) throw new ProtocolViolation('a frame is longer than the limit');
      if (rest < LENGTH + length) {
        this.#needed = LENGTH + length;
        break;
      }
      const start = at + LENGTH;
      at = start + length;
      const kind = data[start] as number;
      this.#onFrame({
        kind: kind & ~ATTACHED,
        attached: (kind & ATTACHED) !== 0,
        plugin: data.readUInt32LE(start + 1),
        id: data.readUInt32LE(start + 5),
        payload: data.subarray(start + HEAD, at),
      });
    }
    this.#size = data.length - at;
    if (this.#size > 0) this.#chunks.push(at === 0 ? data : data.subarray(at));
  }
}

/** All of them as one buffer; byte arrays are copied into it. */
export function encodeFrames(frames: readonly Outgoing[]): Buffer {
  let bound = 0;
  for (const frame of frames) bound += LENGTH + HEAD + boundOf(frame);
  const buffer = Buffer.allocUnsafe(bound);
  let at = 0;
  for (const { kind, plugin, id, text, bytes } of frames) {
    const start = at;
    const attached = text !== undefined && bytes !== undefined && bytes.length > 0;
    at += LENGTH;
    buffer[at] = attached ? kind | ATTACHED : kind;
    at = buffer.writeUInt32LE(plugin, at + 1);
    at = buffer.writeUInt32LE(id, at);
    if (text !== undefined) {
      if (attached) at += LENGTH;
      const length = text.length === 0 ? 0 : buffer.write(text, at, 'utf8');
      if (attached) buffer.writeUInt32LE(length, at - LENGTH);
      at += length;
    }
    for (const item of bytes ?? []) {
      if (attached) at = buffer.writeUInt32LE(item.length, at);
      buffer.set(item, at);
      at += item.length;
    }
    buffer.writeUInt32LE(at - start - LENGTH, start);
  }
  return buffer.subarray(0, at);
}

/** An upper bound: UTF-8 takes at most three bytes for a UTF-16 code unit; exact where that would waste memory. */
function boundOf({ text, bytes }: Outgoing): number {
  let size = 0;
  if (text !== undefined) size += LENGTH + (text.length > 4_096 ? Buffer.byteLength(text) : text.length * 3);
  for (const item of bytes ?? []) size += LENGTH + item.length;
  return size;
}
