import { parseDuration } from '../../../config/units.ts';
import { format, LIMITS } from '../../../config/limits.ts';
import type { TopRow, TopSample } from '../../../control/top.ts';
import { isPluginError, PluginError } from '../../../core/errors.ts';
import { oneLine } from '../../output.ts';
import type { Session } from '../../session.ts';
import { stateText } from '../../states.ts';
import { table } from '../../table.ts';
import { withHost } from '../../with-host.ts';

export interface TopOptions {
  readonly once: boolean;
  readonly interval: string;
}

/**
 * `aitbc plugin top`: what each plugin of the running host uses. On a terminal it is drawn anew each interval, until Ctrl-C;
 * elsewhere, and with `--once`, it is printed once. With `--json` each sample is a document.
 */
export async function top(session: Session, options: TopOptions): Promise<number> {
  const { output } = session;
  const interval = parseDuration(options.interval);
  if (interval === undefined || interval < 100 || interval > 3_600_000) {
    throw new PluginError('ERR_USAGE', `Cannot use "${options.interval}" for --interval: it must be 100ms to 1h`);
  }
  const live = !options.once && (output.json || process.stdout.isTTY);
  const show = (item: Record<string, unknown>): void => {
    const sample = item as unknown as TopSample;
    if (output.json) output.document({ type: 'top', ...sample });
    else {
      if (live) process.stdout.write('\u001b[H\u001b[J');
      for (const line of lines(sample, output.columns)) output.line(line);
    }
  };
  try {
    await withHost(session, (host) => host.request('top', live ? { interval } : {}, show));
  } catch (error) {
    if (!session.signal.aborted || !isPluginError(error, 'ERR_ABORTED')) throw error;
  }
  return 0;
}

function lines({ plugins }: TopSample, columns: number): string[] {
  const byUse = [...plugins].sort((a, b) => (b.cpu ?? 0) - (a.cpu ?? 0) || (b.memory ?? 0) - (a.memory ?? 0));
  return table(
    ['NAME', 'STATE', 'PID', 'CPU', 'MEMORY', 'CALLS', 'EVENTS', 'ERRORS', 'RESTARTS', 'LIMITS'],
    byUse.map(cells),
    columns,
  );
}

function cells(row: TopRow): string[] {
  const { running, waiting } = row.calls;
  const { delivered, dropped } = row.events;
  return [
    oneLine(row.name, 40),
    stateText(row),
    row.pid === undefined ? '-' : String(row.pid),
    row.cpu === undefined ? '-' : `${(row.cpu * 100).toFixed(1)}%`,
    row.memory === undefined ? '-' : sizeOf(row.memory),
    waiting > 0 ? `${running}+${waiting}` : String(running),
    dropped > 0 ? `${delivered} (${dropped} dropped)` : String(delivered),
    String(row.errors),
    String(row.restarts),
    passedText(row.passed),
  ];
}

/** `cpu 2, timers 40`: how often it passed which limit. */
function passedText(passed: TopRow['passed']): string {
  const each = Object.entries(passed).map(([limit, times]) => `${limit} ${times}`);
  return each.length === 0 ? '-' : each.join(', ');
}

function sizeOf(bytes: number): string {
  return format(LIMITS.memory, Math.round(bytes / 1_024) * 1_024);
}
