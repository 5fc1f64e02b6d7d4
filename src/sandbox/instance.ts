/**
 * One plugin's end of the channel. Guarantees that each call settles once, that nothing the guest sends reaches the port
 * before it was decoded and counted, and that nothing of the plugin goes on after its exit. Trusts neither the guest nor
 * the runtime process: numbers it doesn't know break the protocol.
 */
import { exceeded, passedLimit } from '../config/exceeded.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import { FRAME, type WireGone } from '../protocol/messages.ts';
import { decodeValue, MalformedValue } from '../protocol/decode.ts';
import { encodeValue, ValueError, type Encoded } from '../protocol/encode.ts';
import { ProtocolViolation, textOf, type Frame } from '../protocol/frames.ts';
import type { CallOp, HostOp, HostRequests, WireDelivery } from '../protocol/requests.ts';
import type { Value } from '../protocol/values.ts';
import { describe } from './description.ts';
import type { Channel } from './channel.ts';
import { eventBatches } from './event-batches.ts';
import { readHandled } from './frames-in.ts';
import { goneError, labelOf, readThrown, thrownError } from './failures.ts';
import { GuestRequestTable } from './guest-requests.ts';
import { messageLimit } from './limits.ts';
import { PassedLimits } from './passed-limits.ts';
import { PluginLog } from './plugin-log.ts';
import { Slots } from './slots.ts';
import type { CallOptions, Instance, InstanceExit, InstanceUsage, OpenOptions } from './types.ts';

/** Events that are being handled. */
interface Batch {
  left: number;
  readonly handled: (error?: PluginError) => void;
}

interface PendingCall {
  readonly op: HostOp;
  /** Which one its deadline is. */
  readonly limit: 'timeout' | 'startTimeout' | 'stopTimeout';
  readonly label: string;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: PluginError) => void;
  readonly free: () => void;
  readonly deadline: NodeJS.Timeout;
  readonly batch: Batch | undefined;
  /** The caller has its answer already: what the guest says is let go. */
  abandoned: boolean;
}

/** What the instance needs of its process. */
export interface InstanceHost {
  /** Of the process, as far as it is known. */
  readonly pid: () => number;
  readonly channel: Channel;
  /** Asks the isolates of the process what they use; resolves to this one's. */
  usage(plugin: number): Promise<InstanceUsage>;
  /** Tells the isolate to end; the process ends if it doesn't. */
  dispose(plugin: number): void;
}

export class RemoteInstance implements Instance {
  readonly name: string;
  readonly number: number;
  readonly options: OpenOptions;
  readonly exited: Promise<InstanceExit>;
  readonly #host: InstanceHost;
  readonly #calls = new Map<number, PendingCall>();
  readonly #requests: GuestRequestTable;
  readonly #slots: Slots;
  readonly #log: PluginLog;
  readonly #passed: PassedLimits;
  #lastCall = 0;
  /** Why it is being ended; the first reason counts. */
  #ending: InstanceExit | undefined;
  #ended = false;
  #settleExit!: (exit: InstanceExit) => void;
  /** When the guest was last entered, for blame. */
  activeAt = 0;

  constructor(number: number, options: OpenOptions, host: InstanceHost) {
    this.number = number;
    this.name = options.name;
    this.options = options;
    this.#host = host;
    this.#slots = new Slots(options.limits.concurrency);
    this.#log = new PluginLog(options.port, options.limits.logRate);
    this.#passed = new PassedLimits(options.port);
    this.#requests = new GuestRequestTable(number, options, host.channel, (call) => this.#isCommand(call));
    this.exited = new Promise((resolve) => {
      this.#settleExit = resolve;
    });
  }

  get pid(): number {
    return this.#host.pid();
  }

  /** It was told to end, or has ended. */
  get ending(): boolean {
    return this.#ending !== undefined;
  }

  get busy(): boolean {
    return this.#calls.size > 0;
  }

