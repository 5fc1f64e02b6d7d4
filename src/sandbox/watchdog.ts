/**
 * Looks at every runtime process from outside: its resident memory (Linux), and whether its main loop answers. What it
 * finds wanting is ended. Trusts /proc and the clock; a host that was itself stopped for a while blames nobody.
 */
import { readFileSync } from 'node:fs';
import { PluginError } from '../core/errors.ts';
import { HEARTBEAT_GRACE, HEARTBEAT_INTERVAL } from '../protocol/limits.ts';
import type { RuntimeProcess } from './runtime-process.ts';

const RSS_INTERVAL = 100;
const PAGE = 4_096;

export class Watchdog {
  readonly #processes: ReadonlySet<RuntimeProcess>;
  readonly #overhead: number;
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
    if (resident <= allowed) return;
    item.kill(
      new PluginError(
        'ERR_LIMIT_MEMORY',
        `Cannot go on with a runtime process: it has ${resident} bytes of ${allowed}`,
      ),
    );
  }

  #checkSilence(item: RuntimeProcess): void {
    if (item.silence > HEARTBEAT_GRACE + HEARTBEAT_INTERVAL) {
      item.kill(new PluginError('ERR_PLUGIN_CRASHED', 'Cannot go on with a runtime process: it does not answer'));
    } else void item.ping();
  }
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
