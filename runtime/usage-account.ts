/**
 * What one isolate takes while it runs. CPU time is shared out among its calls: an entry that only begins calls is theirs,
 * any other is divided among all that run, since nobody can say whose answer or timer it was. A call may use `limits.cpu`, and a
 * tenth of a processor for as long as it lasts; one entry may use `limits.cpu` for each message it brought. V8 shows the time
 * of a running entry as wall time, and each that runs has a thread: its share of the CPU time of the process must agree
 * before anything is ended for it, or a busy machine would end who merely waits for a processor.
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

interface Entered {
  readonly messages: number;
  readonly begins: readonly number[] | undefined;
  readonly running: number;
  /** `#used` when it began. */
  readonly from: number;
  /** Its part of what the process took since it was first looked at. Milliseconds. */
  charged: number | undefined;
  /** Of the process, when it was first looked at. Bytes. */
  resident: number | undefined;
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
  #stands = false;
  #ending = false;
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

  /** The isolate is open: what that took is no call's. */
  opened(): void {
    this.#used = this.#read();
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
    const running = Math.max(1, this.#calls.size);
    this.#entered = { messages, begins, running, from: this.#used, charged: undefined, resident: undefined };
    watch(this);
  }

  leave(): void {
    const entered = this.#entered;
    if (entered === undefined) return;
    this.#entered = undefined;
    const now = this.#read();
    const spent = now - this.#used;
    this.#used = now;
    settle(now - entered.from - (entered.charged ?? 0));
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

  /** The entry waits for the host: it uses nothing until `stood`. */
  stand(): void {
    this.#stands = true;
  }

  stood(ms: number): void {
    this.#stands = false;
    this.#stood += ms;
  }

  /** An entry is under way that may use a processor. */
  get runs(): boolean {
    return this.#entered !== undefined && !this.#closed && !this.#stands;
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

  /** It was told to end, and its entry has not yet. */
  get ends(): boolean {
    return this.#ending && this.#entered !== undefined && !this.#closed;
  }

  /**
   * False once no entry is under way. `share`: milliseconds of CPU time since the last look, for each entry that runs.
   * `resident`: bytes of the process; undefined where its growth may be another's.
   */
  charge(share: number, resident: number | undefined): boolean {
    const entered = this.#entered;
    if (entered === undefined || this.#closed) return false;
    if (entered.charged === undefined) {
      entered.charged = 0;
      entered.resident = resident;
    } else if (!this.#stands) entered.charged += share;
    // V8 lets a heap grow far beyond its limit between two collections.
    const grown = (resident ?? 0) - (entered.resident ?? 0);
    if (entered.resident !== undefined && grown > this.#memory * 1.5 + MEMORY_SLACK) this.end('memory');
    return true;
  }

  /** What was charged to it was another's. */
  acquit(): void {
    if (this.#entered?.charged !== undefined) this.#entered.charged = 0;
  }

  /** Milliseconds that its entry has been under way; 0 where it has not used what it may. */
  overdue(): number {
    const entered = this.#entered;
    if (entered?.charged === undefined || this.#closed || this.#ending) return 0;
    const ownWall = this.#read() - this.#used;
    const used = Math.min(ownWall, entered.charged + WATCH_INTERVAL);
    return used > this.#limit * entered.messages ? ownWall : 0;
  }

  end(what: 'cpu' | 'memory'): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#exceeded(what);
  }

  #read(): number {
    return this.#isolate.isDisposed ? this.#used : Number(this.#isolate.cpuTime / 1_000n) / 1_000;
  }
}

const watched = new Set<UsageAccount>();
let timer: NodeJS.Timeout | undefined;
/** CPU time that the process had taken at the last look. Milliseconds. */
let looked = 0;
/** What entries took that have ended since then, as V8 measured it, less what they were charged by earlier looks. */
let settled = 0;

/** One timer for all isolates of the process. */
function watch(account: UsageAccount): void {
  watched.add(account);
  if (timer !== undefined) return;
  looked = taken();
  settled = 0;
  timer = setTimeout(look, WATCH_INTERVAL);
}

function settle(ms: number): void {
  settled += ms;
}

/** By the process: what this thread does, it does for those that run. Milliseconds. */
function taken(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function look(): void {
  const now = taken();
  const all = [...watched];
  const running = all.filter(({ runs }) => runs).length;
  const since = Math.max(0, Math.min(now - looked, now - looked - settled));
  // What an isolate takes that is being ended is nobody else's: the rest wait for it, and it ends soon or its process does.
  const share = all.some(({ ends }) => ends) ? 0 : since / Math.max(1, running);
  looked = now;
  settled = 0;
  const resident = watched.size === 1 ? process.memoryUsage.rss() : undefined;
  for (const account of all) {
    if (!account.charge(share, resident)) watched.delete(account);
  }
  endWorst();
  timer = watched.size === 0 ? undefined : setTimeout(look, WATCH_INTERVAL);
}

/** One at a time: a neighbour may have stood still all the while that the worst held the memory or a processor. */
function endWorst(): void {
  let worst: UsageAccount | undefined;
  let longest = 0;
  for (const account of watched) {
    const overdue = account.overdue();
    if (overdue > longest) [worst, longest] = [account, overdue];
  }
  if (worst === undefined) return;
  worst.end('cpu');
  for (const account of watched) account.acquit();
}
