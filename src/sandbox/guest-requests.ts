/**
 * Requests of one guest to the broker, with their bodies. Each is decoded and counted before the port sees it; all are
 * aborted when the plugin goes.
 */
import { passedLimit } from '../config/exceeded.ts';
import { PluginError } from '../core/errors.ts';
import { decodeValue, MalformedValue } from '../protocol/decode.ts';
import { encodeValue } from '../protocol/encode.ts';
import { ProtocolViolation, textOf, type Frame } from '../protocol/frames.ts';
import { MAX_PENDING_MESSAGES, MAX_PENDING_REQUESTS, STREAM_WINDOW } from '../protocol/limits.ts';
import { FRAME, type WireFailure } from '../protocol/messages.ts';
import { GUEST_OPS, type GuestOp } from '../protocol/requests.ts';
import type { Value } from '../protocol/values.ts';
import { BodyReceiver } from './body-receiver.ts';
import { BodySender } from './body-sender.ts';
import type { Channel } from './channel.ts';
import { failureOf, readThrown } from './failures.ts';
import { messageLimit } from './limits.ts';
import type { OpenOptions } from './types.ts';

interface GuestRequest {
  readonly abort: AbortController;
  readonly receiver: BodyReceiver | undefined;
  /** Bytes of its frame, which the port may hold until it has answered. */
  readonly size: number;
}

/** Refusals that are remembered, to be known again when the plugin lets one through. */
const MAX_REFUSALS = 64;
/** The guest counts characters; UTF-8 takes up to three bytes for one. */
const BYTES_PER_CHARACTER = 3;

export class GuestRequestTable {
  readonly refusals = new Map<string, PluginError>();
  readonly #plugin: number;
  readonly #options: OpenOptions;
  readonly #channel: Channel;
  readonly #isCommand: (call: number) => boolean;
  readonly #requests = new Map<number, GuestRequest>();
  readonly #senders = new Map<number, BodySender>();
  #closed = false;
  #held = 0;

  constructor(plugin: number, options: OpenOptions, channel: Channel, isCommand: (call: number) => boolean) {
    this.#plugin = plugin;
    this.#options = options;
    this.#channel = channel;
    this.#isCommand = isCommand;
  }

  get pending(): number {
    return this.#requests.size;
  }

  /** Throws ProtocolViolation for what the runtime process must not send, MalformedValue for what the guest must not. */
  receive(frame: Frame): void {
    const { id } = frame;
    switch (frame.kind) {
      case FRAME.request:
      case FRAME.requestWithBody:
        return this.#begin(frame);
      case FRAME.abortRequest:
        this.#requests.get(id)?.receiver?.fail(new Error('the request was aborted'));
        return this.#requests.get(id)?.abort.abort();
      case FRAME.chunk:
        return this.#requests.get(id)?.receiver?.push(new Uint8Array(frame.payload));
      case FRAME.end:
        return this.#requests.get(id)?.receiver?.end();
      case FRAME.fail:
        return this.#requests.get(id)?.receiver?.fail(new Error(readThrown(textOf(frame).text).message));
      case FRAME.credit:
        return this.#senders.get(id)?.credit(creditOf(frame));
      case FRAME.cancel:
        return this.#senders.get(id)?.cancel();
      default:
        throw new ProtocolViolation(`a frame of kind ${frame.kind} is not the runtime's to send`);
    }
  }

