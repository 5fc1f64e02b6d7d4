/**
 * Looks at every runtime process from outside: its resident memory (Linux), and whether its main loop answers. What it
 * finds wanting is ended. Trusts /proc and the clock; a host that was itself stopped for a while blames nobody.
 */
import { readFileSync } from 'node:fs';
import { PluginError } from '../core/errors.ts';
import { HEARTBEAT_GRACE, HEARTBEAT_INTERVAL } from '../protocol/limits.ts';
import { goneError } from './failures.ts';
import type { RemoteInstance } from './instance.ts';
import type { RuntimeProcess } from './runtime-process.ts';

const RSS_INTERVAL = 100;
const PAGE = 4_096;
const RETIRE_AT = 0.75;
/** Times what is allowed: from here on there is no patience. */
const HARD_CAP = 1.5;
/** What an isolate that was told to end may take to give its memory back. Milliseconds. */
const STRAIN_GRACE = 600;

interface Strain {
  readonly since: number;
  culprit: number | 'none' | undefined;
}

/** Since the last heartbeat. Milliseconds. */
const MUCH_CPU = 30;

export class Watchdog {
  readonly #processes: ReadonlySet<RuntimeProcess>;
  readonly #overhead: number;
  readonly #strained = new WeakMap<RuntimeProcess, Strain>();
  #timer: NodeJS.Timeout | undefined;
  #last = 0;
  #nextBeat = 0;

  constructor(processes: ReadonlySet<RuntimeProcess>, overhead: number) {
    this.#processes = processes;
    this.#overhead = overhead;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#last = Date.now();
    this.#timer = setInterval(() => this.#look(), RSS_INTERVAL);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = Date.now();
    const asleep = now - this.#last > RSS_INTERVAL * 5;
    this.#last = now;
    const beat = now >= this.#nextBeat;
    if (beat) this.#nextBeat = now + HEARTBEAT_INTERVAL;
    for (const item of this.#processes) {
      if (item.dying || item.load === 0) continue;
      this.#checkMemory(item);
      if (!beat || asleep) continue;
      this.#checkSilence(item);
    }
  }

  #checkMemory(item: RuntimeProcess): void {
    const resident = residentBytes(item.pid);
    if (resident === undefined) return;
    let allowed = this.#overhead;
    for (const { options } of item.instances.values()) allowed += options.limits.memory;
    // What a plugin that is gone has left: no more plugins into this process.
    if (item.suffered && resident > allowed * RETIRE_AT) item.retired = true;
    if (resident <= allowed) {
      this.#strained.delete(item);
      return;
    }
    const strain = this.#strained.get(item) ?? this.#strain(item);
    const patience = resident < allowed * HARD_CAP ? STRAIN_GRACE : 0;
    if (Date.now() - strain.since >= patience) item.kill(excess(item.pid, resident, allowed), strain.culprit);
  }

  /** The one plugin that runs is ended first: its process, and the others in it, may live on. */
  #strain(item: RuntimeProcess): Strain {
    const busy = [...item.instances.values()].filter((instance) => instance.busy);
    const [one] = busy;
    const culprit = busy.length === 0 && item.suffered ? 'none' : busy.length === 1 ? one?.number : undefined;
    const strain: Strain = { since: Date.now(), culprit };
    this.#strained.set(item, strain);
    if (busy.length === 1 && one !== undefined) endForMemory(one);
    else if (busy.length > 1) void this.#findCulprit(item, strain);
    return strain;
  }

  /** Of several that run: the one that used far more of the processor than any other since the last heartbeat. */
  async #findCulprit(item: RuntimeProcess, strain: Strain): Promise<void> {
    const before = item.lastUsage;
    const now = await item.ping();
    const used = [...now].map(([number, { cpu }]) => ({ number, cpu: cpu - (before.get(number)?.cpu ?? 0) }));
    used.sort((a, b) => b.cpu - a.cpu);
    const [first, second] = used;
    if (first === undefined || first.cpu < MUCH_CPU || first.cpu < 3 * (second?.cpu ?? 0)) return;
    const instance = item.instances.get(first.number);
    if (instance === undefined) return;
    strain.culprit = first.number;
    endForMemory(instance);
  }

  #checkSilence(item: RuntimeProcess): void {
    if (item.silence > HEARTBEAT_GRACE) {
      item.kill(new PluginError('ERR_PLUGIN_CRASHED', 'Cannot go on with a runtime process: it does not answer'));
    } else void item.ping();
  }
}

function endForMemory(instance: RemoteInstance): void {
  const error = goneError(instance.name, { why: 'memory', detail: '' }, instance.options.limits);
  instance.end({ kind: 'crashed', blame: 'self', error });
}

function excess(pid: number, resident: number, allowed: number): PluginError {
  return new PluginError(
    'ERR_LIMIT_MEMORY',
    `Cannot go on with runtime process ${pid}: ${resident} bytes are resident, ${allowed} are allowed`,
    { details: { limit: 'memory', max: allowed } },
  );
}

/** Undefined where /proc is not, or the process is gone. */
function residentBytes(pid: number): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return Number.isFinite(pages) ? pages * PAGE : undefined;
  } catch {
    return undefined;
  }
}