  async request<Op extends CallOp>(
    op: Op,
    args: HostRequests[Op]['args'],
    options: CallOptions = {},
  ): Promise<HostRequests[Op]['result']> {
    const label = labelOf(this.name, op, args);
    if (this.#ending !== undefined) throw this.#over(label);
    if (options.signal?.aborted === true) throw aborted(this.name, label);
    const encoded = this.#encode(label, op, args);
    const limited = op === 'call' || op === 'service';
    const wait = limited ? this.#slots.take(options.signal) : undefined;
    if (wait !== undefined && !(await wait)) throw aborted(this.name, label);
    if (this.#ending !== undefined) {
      if (limited) this.#slots.free();
      throw this.#over(label);
    }
    const value = await this.#call({ op, label, limit: deadlineOf(op, args) }, encoded, options, limited);
    if (op === 'health') return this.#withMemory(value);
    return op === 'describe' ? describe(this.name, value) : value;
  }

  async deliver(
    deliveries: readonly WireDelivery[],
    handled: (error?: PluginError) => void,
    options: CallOptions = {},
  ): Promise<void> {
    const label = labelOf(this.name, 'events', [deliveries]);
    for (const batch of eventBatches(deliveries, messageLimit(this.options.limits))) {
      if (this.#ending !== undefined) throw this.#over(label);
      if (options.signal?.aborted === true) throw aborted(this.name, label);
      if (batch instanceof ValueError) handled(this.#refusal(label, batch));
      else {
        const asked = { op: 'events', label, limit: 'timeout' } as const;
        await this.#call(asked, batch, options, false, { left: batch.events, handled });
      }
    }
  }

  #call(
    { op, label, limit }: Pick<PendingCall, 'op' | 'label' | 'limit'>,
    encoded: Pick<Encoded, 'text' | 'bytes'>,
    options: CallOptions,
    limited: boolean,
    batch?: Batch,
  ): Promise<Value> {
    const { signal } = options;
    const id = (this.#lastCall = this.#lastCall === 0xffff_ffff ? 1 : this.#lastCall + 1);
    const ms = options.timeout ?? this.options.limits.timeout;
    return new Promise<Value>((resolve, reject) => {
      const deadline = setTimeout(() => this.#pastDeadline(id, ms), Math.min(ms, 2 ** 31 - 1));
      const abort = (): void => this.#abort(id);
      signal?.addEventListener('abort', abort, { once: true });
      this.#calls.set(id, {
        op,
        limit,
        label,
        resolve,
        reject,
        abandoned: false,
        deadline,
        batch,
        free: () => {
          clearTimeout(deadline);
          signal?.removeEventListener('abort', abort);
          if (limited) this.#slots.free();
        },
      });
      options.onCall?.(id);
      this.activeAt = Date.now();
      this.#host.channel.send(FRAME.call, this.number, id, encoded.text, encoded.bytes);
    });
  }

  /** `memory_usage` is what the guest cannot know. */
  async #withMemory(health: Value): Promise<Value> {
    if (typeof health !== 'object' || health === null || !Object.hasOwn(health, 'memory_usage')) return health;
    const members = health as { readonly [key: string]: Value };
    return members['memory_usage'] === 0 ? { ...members, memory_usage: (await this.usage()).memory } : health;
  }

  abortCalls(error: PluginError): void {
    for (const [id, { op }] of this.#calls) {
      if (op !== 'lifecycle' && op !== 'health') this.#abort(id, error);
    }
  }

  usage(): Promise<InstanceUsage> {
    return this.#host.usage(this.number);
  }

  async dispose(): Promise<void> {
    this.end({ kind: 'disposed' });
    await this.exited;
  }

  /** Begins the end: calls fail now, the isolate is told to go. */
  end(exit: InstanceExit): void {
    if (this.#ending !== undefined) return;
    this.#ending = exit;
    this.#failCalls();
    this.#requests.close();
    this.#slots.close();
    this.#host.dispose(this.number);
  }

  /** The isolate is gone, or its process is. Idempotent. */
  finish(exit: InstanceExit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ending ??= exit;
    this.#failCalls();
    this.#requests.close();
    this.#slots.close();
    if (this.#ending.kind === 'crashed' && this.#ending.blame === 'self') this.tell(this.#ending.error);
    this.#settleExit(this.#ending);
  }

  /** A limit that it passed is counted and audited. */
  tell(error: unknown): void {
    const limit = passedLimit(error, this.name);
    if (limit !== undefined) this.options.port.passed(limit, 1);
  }

  /** The runtime process says so. */
  gone(gone: WireGone): void {
    const error = goneError(this.name, gone, this.options.limits);
    this.finish(
      gone.why === 'disposed' && this.#ending !== undefined ? this.#ending : { kind: 'crashed', blame: 'self', error },
    );
  }

  /** Throws ProtocolViolation. */
  receive(frame: Frame): void {
    if (this.#ended) return;
    this.activeAt = Date.now();
    switch (frame.kind) {
      case FRAME.result:
      case FRAME.thrown:
        return this.#answer(frame);
      case FRAME.handled:
        return this.#guarded(() => this.#progress(frame));
      case FRAME.log:
        return this.#guarded(() => this.#log.receive(frame));
      case FRAME.passed:
        return this.#guarded(() => this.#passed.receive(frame));
      default:
        if (this.#ending === undefined) this.#guarded(() => this.#requests.receive(frame));
    }
  }

  #progress(frame: Frame): void {
    const call = this.#calls.get(frame.id);
    if (call?.batch === undefined) {
      if (this.#ending !== undefined) return;
      throw new ProtocolViolation('events that were not delivered are handled');
    }
    const { count, thrown } = readHandled(textOf(frame).text, call.batch.left);
    call.deadline.refresh();
    this.#handled(call, call.batch, count, thrown);
  }

  #handled(call: PendingCall, batch: Batch, count: number, thrown?: string): void {
    batch.left -= count;
    if (call.abandoned) return;
    for (let index = thrown === undefined ? 0 : 1; index < count; index += 1) batch.handled();
    if (thrown !== undefined) batch.handled(this.#thrown(call, thrown));
  }

  #thrown(call: PendingCall, text: string): PluginError {
    return thrownError(this.name, call.label, readThrown(text), this.options.program, this.#requests.refusals);
  }

  #answer(frame: Frame): void {
    const call = this.#calls.get(frame.id);
    if (call === undefined) {
      if (this.#ending !== undefined) return;
      throw new ProtocolViolation('an answer to a call that was not made');
    }
    this.#calls.delete(frame.id);
    call.free();
    if (call.abandoned) return;
    const { text, bytes } = textOf(frame);
    if (frame.kind === FRAME.thrown) {
      call.reject(this.#thrown(call, text));
      return;
    }
    this.#guarded(() => {
      try {
        const value = decodeValue(text, bytes);
        if (call.batch !== undefined) this.#finishBatch(call, call.batch, value);
        call.resolve(value);
      } catch (error) {
        call.reject(
          new PluginError('ERR_PROTOCOL', `Cannot ${call.label}: its answer is malformed`, { plugin: this.name }),
        );
        throw error;
      }
    });
  }

  #finishBatch(call: PendingCall, batch: Batch, rest: Value): void {
    if (rest !== batch.left) throw new MalformedValue('it ended with events that it did not handle');
    this.#handled(call, batch, batch.left);
  }

  /** What is malformed inside a message is the guest's doing: its isolate ends, its process lives. */
  #guarded(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof MalformedValue)) throw error;
      const reason = new PluginError('ERR_PROTOCOL', `Cannot go on with "${this.name}": ${error.message}`, {
        plugin: this.name,
      });
      this.end({ kind: 'crashed', blame: 'self', error: reason });
    }
  }

  #pastDeadline(id: number, ms: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    const message = `Cannot ${call.label}: it took longer than ${ms} ms`;
    const error = exceeded('ERR_LIMIT_TIME', message, this.name, this.options.limits, call.limit, { timeout: ms });
    this.#calls.delete(id);
    call.free();
    if (!call.abandoned) call.reject(error);
    this.end({ kind: 'crashed', blame: 'self', error });
  }

