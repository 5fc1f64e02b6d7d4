/**
 * One plugin's isolate. Whatever it posts is text and bytes of a hostile peer: it is cut, counted and forwarded unread.
 * The isolate is entered with a deadline each time, one entry at a time, several messages in one; results never travel as
 * the value of an entry, so that a rejection nobody handles settles no call.
 */
import type Ivm from 'isolated-vm';
import { DISPOSE_GRACE } from '../src/protocol/limits.ts';
import { FRAME, type WireGone, type WireOpen } from '../src/protocol/messages.ts';
import { UsageAccount } from './usage-account.ts';
import { GuestPosts } from './guest-posts.ts';
import type { Library } from './library.ts';
import { createNative } from './native.ts';
import type { Boot } from './wire.ts';
import { LOCAL } from './wire.ts';

export interface IsolateEvents {
  send(kind: number, id: number, text?: string, bytes?: readonly Uint8Array[]): void;
  /** The isolate is no more. */
  gone(gone: WireGone): void;
  /** It does not end: this process must. */
  stuck(gone: WireGone): void;
}

interface Inbound {
  readonly kind: number;
  readonly id: number;
  readonly text: string;
  readonly tagged: boolean;
  readonly bytes: readonly Uint8Array[];
}

type Enter = Ivm.Reference<(messages: string, ...extras: unknown[]) => void>;

/** Messages in one entry: enough to share its cost, few enough that the plugin's deadline stays meaningful. */
const MAX_BATCH = 64;
const MAX_BATCH_TEXT = 1024 * 1024;
const MIB = 1024 * 1024;
const MAX_GRACES = 8;
const MEMORY_GRACES = 3;

/** Unhandled rejections a second that are logged: the guest's own rate does not see them. */
const MAX_FAULTS = 20;

export class GuestIsolate {
  readonly #options: WireOpen;
  readonly #events: IsolateEvents;
  readonly #isolate: Ivm.Isolate;
  readonly cpu: UsageAccount;
  readonly #posts: GuestPosts;
  #enter: Enter | undefined;
  #grace: NodeJS.Timeout | undefined;
  #queue: Inbound[] = [];
  #running = false;
  #scheduled = false;
  #ended: WireGone | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timers = 0;
  /** It asked to be entered again, and was not yet. */
  #again = false;
  #faults = 0;
  #faultSecond = 0;
  #memory = 0;
  /** It ran since its memory was measured. */
  #ran = true;
  /** A component stands still until this is called. */
  #wake: (() => void) | undefined;

