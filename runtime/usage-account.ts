/**
 * What one isolate takes while it runs. CPU time is shared out among its calls: an entry that only begins calls is theirs,
 * any other is divided among all that run, since nobody can say whose answer or timer it was. A call may use `limits.cpu`, and a
 * tenth of a processor for as long as it lasts; one entry may use `limits.cpu` for each message it brought. V8 shows the time
 * of a running entry as wall time, so the process's own CPU time must agree before anything is ended for it.
 */
import type Ivm from 'isolated-vm';

/** Of a processor: what a call that lasts may use in addition. */
const SUSTAINED = 0.1;
/** Entries shorter than this are never looked at. Milliseconds. */
const WATCH_INTERVAL = 20;
/** An average message that takes longer than this is entered alone. Milliseconds. */
const BATCH_BUDGET = 4;

/** What the process may grow beyond one and a half times an isolate's memory limit, while it alone runs. Bytes. */
const MEMORY_SLACK = 48 * 1024 * 1024;

interface RunningCall {
  /** `#share` when it began, less what was charged to it alone. */
  began: number;
  at: number;
}

/** Of the whole process. */
interface Usage {
  /** Milliseconds. */
  readonly cpu: number;
  /** Bytes. */
  readonly resident: number | undefined;
}

interface Entered {
  readonly messages: number;
  readonly begins: readonly number[] | undefined;
  readonly running: number;
  process: Usage | undefined;
}

export class UsageAccount {
  readonly #isolate: Ivm.Isolate;
  readonly #limit: number;
  readonly #memory: number;
  readonly #exceeded: (what: 'cpu' | 'memory') => void;
  readonly #calls = new Map<number, RunningCall>();
  /** Milliseconds each call that runs since the beginning would have used. */
  #share = 0;
  #used = 0;
  /** Milliseconds a message took lately. */
  #average = BATCH_BUDGET;
  /** Milliseconds that the entry stood still, so that the next batch is small. */
  #stood = 0;
  #entered: Entered | undefined;
  #closed = false;

  constructor(
    isolate: Ivm.Isolate,
    limits: { cpu: number; memory: number },
    exceeded: (what: 'cpu' | 'memory') => void,
  ) {
    this.#isolate = isolate;
    this.#limit = limits.cpu;
    this.#memory = limits.memory;
    this.#exceeded = exceeded;
  }

  begin(call: number): void {
    this.#calls.set(call, { began: this.#share, at: performance.now() });
  }

  finish(call: number): void {
    this.#calls.delete(call);
  }

  /** A part of a call is done: the next part may use as much again. */
  progress(call: number): void {
    const running = this.#calls.get(call);
    if (running === undefined) return;
    const now = this.#read();
    this.#spend(this.#entered, now - this.#used);
    this.#used = now;
    running.began = this.#share;
    running.at = performance.now();
  }

  /** `begins`: the calls it begins, where it does nothing else. */
  enter(messages: number, begins: readonly number[] | undefined): void {
    this.#entered = { messages, begins, running: Math.max(1, this.#calls.size), process: undefined };
    watch(this);
  }

  leave(): void {
    const entered = this.#entered;
    if (entered === undefined) return;
    this.#entered = undefined;
    const now = this.#read();
    const spent = now - this.#used;
    this.#used = now;
    this.#average = this.#average * 0.7 + ((spent + this.#stood) / entered.messages) * 0.3;
    this.#stood = 0;
    this.#spend(entered, spent);
    const time = performance.now();
    for (const { began, at } of this.#calls.values()) {
      if (this.#share - began <= this.#limit + (time - at) * SUSTAINED) continue;
      this.#exceeded('cpu');
      return;
    }
  }

  #spend(entered: Entered | undefined, ms: number): void {
    if (entered?.begins !== undefined) this.#charge(entered.begins, ms);
    else this.#share += ms / (entered?.running ?? 1);
  }

  #charge(calls: readonly number[], spent: number): void {
    for (const id of calls) {
      const call = this.#calls.get(id);
      if (call !== undefined) call.began -= spent / calls.length;
    }
  }

  /** The entry waited for the host: time in which it used nothing. */
  stood(ms: number): void {
    this.#stood += ms;
  }

  /** How many messages may share an entry. */
  batch(): number {
    return Math.max(1, Math.floor(BATCH_BUDGET / this.#average));
  }

  /** For V8's own clock, which counts wall time: far enough away that a loaded machine ends no plugin. Milliseconds. */
  deadline(messages: number): number {
    return Math.min(600_000, this.#limit * messages * 8 + 2_000);
  }

  /** Milliseconds since the isolate was made. */
  total(): number {
    return this.#closed ? this.#used : this.#read();
  }

  close(): void {
    this.#closed = true;
    this.#entered = undefined;
  }

  /** True while an entry runs. `now.resident` is undefined where the growth of the process may be another's. */
  check(now: Usage): boolean {
    const entered = this.#entered;
    if (entered === undefined || this.#closed) return false;
    const since = (entered.process ??= now);
    const ownWall = this.#read() - this.#used;
    const allowed = this.#limit * entered.messages;
    if (Math.min(ownWall, now.cpu - since.cpu + WATCH_INTERVAL) > allowed) return this.#end('cpu');
    // V8 lets a heap grow far beyond its limit between two collections.
    const grown = (now.resident ?? 0) - (since.resident ?? 0);
    if (since.resident !== undefined && grown > this.#memory * 1.5 + MEMORY_SLACK) return this.#end('memory');
    return true;
  }

  #end(what: 'cpu' | 'memory'): false {
    this.#exceeded(what);
    return false;
  }

  #read(): number {
    return this.#isolate.isDisposed ? this.#used : Number(this.#isolate.cpuTime / 1_000n) / 1_000;
  }
}

const watched = new Set<UsageAccount>();
let timer: NodeJS.Timeout | undefined;

/** One timer for all isolates of the process. */
function watch(account: UsageAccount): void {
  watched.add(account);
  timer ??= setTimeout(look, WATCH_INTERVAL);
}

function look(): void {
  const { user, system } = process.cpuUsage();
  const resident = watched.size === 1 ? process.memoryUsage.rss() : undefined;
  for (const account of watched) {
    if (!account.check({ cpu: (user + system) / 1_000, resident })) watched.delete(account);
  }
  timer = watched.size === 0 ? undefined : setTimeout(look, WATCH_INTERVAL);
}
