import type { PluginStatus, StatusReason } from '../contract/status.ts';
import type { Permissions } from '../contract/metadata.ts';
import type { PluginError } from '../core/errors.ts';
import type { ManagedPlugin } from './managed-plugin.ts';

export interface NotStarted {
  readonly name: string;
  readonly error: PluginError;
}

/** What `startAll` did. */
export interface StartReport {
  /** In the order they became active. */
  readonly started: readonly string[];
  /** Their own code failed or said no. */
  readonly failed: readonly NotStarted[];
  /** Not run at all: integrity, lock, metadata, compatibility, config, dependencies. */
  readonly refused: readonly NotStarted[];
  /** Start as soon as what they depend on is active. */
  readonly waiting: readonly NotStarted[];
  /** Whether every plugin with `required: true` is active. */
  readonly ready: boolean;
  /** Milliseconds. */
  readonly phases: Readonly<Record<'verify' | 'build' | 'start', number>>;
}

/** What `listPlugins` says of each. */
export interface PluginState {
  readonly name: string;
  /** Undefined until it was verified once. */
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly status: PluginStatus;
  readonly reason: StatusReason | undefined;
  /** Why it is in `error`. */
  readonly error: PluginError | undefined;
  readonly enabled: boolean;
  readonly required: boolean;
  readonly priority: number;
  readonly source: string | undefined;
  /** Digest of what runs: the lock's `integrity`. */
  readonly integrity: string | undefined;
  /** What it is granted now. */
  readonly permissions: Permissions;
  readonly dependencies: readonly string[];
  readonly interfaces: readonly string[];
  /** Of the runtime process, while it has one. */
  readonly pid: number | undefined;
  /** When it came into its status. Milliseconds since the epoch. */
  readonly since: number;
  readonly calls: { readonly running: number; readonly waiting: number };
  readonly restarts: number;
  readonly errors: number;
  /** How often it passed a limit, by the limit's key in the config; those it never passed are not there. */
  readonly passed: Readonly<Record<string, number>>;
}

export function describePlugin(plugin: ManagedPlugin, dependencies: readonly string[]): PluginState {
  const { name, config, status, reason, error, prepared, live, since, gate, restarts, errors } = plugin;
  const metadata = prepared?.lock.metadata;
  return {
    name,
    version: metadata?.version,
    description: metadata?.description,
    status,
    reason,
    error,
    enabled: config.enabled,
    required: config.required,
    priority: config.priority,
    source: config.source,
    integrity: prepared?.lock.integrity,
    permissions: plugin.permissions,
    dependencies,
    interfaces: [...new Set([...(metadata?.interfaces ?? []), ...(live?.description.interfaces ?? [])])],
    pid: live?.instance.pid,
    since,
    calls: { running: gate.running, waiting: gate.waiting },
    restarts,
    errors,
    passed: plugin.passed,
  };
}

/** Reasons by which a plugin in `error` was refused rather than failed. */
const REFUSED: readonly (StatusReason | undefined)[] = ['refused', 'needs-config'];

export function reportStart(
  plugins: readonly ManagedPlugin[],
  started: readonly string[],
  phases: StartReport['phases'],
): StartReport {
  const not = plugins.flatMap(({ name, status, reason, error }) =>
    status === 'active' || !error ? [] : [{ name, reason, error }],
  );
  const named = ({ name, error }: NotStarted): NotStarted => ({ name, error });
  return {
    started,
    waiting: not.filter(({ reason }) => reason === 'waiting-dependency').map(named),
    refused: not
      .filter(({ reason, error }) => REFUSED.includes(reason) && error.code !== 'ERR_PLUGIN_THREW')
      .map(named),
    failed: not
      .filter(({ reason, error }) =>
        REFUSED.includes(reason) ? error.code === 'ERR_PLUGIN_THREW' : reason !== 'waiting-dependency',
      )
      .map(named),
    ready: plugins.every(({ config, status }) => !config.required || status === 'active'),
    phases,
  };
}
