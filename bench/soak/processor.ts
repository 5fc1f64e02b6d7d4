import { readFileSync } from 'node:fs';

/** Ticks of the processors since the machine started, and how many of them were idle (Linux). */
function machine(): { all: number; idle: number } {
  const fields = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1]?.split(' ').map(Number) ?? [];
  // What guests took is counted as user already.
  const all = fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0);
  return { all, idle: (fields[3] ?? 0) + (fields[4] ?? 0) };
}

/** Ticks that a process took, and its children that have ended. */
function taken(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0);
  } catch {
    // It has ended: its parent has its ticks by now.
    return 0;
  }
}

/** How much of the processors others had: who has less takes longer. */
export class ProcessorShare {
  #last = machine();
  #ours = 0;

  /** 0 to 1, since the last question. `family`: the host and all processes below it. */
  others(family: readonly number[]): number {
    const now = machine();
    const ours = family.reduce((sum, pid) => sum + taken(pid), 0);
    const all = now.all - this.#last.all;
    const busy = all - (now.idle - this.#last.idle);
    const share = all === 0 ? 0 : (busy - Math.max(0, ours - this.#ours)) / all;
    this.#last = now;
    this.#ours = ours;
    return Math.min(1, Math.max(0, share));
  }
}
