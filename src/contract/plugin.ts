import type { Value } from '../protocol/values.ts';
import type { PluginContext } from './context.ts';
import type { JsonSchema, PluginMetadata } from './metadata.ts';
import type { PluginStatus } from './status.ts';

/** What `healthCheck` answers by default; wire keys keep the specification's spelling. */
export interface Health {
  readonly status: PluginStatus;
  /** Seconds since the plugin was constructed. */
  readonly uptime: number;
  /** Bytes. 0 where the plugin cannot know it: in a sandbox the host fills it in. */
  readonly memory_usage: number;
  readonly error_count: number;
}

/**
 * SPEC A4: what every plugin is. The host constructs it with its context, then calls `initialize`, `start`, `stop` and
 * `cleanup` in that order; `false` from one of them means that the plugin refuses, a throw that it failed.
 *
 * Public methods a subclass adds can be called from the host and from plugins that depend on this one, except those whose
 * names begin with `_`.
 */
export abstract class BasePlugin<Config = Record<string, Value>> {
  readonly context: PluginContext<Config>;
  /** Kept by the host. */
  status: PluginStatus = 'unloaded';
  /** Errors so far; the host adds to it when a method, an event handler or a rejection fails. */
  errorCount = 0;
  #metadata: PluginMetadata | undefined;
  readonly #constructed: number = Date.now();

  constructor(context: PluginContext<Config>) {
    this.context = context;
  }

  /** Lazy, so that the constructor never calls an overridden method before the subclass is ready. */
  get metadata(): PluginMetadata {
    this.#metadata ??= this.getMetadata();
    return this.#metadata;
  }

  abstract getMetadata(): PluginMetadata;

  /** Set up: read config, open what is needed. Dependencies are active. */
  async initialize(): Promise<boolean> {
    return true;
  }

  /** Begin the work: subscribe, register services. */
  async start(): Promise<boolean> {
    return true;
  }

  /** End the work gracefully; `start` may follow. */
  async stop(): Promise<boolean> {
    return true;
  }

  /** Free everything; nothing follows. */
  async cleanup(): Promise<boolean> {
    return true;
  }

  /** Any JSON object; `{ healthy: false }` makes the host restart the plugin. */
  async healthCheck(): Promise<Record<string, Value>> {
    const health: Health = {
      status: this.status,
      uptime: (Date.now() - this.#constructed) / 1_000,
      memory_usage: 0,
      error_count: this.errorCount,
    };
    return { ...health };
  }

  /** A broadcast of the host. Topics come to `context.eventBus.subscribe` instead. */
  async handleEvent(_type: string, _data: Value): Promise<void> {}

  /** JSON Schema, draft-07, that `context.config` is checked against; its defaults are filled in. */
  getConfigSchema(): JsonSchema {
    return {};
  }
}

/** What a plugin's module exports as its default: something the host can construct with a context. */
export type PluginClass<Plugin extends BasePlugin<never> = BasePlugin<never>> = new (context: never) => Plugin;
