import type { Duplex } from 'node:stream';
import { encodeFrames, FrameReader, ProtocolViolation, type Frame, type Outgoing } from '../protocol/frames.ts';

/** Bytes the runtime process has not taken yet, beyond which streams wait. */
const HIGH_WATER = 1024 * 1024;

export interface ChannelEvents {
  /** A ProtocolViolation it throws ends the connection. */
  onFrame(frame: Frame): void;
  /** Once. With a violation: the peer broke the protocol. */
  onClosed(violation: ProtocolViolation | undefined): void;
}

/**
 * Frames to and from one runtime process. What is sent in one turn of the loop leaves in one write; streams take turns, a
 * chunk each. Trusts no byte it reads: the first that breaks the protocol ends the connection.
 */
export class Channel {
  readonly #socket: Duplex;
  readonly #events: ChannelEvents;
  #queue: Outgoing[] = [];
  #waiting: (() => void)[] = [];
  #scheduled = false;
  #closed = false;

  constructor(socket: Duplex, events: ChannelEvents) {
    this.#socket = socket;
    this.#events = events;
    const reader = new FrameReader((frame) => {
      if (!this.#closed) events.onFrame(frame);
    });
    socket.on('data', (chunk: Buffer) => {
      if (this.#closed) return;
      try {
        reader.push(chunk);
      } catch (error) {
        if (!(error instanceof ProtocolViolation)) throw error;
        this.close(error);
      }
    });
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
    socket.on('drain', () => this.#schedule());
  }

  /** `bytes` are read at the end of this turn: nobody may write to them any more. */
  send(kind: number, plugin: number, id: number, text?: string, bytes?: readonly Uint8Array[]): void {
    if (this.#closed) return;
    this.#queue.push({ kind, plugin, id, text, bytes });
    this.#schedule();
  }

  /** Resolves when it is a stream's turn to send one chunk. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  close(violation?: ProtocolViolation): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#socket.destroy();
    for (const resume of this.#waiting.splice(0)) resume();
    this.#events.onClosed(violation);
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#closed) return;
    if (this.#queue.length > 0) {
      const queue = this.#queue;
      this.#queue = [];
      this.#socket.write(encodeFrames(queue));
    }
    // Without congestion all of them, one chunk each; otherwise 'drain' comes back here.
    if (this.#waiting.length > 0 && this.#socket.writableLength < HIGH_WATER) {
      for (const resume of this.#waiting.splice(0)) resume();
    }
  };
}
