import type { HostConfig } from '../config/types.ts';
import type { HostFacts } from '../contract/compatibility.ts';
import { isPluginError, messageOf, PluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Registries } from '../registry/types.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { PluginScan } from '../source/scan.ts';
import type { SourceContext } from '../source/types.ts';
import type { Store } from '../store/types.ts';
import type { Publishers } from '../trust/publishers.ts';
import type { RegistryRevocations } from '../trust/revocations/revoked.ts';
import type { Progress } from './types.ts';

/** What every operation of the loader needs. */
export interface LoaderContext {
  readonly config: HostConfig;
  readonly store: Store;
  /** The lock may not be written: `--frozen`, or CI. */
  readonly frozen: boolean;
  /** Nothing may be fetched. */
  readonly offline: boolean;
  readonly logger: Logger;
  readonly progress: Progress;
  /** What versions of registries must fit. */
  readonly host: HostFacts;
  /** Where a plugin without a manifest is asked what it is. Made when it is first needed. */
  sandbox(): Promise<Sandbox>;
  /** Whose signatures count, with their keys read; ERR_CONFIG_INVALID. */
  publishers(): Promise<Publishers>;
  /** The same for reviews. */
  reviewers(): Promise<Publishers>;
  /** The registries of the config; each is read once, when it is first asked. */
  registries(signal?: AbortSignal): Promise<Registries>;
  /** What registries have revoked, as far as this machine knows without a network; read once. */
  revoked(): Promise<readonly RegistryRevocations[]>;
  /** What is in `plugin_paths`; read once. */
  scan(): Promise<PluginScan>;
}

/** What `source` is told for one plugin. */
export function sourceContext(context: LoaderContext, plugin: string, signal?: AbortSignal): SourceContext {
  const { config, offline, logger, store, progress } = context;
  return {
    config: config.fetch,
    root: config.root,
    offline,
    logger,
    httpCache: store.http,
    progress: (event) => progress.update({ plugin, phase: 'fetch', ...event }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** The same error, with the plugin it concerns; a fault of ours becomes ERR_INTERNAL, so that others still start. */
export function errorFor(plugin: string, error: unknown): PluginError {
  if (!isPluginError(error)) {
    return new PluginError('ERR_INTERNAL', `Cannot load "${plugin}": ${messageOf(error)}`, { plugin, cause: error });
  }
  if (error.plugin !== undefined) return error;
  return new PluginError(error.code, error.message, {
    plugin,
    cause: error.cause ?? error,
    details: error.details,
    retryable: error.retryable,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.pluginStack === undefined ? {} : { pluginStack: error.pluginStack }),
  });
}
