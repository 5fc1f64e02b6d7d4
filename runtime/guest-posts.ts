/**
 * Reads what an isolate posts. The bootstrap writes it, but a guest that has broken out of its bootstrap may post anything:
 * what the bootstrap would never post is a violation, and ends that isolate alone. Payloads are forwarded unread.
 */
import { MAX_PENDING_MESSAGES, MAX_PENDING_REQUESTS } from '../src/protocol/limits.ts';
import { FRAME } from '../src/protocol/messages.ts';
import { LOCAL, MESSAGE_SEPARATOR, SEPARATOR } from './wire.ts';

export interface PostEvents {
  /** A message for the host. */
  send(kind: number, id: number, text?: string, bytes?: readonly Uint8Array[]): void;
  answered(call: number): void;
  /** A part of a call is done. */
  progressed(call: number): void;
  arm(ms: number, timers: number): void;
  again(): void;
  violated(detail: string): void;
}

/** What a message's head and an error's text take beside its value. Characters and bytes. */
const MESSAGE_SLACK = 64 * 1024;

const FROM_GUEST = new Set<number>([
  FRAME.result,
  FRAME.thrown,
  FRAME.request,
  FRAME.requestWithBody,
  FRAME.abortRequest,
  FRAME.chunk,
  FRAME.end,
  FRAME.fail,
  FRAME.credit,
  FRAME.cancel,
  FRAME.log,
  FRAME.handled,
  FRAME.passed,
]);

export class GuestPosts {
  readonly #limit: number;
  readonly #events: PostEvents;
  readonly #calls = new Set<number>();
  /** With what each holds in the host until it is answered. */
  readonly #requests = new Map<number, number>();
  #held = 0;
  #closed = false;

  constructor(messageLimit: number, events: PostEvents) {
    this.#limit = messageLimit + MESSAGE_SLACK;
    this.#events = events;
  }

  /** Requests the host has not answered. */
  get pending(): number {
    return this.#requests.size;
  }

  /** The host called: an answer is expected. */
  expect(call: number): void {
    this.#calls.add(call);
  }

  /** The host answered, or the guest aborted. */
  settle(request: number): void {
    this.#held -= this.#requests.get(request) ?? 0;
    this.#requests.delete(request);
  }

  close(): void {
    this.#closed = true;
    this.#calls.clear();
    this.#requests.clear();
  }

  readonly onPost = (messages: unknown): void => {
    if (this.#closed) return;
    if (typeof messages !== 'string') return this.#violated('it posted no text');
    if (!messages.includes(MESSAGE_SEPARATOR)) return this.#read(messages, undefined);
    for (const message of messages.split(MESSAGE_SEPARATOR)) this.#read(message, undefined);
  };

  readonly onPostBytes = (message: unknown, ...bytes: unknown[]): void => {
    if (this.#closed) return;
    if (typeof message !== 'string') return this.#violated('it posted no text');
    let size = message.length;
    for (const item of bytes) {
      if (!(item instanceof Uint8Array)) return this.#violated('it posted something that is not bytes');
      size += item.length;
    }
    if (size > this.#limit) return this.#violated('it posted more than limits.message');
    this.#read(message, bytes as Uint8Array[]);
  };

  #read(message: string, bytes: readonly Uint8Array[] | undefined): void {
    if (this.#closed) return;
    const split = message.indexOf(SEPARATOR);
    const head = message.slice(0, Math.max(split, 0)).split(',', 2);
    const kind = Number(head[0]);
    const id = Number(head[1]);
    if (message.length > this.#limit) return this.#violated('it posted more than limits.message');
    if (split < 0 || !Number.isInteger(kind) || !Number.isInteger(id) || id < 0 || id > 0xffff_ffff) {
      return this.#violated('it posted a malformed message');
    }
    if (kind === LOCAL.arm) return this.#events.arm(id, Number(message.slice(split + 1)));
    if (kind === LOCAL.again) return this.#events.again();
    if (!FROM_GUEST.has(kind)) return this.#violated('it posted an unknown message');
    if (kind === FRAME.result || kind === FRAME.thrown) {
      if (!this.#calls.delete(id)) return this.#violated('it answered a call that does not run');
      this.#events.answered(id);
    }
    if (kind === FRAME.handled) {
      if (!this.#calls.has(id)) return this.#violated('it told of a call that does not run');
      this.#events.progressed(id);
    }
    if (kind === FRAME.request || kind === FRAME.requestWithBody) {
      if (!this.#begin(id, message, bytes)) return this.#violated('it has too many requests under way');
    }
    if (kind === FRAME.abortRequest) this.settle(id);
    if (kind === FRAME.chunk) return this.#events.send(kind, id, undefined, bytes ?? []);
    this.#events.send(kind, id, message.slice(split + 1), bytes);
  }

  #begin(id: number, message: string, bytes: readonly Uint8Array[] | undefined): boolean {
    let size = message.length;
    for (const item of bytes ?? []) size += item.length;
    if (this.#requests.has(id) || this.#requests.size === MAX_PENDING_REQUESTS) return false;
    this.#requests.set(id, size);
    this.#held += size;
    return this.#held <= (MAX_PENDING_MESSAGES + 1) * this.#limit;
  }

  #violated(detail: string): void {
    this.close();
    this.#events.violated(detail);
  }
}