  #abort(id: number, error?: PluginError): void {
    const call = this.#calls.get(id);
    if (call === undefined || call.abandoned) return;
    // It still counts against concurrency and its deadline: the guest may not have noticed.
    call.abandoned = true;
    call.reject(error ?? aborted(this.name, call.label));
    this.#host.channel.send(FRAME.abortCall, this.number, id, '');
  }

  #failCalls(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) {
      call.free();
      if (!call.abandoned) call.reject(this.#over(call.label));
    }
  }

  /** What a call is told after the end: innocents may try again. */
  #over(label: string): PluginError {
    const exit = this.#ending;
    if (exit?.kind !== 'crashed') {
      return new PluginError('ERR_STATE', `Cannot ${label}: it was disposed`, { plugin: this.name });
    }
    const own = exit.blame === 'self' && isPluginError(exit.error, 'ERR_LIMIT_CPU', 'ERR_LIMIT_MEMORY', 'ERR_BUILD');
    if (own) return exit.error;
    return new PluginError('ERR_PLUGIN_CRASHED', `Cannot ${label}: ${crashReason(exit.error)}`, {
      plugin: this.name,
      cause: exit.error,
      retryable: exit.blame === 'innocent',
    });
  }

  #encode(label: string, op: HostOp, args: readonly unknown[]): Encoded {
    try {
      return encodeValue([op, args], messageLimit(this.options.limits));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      const root = op === 'service' ? '$[1][2]' : op === 'call' ? '$[1][1]' : '$[1]';
      throw this.#refusal(label, error.relabel(root, 'arguments'));
    }
  }

  #refusal(label: string, { message, path, code }: ValueError): PluginError {
    return new PluginError(code, `Cannot ${label}: ${message}`, { plugin: this.name, details: { path } });
  }

  #isCommand(call: number): boolean {
    return this.#calls.get(call)?.op === 'command';
  }
}

function deadlineOf(op: HostOp, [first]: readonly unknown[]): PendingCall['limit'] {
  if (op === 'describe') return 'startTimeout';
  if (op !== 'lifecycle') return 'timeout';
  return first === 'initialize' || first === 'start' ? 'startTimeout' : 'stopTimeout';
}

function aborted(plugin: string, label: string): PluginError {
  return new PluginError('ERR_ABORTED', `Cannot ${label}: it was aborted`, { plugin });
}

function crashReason(error: PluginError): string {
  return error.message.replace(/^Cannot [^:]*: /, '');
}