  close(): void {
    this.#closed = true;
    const requests = [...this.#requests.values()];
    const senders = [...this.#senders.values()];
    this.#requests.clear();
    this.#senders.clear();
    for (const { abort, receiver } of requests) {
      receiver?.fail(new Error('the plugin ended'));
      abort.abort();
    }
    for (const sender of senders) sender.cancel();
  }

  #begin(frame: Frame): void {
    const { id } = frame;
    if (this.#requests.has(id)) throw new MalformedValue('two requests have one number');
    // The guest counts them too, but lets go of those it aborted before the port does.
    const size = frame.payload.length;
    const most = MAX_PENDING_MESSAGES * messageLimit(this.#options.limits);
    if (this.#requests.size >= MAX_PENDING_REQUESTS || this.#held + size > most * BYTES_PER_CHARACTER) {
      return this.#refuse(
        id,
        new PluginError('ERR_LIMIT_RATE', 'Cannot begin a request: too many are under way', {
          plugin: this.#options.name,
          details: { limit: 'requests' },
        }),
      );
    }
    const { text, bytes } = textOf(frame);
    const message = decodeValue(text, bytes);
    if (!Array.isArray(message) || typeof message[0] !== 'string' || !Array.isArray(message[1])) {
      throw new MalformedValue('a request has no operation and arguments');
    }
    const [op, args] = message as unknown as [string, readonly Value[]];
    const receiver =
      frame.kind === FRAME.requestWithBody ? new BodyReceiver(this.#channel, this.#plugin, id) : undefined;
    const request: GuestRequest = { abort: new AbortController(), receiver, size };
    this.#held += size;
    this.#requests.set(id, request);
    void this.#perform(id, op, args, request);
  }

  async #perform(id: number, op: string, args: readonly Value[], request: GuestRequest): Promise<void> {
    try {
      if (!Object.hasOwn(GUEST_OPS, op)) {
        throw new PluginError('ERR_USAGE', `Cannot perform "${op}": the host has no such operation`);
      }
      const { value, body } = await this.#options.port.request(op as GuestOp, args, {
        signal: request.abort.signal,
        body: request.receiver?.stream,
        call: op.startsWith('stdio.') && typeof args[0] === 'number' && this.#isCommand(args[0]) ? args[0] : undefined,
      });
      this.#respond(id, value, body, request);
    } catch (error) {
      this.#refuse(id, error);
    } finally {
      // A server may answer before it has the whole request: its body goes on until the answer's has ended.
      if (!this.#senders.has(id)) this.#forget(id, request);
    }
  }

  #forget(id: number, request: GuestRequest): void {
    if (this.#requests.delete(id)) this.#held -= request.size;
    request.receiver?.cancel();
  }

  #respond(id: number, value: Value, body: ReadableStream<Uint8Array> | undefined, request: GuestRequest): void {
    // The guest aborted, or is gone: nobody reads the answer.
    if (this.#closed || this.#requests.get(id)?.abort.signal.aborted === true) {
      body?.cancel().catch(() => undefined);
      return;
    }
    const encoded = encodeValue(value, messageLimit(this.#options.limits), 'answer');
    const kind = body === undefined ? FRAME.response : FRAME.responseWithBody;
    this.#channel.send(kind, this.#plugin, id, encoded.text, encoded.bytes);
    if (body === undefined) return;
    const sender = new BodySender(this.#channel, this.#plugin, id, body, {
      done: () => {
        this.#senders.delete(id);
        this.#forget(id, request);
      },
      failure: (error) => this.#failure(error),
    });
    this.#senders.set(id, sender);
  }

  #refuse(id: number, error: unknown): void {
    if (this.#closed || this.#requests.get(id)?.abort.signal.aborted === true) return;
    const failure = this.#failure(error);
    this.#channel.send(FRAME.failure, this.#plugin, id, JSON.stringify(failure));
  }

  /** What crosses of a failure; a refusal is remembered, anything but a PluginError is the host's log's. */
  #failure(error: unknown): WireFailure {
    const limit = passedLimit(error, this.#options.name);
    if (limit !== undefined) this.#options.port.passed(limit, 1);
    if (error instanceof PluginError) {
      this.refusals.delete(error.message);
      this.refusals.set(error.message, error);
      for (const oldest of this.refusals.keys()) {
        if (this.refusals.size <= MAX_REFUSALS) break;
        this.refusals.delete(oldest);
      }
    } else {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.port.log('error', `A request of "${this.#options.name}" failed in the host: ${reason}`, {});
    }
    return failureOf(error);
  }
}

function creditOf(frame: Frame): number {
  const credit = Number(frame.payload.toString('latin1', 0, 16));
  if (!Number.isInteger(credit) || credit < 0 || credit > STREAM_WINDOW)
    throw new MalformedValue('a credit is no size');
  return credit;
}
