import type { Permissions } from '../contract/metadata.ts';
import { PluginError } from '../core/errors.ts';
import type { PluginManager } from '../manager/manager.ts';
import type { PluginState } from '../manager/report.ts';
import { grantPermissions, revokeAll, revokePermissions } from './change-permissions.ts';
import { wireError, type WireError } from './errors.ts';
import type { LogHub } from './log-hub.ts';
import type { ControlOp, ControlRequests, Request } from './protocol.ts';
import type { RequestIo } from './server.ts';
import { createTop } from './top.ts';

export interface OperationsOptions {
  readonly manager: PluginManager;
  readonly logs: LogHub;
  /** Of the host. */
  readonly version: string;
  /** The config is another now. */
  readonly reloaded: () => Promise<void> | void;
}

/** A plugin's state as it crosses. */
export type WireState = Omit<PluginState, 'error'> & { readonly error?: WireError };

type Operations = { readonly [Op in ControlOp]: (args: ControlRequests[Op], io: RequestIo) => Promise<object> };

/** What a host does when it is asked; no request waits for another. */
export function createOperations(options: OperationsOptions): (request: Request, io: RequestIo) => Promise<object> {
  const { manager, logs, version, reloaded } = options;
  const since = Date.now();
  const stateOf = (name: string): { plugin: WireState } => ({ plugin: wireState(manager.pluginState(name)) });
  /** A hook that said no is a failure to whoever asked. */
  const done = async (name: string, work: Promise<boolean>): Promise<{ plugin: WireState }> => {
    if (await work) return stateOf(name);
    throw manager.pluginState(name).error ?? new PluginError('ERR_PLUGIN_THREW', `Cannot go on: "${name}" refused`);
  };
  const permit = async (
    name: string,
    change: (now: Permissions) => Permissions,
  ): Promise<{ plugin: WireState; before: Permissions; restarted: boolean }> => {
    const { permissions: before } = manager.pluginState(name);
    const { restarted } = await manager.setPermissions(name, change(before));
    return { ...stateOf(name), before, restarted };
  };

  const operations: Operations = {
    host: async () => ({ pid: process.pid, version, since, config: manager.config.file }),
    list: async () => ({ plugins: manager.listPlugins().map(wireState) }),
    start: ({ name }) => done(name, manager.bringUp(name)),
    stop: ({ name, hold }) => done(name, manager.stopPlugin(name, { hold: hold === true })),
    restart: ({ name }) => done(name, manager.restartPlugin(name)),
    async release({ name }) {
      const { reason, status } = manager.pluginState(name);
      if (reason !== 'quarantined') {
        throw new PluginError('ERR_STATE', `Cannot release "${name}": it is ${status}, not quarantined`, {
          plugin: name,
        });
      }
      return done(name, manager.bringUp(name));
    },
    async reload({ name }) {
      if (name !== undefined) manager.pluginState(name);
      const report = await manager.reload(name);
      await reloaded();
      const failed = report.failed.map(({ name: plugin, error }) => ({ name: plugin, error: wireError(error) }));
      return { ...report, failed };
    },
    grant: ({ name, permissions }) => permit(name, (now) => grantPermissions(now, permissions)),
    revoke: ({ name, permissions = {}, all }) =>
      permit(name, (now) =>
        all === true ? revokeAll(manager.pluginState(name).dependencies) : revokePermissions(now, permissions),
      ),
    async health({ name }) {
      if (name !== undefined) return { health: await manager.health(name), ...stateOf(name) };
      const plugins = manager.listPlugins();
      const ready = plugins.every(({ required, enabled, status }) => !required || !enabled || status === 'active');
      return { ready, plugins: plugins.map(wireState) };
    },
    async logs({ name, lines = 100, level = 'info', follow = false }, { signal, item }) {
      if (name !== undefined) manager.pluginState(name);
      const filter = { plugin: name, level };
      const recent = logs.recent(filter, lines);
      let dropped = 0;
      for (const entry of recent) if (!item(entry)) dropped += 1;
      if (!follow) return { lines: recent.length - dropped, dropped };
      const unfollow = logs.follow(filter, (entry) => {
        if (dropped > 0 && item({ dropped })) dropped = 0;
        if (!item(entry)) dropped += 1;
      });
      await ended(signal).finally(unfollow);
      return {};
    },
    async top({ interval }, { signal, item }) {
      const sample = createTop(manager);
      if (interval === undefined) {
        // Shares of CPU need two.
        await sample();
        await pause(SHORT, signal);
        item(await sample());
        return {};
      }
      while (!signal.aborted) {
        item(await sample());
        await pause(interval, signal);
      }
      return {};
    },
  };
  return ({ op, args }, io) => (operations[op] as (args: object, io: RequestIo) => Promise<object>)(args, io);
}

const SHORT = 250;

function wireState({ error, ...state }: PluginState): WireState {
  return error ? { ...state, error: wireError(error) } : state;
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    timer.unref();
    signal.addEventListener('abort', end, { once: true });
  });
}