  constructor(library: Library, options: WireOpen, events: IsolateEvents) {
    this.#options = options;
    this.#events = events;
    this.#isolate = new library.ivm.Isolate({
      memoryLimit: Math.max(8, Math.ceil(options.limits.memory / MIB)),
      inspector: false,
      onCatastrophicError: (message) => this.#events.stuck({ why: 'catastrophe', detail: message }),
    });
    this.cpu = new UsageAccount(this.#isolate, options.limits, (why) => this.end({ why, detail: '' }));
    this.#posts = new GuestPosts(options.limits.message, {
      send: events.send,
      answered: (call) => this.cpu.finish(call),
      progressed: (call) => this.cpu.progress(call),
      arm: (ms, timers) => this.#arm(ms, timers),
      again: () => this.#enterAgain(),
      violated: (detail) => this.end({ why: 'protocol', detail }),
    });
  }

  /**
   * Runs the bootstrap and compiles the plugin's script; nothing of the plugin runs. `bytes`: of the config, then the core
   * modules of a component. False: it ended instead.
   */
  async start(library: Library, script: string, bytes: readonly Uint8Array[]): Promise<boolean> {
    try {
      await this.#start(library, script, bytes);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.end({ why: this.#isolate.isDisposed && detail.includes('memory limit') ? 'memory' : 'compile', detail });
    }
    return this.#ended === undefined;
  }

  async #start(library: Library, script: string, bytes: readonly Uint8Array[]): Promise<void> {
    const { ivm } = library;
    const context = await this.#isolate.createContext();
    const bootstrap = await library.compileBootstrap(this.#isolate);
    const timeout = 30_000;
    const native = createNative();
    const start: Ivm.Reference = await bootstrap.run<{ reference: true }>(context, {
      reference: true,
      timeout,
    } as never);
    const { name, version, env, limits, config, configBytes, kind, modules } = this.#options;
    const boot: Boot = { name, version, config, configBytes, env, limits, kind, modules };
    this.#enter = (await start.apply(
      undefined,
      [
        new ivm.Callback(this.#posts.onPost, { ignored: true }),
        new ivm.Callback(this.#posts.onPostBytes, { ignored: true }),
        new ivm.Callback((op: string, ...args: unknown[]) => native(op, args), { sync: true }),
        kind === 'component' ? new ivm.Reference(this.#waiter(ivm)) : undefined,
        JSON.stringify(boot),
        ...bytes,
      ],
      { arguments: { copy: true }, result: { reference: true }, timeout },
    )) as Enter;
    const program = await library.compileProgram(this.#isolate, name, this.#options.digest, script);
    const body: Ivm.Reference = await program.run<{ reference: true }>(context, {
      reference: true,
      timeout,
    } as never);
    await this.#enter?.apply(undefined, [`[[${LOCAL.define},0,0,0,null]]`, body.derefInto()], { timeout });
    start.release();
    program.release();
    bootstrap.release();
    if (!this.#isolate.isDisposed) this.cpu.opened();
  }

  deliver(message: Inbound): void {
    if (this.#ended !== undefined) return;
    if (message.kind === FRAME.call) {
      this.#posts.expect(message.id);
      this.cpu.begin(message.id);
    }
    if (message.kind === FRAME.response || message.kind === FRAME.responseWithBody || message.kind === FRAME.failure) {
      this.#posts.settle(message.id);
    }
    this.#queue.push(message);
    if (this.#wake !== undefined && reachesWaiting(message)) return this.#wake();
    if (this.#running || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** `[cpu in ms, memory in bytes, timers, pending requests]`. Memory is what it was when the isolate was last idle. */
  usage(): [number, number, number, number] {
    if (this.#ran && !this.#running && this.#ended === undefined && this.#enter !== undefined) void this.#measure();
    return [this.cpu.total(), this.#memory, this.#timers, this.#posts.pending];
  }

  /** Ends the isolate without asking the guest; says `stuck` where V8 does not give it back. */
  end(gone: WireGone): void {
    if (this.#ended !== undefined) return;
    this.#ended = gone;
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#wake?.();
    this.#posts.close();
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
    if (this.#running) this.#waitForEnd(gone, process.cpuUsage(), 1);
    else this.#finish();
  }

  /** V8 gives an isolate back within milliseconds, or never: then its thread burns CPU, or the wait has an end. */
  #waitForEnd(gone: WireGone, since: NodeJS.CpuUsage, turn: number): void {
    this.#grace = setTimeout(() => {
      const { user, system } = process.cpuUsage(since);
      // A collection of much garbage cannot be interrupted.
      const patient = gone.why === 'memory' && turn < MEMORY_GRACES;
      if ((!patient && user + system > DISPOSE_GRACE * 500) || turn === MAX_GRACES) this.#events.stuck(gone);
      else this.#waitForEnd(gone, since, turn + 1);
    }, DISPOSE_GRACE);
  }

  #finish(): void {
    clearTimeout(this.#grace);
    this.cpu.close();
    if (this.#ended !== undefined) this.#events.gone(this.#ended);
  }

  async #measure(): Promise<void> {
    this.#ran = false;
    try {
      const heap = await this.#isolate.getHeapStatistics();
      this.#memory = heap.used_heap_size + heap.externally_allocated_size;
    } catch (error) {
      // The isolate ended meanwhile: its entry says so.
      if (!this.#isolate.isDisposed) throw error;
    }
  }

  #pump(): void {
    if (this.#running || this.#ended !== undefined || this.#queue.length === 0 || this.#enter === undefined) return;
    const batch = this.#takeBatch();
    const { text, extras } = join(batch);
    this.#again = false;
    this.#running = true;
    this.#ran = true;
    const begins = batch.every(({ kind }) => kind === FRAME.call);
    this.cpu.enter(batch.length, begins ? batch.map(({ id }) => id) : undefined);
    const timeout = this.cpu.deadline(batch.length);
    const entry =
      extras.length === 0
        ? this.#enter.apply(undefined, [text], { timeout })
        : this.#enter.apply(undefined, [text, ...extras], { timeout, arguments: { copy: true } });
    entry.then(
      () => this.#settled(),
      (error: unknown) => {
        this.#failed(error);
        this.#settled();
      },
    );
  }

  /** The isolate waits for this on its own thread: what arrives meanwhile is the answer, what begins new work is not. */
  #waiter(ivm: Library['ivm']): (ms: unknown) => Promise<unknown> {
    return async (ms) => {
      const since = performance.now();
      this.cpu.stand();
      if (!this.#queue.some(reachesWaiting)) await this.#arrival(Number(ms));
      this.cpu.stood(performance.now() - since);
      const arrived = this.#queue.filter(reachesWaiting);
      this.#queue = this.#queue.filter((message) => !reachesWaiting(message));
      const { text, extras } = join(arrived);
      return new ivm.ExternalCopy([text, ...extras]).copyInto({ release: true });
    };
  }

  #arrival(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms >= 0 && ms < 2 ** 31 ? setTimeout(() => this.#wake?.(), ms) : undefined;
      this.#wake = () => {
        this.#wake = undefined;
        clearTimeout(timer);
        resolve();
      };
      if (this.#ended !== undefined) this.#wake();
    });
  }

  #takeBatch(): Inbound[] {
    const most = Math.min(MAX_BATCH, this.cpu.batch());
    let size = 0;
    let count = 0;
    for (const message of this.#queue) {
      if (count === most || size > MAX_BATCH_TEXT) break;
      size += message.text.length;
      count += 1;
    }
    if (count === this.#queue.length) {
      const all = this.#queue;
      this.#queue = [];
      return all;
    }
    return this.#queue.splice(0, count);
  }

  #settled(): void {
    this.#running = false;
    if (this.#ended !== undefined) {
      this.#finish();
      return;
    }
    this.cpu.leave();
    this.#pump();
  }

  /** An entry throws for what no guest code can catch, and for a rejection that nobody handled. */
  #failed(error: unknown): void {
    if (this.#ended !== undefined) return;
    const message = error instanceof Error ? error.message : String(error);
    if (this.#isolate.isDisposed) {
      this.end({ why: message.includes('memory limit') ? 'memory' : 'terminated', detail: message });
    } else if (message === 'Script execution timed out.') {
      this.end({ why: 'cpu', detail: '' });
    } else {
      this.#log('error', `Unhandled rejection: ${message}`, error instanceof Error ? (error.stack ?? '') : '');
    }
  }

  #log(level: string, message: string, stack: string): void {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#faultSecond) this.#faults = 0;
    this.#faultSecond = second;
    this.#faults += 1;
    if (this.#faults > MAX_FAULTS) return;
    const fields = JSON.stringify({ stack: stack.slice(0, 8_192) });
    this.#events.send(FRAME.log, 0, `["${level}",${JSON.stringify(message.slice(0, 4_096))},${fields}]`);
  }

  #enterAgain(): void {
    if (this.#again) return;
    this.#again = true;
    this.deliver({ kind: LOCAL.again, id: 0, text: '', tagged: false, bytes: [] });
  }

  #arm(ms: number, timers: number): void {
    clearTimeout(this.#timer);
    this.#timers = Number.isInteger(timers) && timers > 0 ? timers : 0;
    if (this.#timers === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.deliver({ kind: LOCAL.timers, id: 0, text: '', tagged: false, bytes: [] });
      },
      Math.min(ms, 2 ** 31 - 1),
    );
  }
}

/** Answers, and what belongs to them: nothing that begins new work in the guest. */
const ANSWERS = new Set<number>([
  FRAME.abortCall,
  FRAME.response,
  FRAME.responseWithBody,
  FRAME.failure,
  FRAME.chunk,
  FRAME.end,
  FRAME.fail,
  FRAME.credit,
  FRAME.cancel,
]);

function reachesWaiting({ kind }: Inbound): boolean {
  return ANSWERS.has(kind);
}

function join(batch: readonly Inbound[]): { text: string; extras: unknown[] } {
  let text = '[';
  const extras: unknown[] = [];
  for (const { kind, id, text: payload, tagged, bytes } of batch) {
    if (text.length > 1) text += ',';
    text += `[${kind},${id},${tagged ? 1 : 0},${bytes.length},${payload === '' ? 'null' : payload}]`;
    extras.push(...bytes);
  }
  return { text: `${text}]`, extras };
}
