import type { Sample } from './samples.ts';

interface Threshold {
  readonly what: string;
  readonly unit: string;
  /** The last quarter may be larger than the first by this share of it, and by so many units. */
  readonly share: number;
  readonly slack: number;
  readonly why: string;
}

type Held = Exclude<keyof Sample, 'loop' | 'beside' | 'share'>;

/**
 * When a quarter's median is a leak. Two looks at a host under load differ: each slack is what one more recovery, one more
 * collection or a pool that fills does, and a leak of one thing in ten operations is many times that.
 */
const THRESHOLDS: Readonly<Record<Held, Threshold>> = {
  heap: {
    what: 'heap and buffers held',
    unit: 'MB',
    share: 0.15,
    slack: 12,
    why: 'compiled code, remembered log lines',
  },
  resident: { what: 'host, resident', unit: 'MB', share: 0.2, slack: 40, why: 'malloc keeps what it had at the peak' },
  pss: { what: 'host and plugins, PSS', unit: 'MB', share: 0.25, slack: 60, why: 'garbage of isolates, by their age' },
  files: { what: 'open files', unit: '', share: 0, slack: 25, why: 'sockets and files of work under way' },
  resources: { what: 'active resources', unit: '', share: 0, slack: 60, why: 'timers and requests of work under way' },
  threads: { what: 'threads', unit: '', share: 0, slack: 2, why: "Node.js's own pools" },
  processes: { what: 'processes of plugins', unit: '', share: 0, slack: 12, why: 'suspects stand apart' },
  strays: { what: 'processes of no plugin', unit: '', share: 0, slack: 1, why: 'one that ends' },
  owned: { what: "plugins' own files", unit: '', share: 0.1, slack: 40, why: 'each worker keeps at most four' },
  others: { what: 'other files, data and cache', unit: '', share: 0, slack: 10, why: 'written and renamed just now' },
};

export interface Row {
  readonly text: string;
  readonly leaks: boolean;
}

/** First and last quarter side by side. `lenient`: twice the slack, for a run so short that pools and caches still fill. */
export function compare(samples: readonly Sample[], lenient: boolean): Row[] {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const first = samples.slice(0, quarter);
  const last = samples.slice(-quarter);
  return (Object.keys(THRESHOLDS) as Held[]).map((key) => {
    const { what, unit, share, slack, why } = THRESHOLDS[key];
    const before = middle(first.map((sample) => sample[key]));
    const after = middle(last.map((sample) => sample[key]));
    const most = before * (1 + share) + slack * (lenient ? 2 : 1);
    const leaks = after > most;
    const shown = (value: number): string => `${value.toFixed(unit === 'MB' ? 1 : 0)}${unit === '' ? '' : ` ${unit}`}`;
    const text = [
      leaks ? 'LEAKS ' : 'flat  ',
      what.padEnd(28),
      shown(before).padStart(10),
      shown(after).padStart(10),
      `   at most ${shown(most)} (${why})`,
    ].join(' ');
    return { text, leaks };
  });
}

/** Milliseconds: how long a bystander may be out, and how late the host's loop may be. */
const OUT = 2_000;
const LATE = 250;

export interface Budgets {
  readonly lines: readonly string[];
  readonly missed: boolean;
}

/**
 * The budgets hold for a machine that does nothing else. Where others had a part of the processors, an outage may last longer by
 * that; of the loop's delay, what a process beside the host was late meanwhile is taken off. `lenient`: twice as much.
 */
export function budgets(samples: readonly Sample[], outage: number, lenient: boolean): Budgets {
  const others = Math.min(0.9, middle(samples.map(({ share }) => share)));
  const factor = lenient ? 2 : 1;
  const out = (OUT * factor) / (1 - others);
  const late = LATE * factor;
  const delays = samples.map(({ loop, beside }) => Math.max(0, loop - beside));
  const worst = Math.max(0, ...delays);
  const measured = Math.max(0, ...samples.map(({ loop }) => loop));
  const beside = Math.max(0, ...samples.map((sample) => sample.beside));
  const over = delays.filter((delay) => delay > late).length;
  const mark = (fails: boolean): string => (fails ? 'MISSED' : 'met   ');
  return {
    lines: [
      `${mark(outage > out)} bystanders were out at most ${outage.toFixed(0)} ms: at most ${out.toFixed(0)} (${OUT * factor}, and others had ${(others * 100).toFixed(0)} % of the processors)`,
      `${mark(over > 0)} the loop was late by at most ${worst.toFixed(0)} ms more than the process beside it: at most ${late} (host ${measured.toFixed(0)} ms, beside ${beside.toFixed(0)} ms, ${over} looks over it)`,
    ],
    missed: outage > out || over > 0,
  };
}

export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
