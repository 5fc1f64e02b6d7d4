import type { AuditSink, HostService } from '../capabilities/types.ts';
import type { Logger } from '../core/logger.ts';
import type { Progress } from '../loader/types.ts';
import type { AppInterfaces } from './interfaces.ts';

/** What `PluginManager.create` takes; all of it is optional. */
export interface ManagerOptions {
  /** Path of plugins.yaml, or what would stand in it. Default: `AITBC_CONFIG`, else the nearest one upward. */
  readonly config?: string | object;
  /** Path of plugins.lock.json. Default: beside the config. */
  readonly lock?: string;
  /** Default: `.aitbc` beside the config. */
  readonly dataDir?: string;
  /** Default: the platform's cache folder. */
  readonly cacheDir?: string;
  /** The application's services, by name; `api` is what plugins see as `context.apiClient`. See `defineService`. */
  readonly services?: Readonly<Record<string, HostService>>;
  /** The application's own interfaces: a plugin that names one must have its methods. */
  readonly interfaces?: AppInterfaces;
  /** What `min_aitbc_version` and `max_aitbc_version` are compared with. Default: this package's version. */
  readonly hostVersion?: string;
  /** Default: nothing is logged. Secrets of the config are redacted first. */
  readonly logger?: Logger;
  /** Told of every use of a capability, allowed or not. */
  readonly audit?: AuditSink;
  /** Told what is fetched, verified and built. */
  readonly progress?: Progress;
  /** A runtime process stands by, so that a crash costs no start of one. Default: true; one call needs none. */
  readonly spare?: boolean;
  /** Any refusal starts nothing. Default: `AITBC_FROZEN`, else whether `CI` is set. */
  readonly frozen?: boolean;
  /** Nothing is fetched. Default: `AITBC_OFFLINE`. */
  readonly offline?: boolean;
  /** Close on SIGINT and SIGTERM. Default: false; the manager never ends the process. */
  readonly signals?: boolean;
  /** Where `${NAME}` and granted variables come from. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
