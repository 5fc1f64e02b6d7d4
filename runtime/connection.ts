import { Socket } from 'node:net';
import { encodeFrames, FrameReader, type Frame, type Outgoing } from '../src/protocol/frames.ts';

/** The host is trusted; programs with their modules come in one frame. */
const MAX_FROM_HOST = 2 ** 30;

/** Frames to and from the host on fd 3. What is sent in one turn of the loop leaves in one write. */
export class Connection {
  readonly #socket: Socket;
  #queue: Outgoing[] = [];
  #scheduled = false;

  /** `onEnd`: the host is gone, or the bytes are no frames. */
  constructor(fd: number, onFrame: (frame: Frame) => void, onEnd: () => void) {
    this.#socket = new Socket({ fd, readable: true, writable: true });
    const reader = new FrameReader(onFrame, MAX_FROM_HOST);
    this.#socket.on('data', (chunk: Buffer) => reader.push(chunk));
    this.#socket.on('end', onEnd);
    this.#socket.on('error', onEnd);
    this.#socket.on('close', onEnd);
  }

  /** `bytes` are read at the end of this turn: nobody may write to them any more. */
  send(kind: number, plugin: number, id: number, text?: string, bytes?: readonly Uint8Array[]): void {
    this.#queue.push({ kind, plugin, id, text, bytes });
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  /** Bytes that the host has not taken yet. */
  get backlog(): number {
    return this.#socket.writableLength;
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    const queue = this.#queue;
    this.#queue = [];
    this.#socket.write(encodeFrames(queue));
  };
}
