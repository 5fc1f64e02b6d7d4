import type { Value } from '../protocol/values.ts';

export interface PluginLogger {
  debug(message: string, fields?: Record<string, Value>): void;
  info(message: string, fields?: Record<string, Value>): void;
  warn(message: string, fields?: Record<string, Value>): void;
  error(message: string, fields?: Record<string, Value>): void;
}

export interface PluginEvent {
  readonly type: string;
  readonly data: Value;
  /** The publishing plugin's name, or `host`. */
  readonly source: string;
  /** ISO 8601. */
  readonly time: string;
}

export interface EventBus {
  /** Resolves when the host has accepted the event, not when subscribers have handled it. */
  publish(topic: string, data?: Value): Promise<void>;
  /** `*` stands for one word, `#` for the rest. Resolves to the function that ends the subscription. */
  subscribe(topic: string, handler: (event: PluginEvent) => unknown): Promise<() => Promise<void>>;
}

/** Any service or plugin: each property is an async method; never thenable. */
export type RemoteMethods = { readonly [method: string]: (...args: Value[]) => Promise<Value> };

/** SPEC A3. */
export interface PluginContext<Config = Record<string, Value>> {
  /** Validated against the plugin's own schema, defaults filled in; frozen. */
  readonly config: Config;
  /** Always `/data`: kept between runs, this plugin's alone. */
  readonly dataDir: string;
  /** Always `/tmp`: emptied at start. */
  readonly tempDir: string;
  readonly logger: PluginLogger;
  readonly eventBus: EventBus;
  /** The host's `api` service; needs `permissions.services: ["api"]`. */
  readonly apiClient: RemoteMethods;
  /** Services of the host and of plugins, by name. */
  readonly services: { readonly [name: string]: RemoteMethods };
  /** A declared dependency's public methods. */
  plugin<T = RemoteMethods>(name: string): T;
  /** Offers methods to the host and to plugins that were granted `services: ["<name>"]`. */
  registerService(name: string, methods: Record<string, (...args: never[]) => unknown>): Promise<void>;
  /** A granted environment variable. Throws ERR_PERMISSION_DENIED for a name that was not granted. */
  env(name: string): string | undefined;
}
