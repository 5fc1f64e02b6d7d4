import type { Sample } from './samples.ts';

interface Threshold {
  readonly what: string;
  readonly unit: string;
  /** The last quarter may be larger than the first by this share of it, and by so many units. */
  readonly share: number;
  readonly slack: number;
  readonly why: string;
}

/**
 * When a quarter's median is a leak. Two looks at a host under load differ: each slack is what one more recovery, one more
 * collection or a pool that fills does, and a leak of one thing in ten operations is many times that.
 */
const THRESHOLDS: Readonly<Record<keyof Sample, Threshold>> = {
  heap: { what: 'heap and buffers held', unit: 'MB', share: 0.15, slack: 12, why: 'compiled code, bounded caches' },
  resident: { what: 'host, resident', unit: 'MB', share: 0.2, slack: 40, why: 'malloc keeps what it had at the peak' },
  pss: { what: 'all processes, PSS', unit: 'MB', share: 0.25, slack: 300, why: 'the processes of suspects' },
  files: { what: 'open files', unit: '', share: 0, slack: 50, why: 'two for each process, and work under way' },
  resources: { what: 'active resources', unit: '', share: 0, slack: 60, why: 'timers and requests of work under way' },
  threads: { what: 'threads', unit: '', share: 0, slack: 2, why: "Node.js's own pools" },
  children: { what: 'child processes', unit: '', share: 0, slack: 12, why: 'suspects stand apart for a minute' },
  temporary: {
    what: 'files in data and cache',
    unit: '',
    share: 0.1,
    slack: 150,
    why: 'each worker keeps at most eight',
  },
  loop: { what: "loop's delay, longest", unit: 'ms', share: 0.5, slack: 100, why: 'one attack or another' },
};

export interface Row {
  readonly text: string;
  readonly leaks: boolean;
}

/** First and last quarter side by side. */
export function compare(samples: readonly Sample[]): Row[] {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const first = samples.slice(0, quarter);
  const last = samples.slice(-quarter);
  return (Object.keys(THRESHOLDS) as (keyof Sample)[]).map((key) => {
    const { what, unit, share, slack, why } = THRESHOLDS[key];
    const before = middle(first.map((sample) => sample[key]));
    const after = middle(last.map((sample) => sample[key]));
    const most = before * (1 + share) + slack;
    const leaks = after > most;
    const shown = (value: number): string => `${value.toFixed(unit === 'MB' ? 1 : 0)}${unit === '' ? '' : ` ${unit}`}`;
    const text = [
      leaks ? 'LEAKS ' : 'flat  ',
      what.padEnd(24),
      shown(before).padStart(10),
      shown(after).padStart(10),
      `   at most ${shown(most)} (${why})`,
    ].join(' ');
    return { text, leaks };
  });
}

export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
