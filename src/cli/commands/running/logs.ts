import type { LogEntry } from '../../../control/log-hub.ts';
import { isPluginError, PluginError } from '../../../core/errors.ts';
import type { LogLevel } from '../../../core/logger.ts';
import { oneLine } from '../../output.ts';
import type { Session } from '../../session.ts';
import { withHost } from '../../with-host.ts';

export interface LogsOptions {
  readonly follow: boolean;
  readonly lines: string;
  readonly level: string;
}

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];
const STYLES = { error: 'red', warn: 'yellow', info: 'cyan', debug: 'gray' } as const;

/** `aitbc plugin logs [name]`: what the running host logged last; with `--follow` all that comes, until Ctrl-C. */
export async function logs(session: Session, name: string | undefined, options: LogsOptions): Promise<number> {
  const { output } = session;
  const lines = Number(options.lines);
  const level = LEVELS.find((each) => each === options.level);
  if (!/^\d+$/.test(options.lines) || lines > 10_000) {
    throw new PluginError('ERR_USAGE', `Cannot use "${options.lines}" for --lines: it must be a number up to 10000`);
  }
  if (level === undefined) {
    throw new PluginError('ERR_USAGE', `Cannot use "${options.level}" for --level: it must be ${LEVELS.join(', ')}`);
  }
  const show = (item: Record<string, unknown>): void => {
    if (output.json) output.document({ type: 'log', ...item });
    else output.line(text(session, item as unknown as LogEntry & { readonly dropped?: number }));
  };
  const args = { lines, level, follow: options.follow, ...(name === undefined ? {} : { name }) };
  try {
    await withHost(session, (host) => host.request('logs', args, show));
  } catch (error) {
    // To leave off reading is how `--follow` ends.
    if (!options.follow || !session.signal.aborted || !isPluginError(error, 'ERR_ABORTED')) throw error;
  }
  return 0;
}

function text({ output }: Session, entry: LogEntry & { readonly dropped?: number }): string {
  if (entry.dropped !== undefined) return output.style('gray', `… ${entry.dropped} lines were dropped`);
  const fields = Object.entries(entry.fields).map(([key, value]) => `${oneLine(key, 60)}=${oneLine(String(value))}`);
  const head = [
    output.style('gray', entry.time),
    output.style(STYLES[entry.level], entry.level.padEnd(5)),
    ...(entry.plugin === undefined ? [] : [output.style('bold', oneLine(entry.plugin, 80))]),
  ];
  return [...head, oneLine(entry.message, 4_000), ...fields].join(' ');
}
