import { plural } from '../../core/text.ts';
import { createLogHub, type LogHub } from '../../control/log-hub.ts';
import { createOperations } from '../../control/operations.ts';
import { listenControl } from '../../control/server.ts';
import type { PluginError } from '../../core/errors.ts';
import type { PluginManager } from '../../manager/manager.ts';
import type { NotStarted, StartReport } from '../../manager/report.ts';
import { oneLine } from '../output.ts';
import { permissionSummary } from '../permissions.ts';
import { asPluginError, errorData, errorLines } from '../report-error.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';
import { version } from '../version.ts';

/**
 * `aitbc start`: says what runs and what doesn't, and stays up until SIGINT or SIGTERM; then everything is stopped, and the
 * status is 0. A second signal ends the process at once. Where plugins were to start and none does, it ends with the first
 * one's status.
 */
export async function start(session: Session): Promise<number> {
  const logs = createLogHub(session.logger);
  const manager = await session.manager({ spare: true, logger: logs });
  const stopListening = await listen(session, manager, logs);
  try {
    return await run(session, manager);
  } finally {
    await stopListening();
  }
}

async function run(session: Session, manager: PluginManager): Promise<number> {
  const { output, signal } = session;
  const { report } = await session.start(undefined, manager);
  session.logger.release(troublesOf(report).map(({ error }) => error.message));
  if (signal.aborted) return 0;
  if (output.json) streamStart(session, manager, report);
  else printStart(session, manager, report);
  const [first] = troublesOf(report);
  if (report.started.length === 0 && first) return first.error.exitCode;

  await untilAborted(signal);
  if (output.json) output.document({ type: 'stopping', signal: String(signal.reason) });
  else
    output.note(`${String(signal.reason)}: stopping ${plural(activeCount(manager), 'plugin')} (again to end at once)`);
  await session.close();
  if (output.json) output.document({ type: 'stopped' });
  else output.note('stopped');
  return 0;
}

/**
 * The control socket, before anything starts, and SIGHUP, which reloads. On a terminal SIGHUP is its end, and stays that. The
 * result ends both.
 */
async function listen(session: Session, manager: PluginManager, logs: LogHub): Promise<() => Promise<void>> {
  const reloaded = (): Promise<void> => session.redact(manager.config);
  const serve = createOperations({ manager, logs, version: version(), reloaded });
  const server = await listenControl({ dataDir: manager.config.dataDir, logger: logs, serve });
  const reload = async (): Promise<void> => {
    try {
      const { added, removed, changed, regranted } = await manager.reload();
      await reloaded();
      logs.log('info', 'the config was reloaded', {
        added: added.join(', ') || undefined,
        removed: removed.join(', ') || undefined,
        changed: changed.join(', ') || undefined,
        regranted: regranted.join(', ') || undefined,
      });
    } catch (error) {
      logs.log('error', `SIGHUP: nothing was reloaded: ${asPluginError(error).message}`);
    }
  };
  const onHangUp = (): void => void reload();
  if (!process.stdin.isTTY) process.on('SIGHUP', onHangUp);
  return async () => {
    process.off('SIGHUP', onHangUp);
    await server.close();
  };
}

function printStart({ output }: Session, manager: PluginManager, report: StartReport): void {
  const { verify, build, start: starting } = report.phases;
  const states = manager.listPlugins().filter(({ enabled }) => enabled);
  const running = `${activeCount(manager)} of ${plural(states.length, 'plugin')} running`;
  output.line(
    `${output.style('bold', `AITBC Plugins ${version()}`)}  ${manager.config.file ?? ''}  ${running}  (verify ${ms(verify)}, build ${ms(build)}, start ${ms(starting)})`,
  );
  if (states.length > 0) {
    output.line();
    const rows = states.map((state) => [
      state.name,
      oneLine(state.version ?? '-', 40),
      state.reason === undefined ? state.status : `${state.status} (${state.reason})`,
      oneLine(state.source ?? 'plugin_paths', 120),
      permissionSummary(state.permissions),
    ]);
    for (const line of table(['NAME', 'VERSION', 'STATE', 'SOURCE', 'MAY'], rows, output.columns)) output.line(line);
  }
  const groups: readonly (readonly [string, readonly NotStarted[]])[] = [
    ['refused', report.refused],
    ['failed', report.failed],
    ['waiting', report.waiting],
  ];
  for (const [word, list] of groups) {
    for (const { name, error } of list) {
      output.error('');
      output.error(`${output.style('yellow', word, 'stderr')} ${name}`);
      for (const line of errorLines(error, output)) output.error(line);
    }
  }
  output.line();
  if (states.length === 0) output.line('No plugin is enabled. Add one: aitbc plugin add <specifier>');
  if (report.started.length > 0 || troublesOf(report).length === 0) output.line('Ctrl-C stops.');
}

function streamStart({ output }: Session, manager: PluginManager, report: StartReport): void {
  const refusal = ({ name, error }: { name: string; error: PluginError }): object => ({
    name,
    error: errorData(error),
  });
  output.document({
    type: 'started',
    ok: troublesOf(report).length === 0,
    ready: report.ready,
    config: manager.config.file,
    plugins: manager
      .listPlugins()
      .map(({ error, ...state }) => ({ ...state, ...(error ? { error: errorData(error) } : {}) })),
    refused: report.refused.map(refusal),
    failed: report.failed.map(refusal),
    waiting: report.waiting.map(refusal),
    phases: report.phases,
  });
  manager.onStatus((change) => {
    output.document({ type: 'status', plugin: change.plugin, from: change.from, to: change.to, reason: change.reason });
  });
}

function troublesOf(report: StartReport): readonly NotStarted[] {
  return [...report.refused, ...report.failed, ...report.waiting];
}

function activeCount(manager: PluginManager): number {
  return manager.listPlugins().filter(({ status }) => status === 'active').length;
}

/** A timer keeps the process up where no plugin does. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => {}, 2 ** 30);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(alive);
        resolve();
      },
      { once: true },
    );
  });
}

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`;
}
