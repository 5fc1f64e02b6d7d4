import type { PluginMap, Remote } from '../contract/remote.ts';
import type { PluginStatus } from '../contract/status.ts';
import type { HostConfig } from '../config/types.ts';
import { PluginError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Value } from '../protocol/values.ts';
import { assemble, type ManagerParts } from './assemble.ts';
import { inBackground } from './background.ts';
import { assertCallable } from './callable.ts';
import type { CallOptions, Calls } from './calls.ts';
import { managerParts } from './create.ts';
import type { Dependents } from './dependents.ts';
import type { EventCounts, EventHandler, EventHub } from './event-hub.ts';
import { execCommand, type CommandPath, type ExecIo } from './exec.ts';
import type { Graph } from './graph.ts';
import { checkHealth } from './health.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ManagedPlugin, StatusChange } from './managed-plugin.ts';
import type { ManagerOptions } from './options.ts';
import { createRemote } from './remote.ts';
import { describePlugin, type PluginState, type StartReport } from './report.ts';
import type { Rooms } from './rooms.ts';
import type { Services } from './services.ts';
import { stopPlugins, unloadPlugins } from './shutdown.ts';
import { startPlugins } from './startup.ts';
import type { Supervisor } from './supervisor.ts';
import { copyValue } from './values.ts';

export interface StartOptions {
  /** Only these, and what they depend on. Asks for them even where `auto_load` is false. */
  readonly names?: readonly string[];
  readonly signal?: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Loads, starts, stops and watches the plugins of one config (SPEC B1-B6). Transitions of one plugin run one after the other;
 * `false` from one means that the plugin refused, a rejection that it failed; either way it is then in `error`.
 */
export class PluginManager implements AsyncDisposable {
  /** The config it was made with, interpolated: it may hold secrets. */
  readonly config: HostConfig;
  readonly #parts: ManagerParts;
  readonly #plugins: ReadonlyMap<string, ManagedPlugin>;
  readonly #graph: Graph;
  readonly #hub: EventHub;
  readonly #services: Services;
  readonly #calls: Calls;
  readonly #lifecycle: Lifecycle;
  readonly #dependents: Dependents;
  readonly #supervisor: Supervisor;
  readonly #watchers = new Set<(change: StatusChange) => void>();
  #closing: Promise<void> | undefined;
  #unlisten: () => void = () => undefined;

  /**
   * Reads the config; loads and starts nothing yet.
   *
   * @throws ERR_CONFIG_INVALID, ERR_CONFIG_ENV
   */
  static async create(options: ManagerOptions = {}): Promise<PluginManager> {
    const manager = new PluginManager(await managerParts(options));
    if (options.signals) manager.#closeOnSignals();
    return manager;
  }

  /** For the package itself: applications call `create`. */
  constructor(parts: ManagerParts) {
    this.config = parts.rooms.config;
    this.#parts = parts;
    const assembly = assemble(parts, (change) => this.#changed(change));
    this.#plugins = assembly.plugins;
    this.#graph = assembly.graph;
    this.#hub = assembly.hub;
    this.#services = assembly.services;
    this.#calls = assembly.calls;
    this.#lifecycle = assembly.lifecycle;
    this.#dependents = assembly.dependents;
    this.#supervisor = assembly.supervisor;
    this.#supervisor.begin();
  }

  /**
   * Loads and starts every enabled plugin. With `auto_load: false` in the config it starts none, unless `names` asks for them.
   *
   * @throws the refusal of a plugin with `required: true`, or under `frozen` of any plugin; then nothing was started.
   */
  async startAll({ names, signal }: StartOptions = {}): Promise<StartReport> {
    this.#assertOpen();
    for (const name of names ?? []) this.#find(name);
    const all = this.config.autoLoad ? [...this.#plugins.keys()] : [];
    return startPlugins(
      {
        ...this.#parts,
        plugins: this.#plugins,
        graph: this.#graph,
        lifecycle: this.#lifecycle,
        isClosed: () => this.#closing !== undefined,
      },
      names ?? all,
      signal,
    );
  }

  /** Stops every active plugin, dependents first. */
  async stopAll(): Promise<void> {
    await stopPlugins({ plugins: this.#plugins, graph: this.#graph, lifecycle: this.#lifecycle });
  }

  /** Verifies, builds, opens and initializes; starts what it depends on. A plugin in quarantine gets a fresh start. */
  async loadPlugin(name: string): Promise<boolean> {
    const plugin = this.#open(name);
    return plugin.serial.run(async () => {
      plugin.assertCan('loading');
      this.#supervisor.release(plugin);
      plugin.wanted = 'loaded';
      return this.#lifecycle.load(plugin);
    });
  }

  /** Of a loaded or stopped plugin; starts what it depends on first. */
  async startPlugin(name: string): Promise<boolean> {
    const plugin = this.#open(name);
    return plugin.serial.run(() => this.#lifecycle.start(plugin));
  }

  /** Lets its calls end, stops its dependents, then it. They start again when it does. */
  async stopPlugin(name: string): Promise<boolean> {
    const plugin = this.#open(name);
    return this.#dependents.suspend(plugin, () => plugin.serial.run(() => this.#lifecycle.stop(plugin)));
  }

  /** Stops it first where it is active. No process, timer, socket or file of it is left. */
  async unloadPlugin(name: string): Promise<boolean> {
    const plugin = this.#open(name);
    return this.#dependents.suspend(plugin, () => plugin.serial.run(() => this.#lifecycle.unload(plugin)));
  }

  getPluginStatus(name: string): PluginStatus {
    return this.#find(name).status;
  }

  /** Every plugin of the config, disabled ones too. */
  listPlugins(): PluginState[] {
    return [...this.#plugins.values()].map((plugin) => this.#describe(plugin));
  }

  pluginState(name: string): PluginState {
    return this.#describe(this.#find(name));
  }

  /** To `handleEvent` of every active plugin and to every subscription that matches. Resolves when it is queued for each. */
  async broadcastEvent(type: string, data?: unknown): Promise<void> {
    this.#assertOpen();
    this.#hub.broadcast('host', type, data);
  }

  /**
   * The application's own subscription, to broadcasts and to what plugins publish. `*` stands for one word, a final `#` for the
   * rest. Events come in order, one at a time; what the handler throws is logged. The result ends it.
   */
  on(topic: string, handler: EventHandler): () => void {
    this.#assertOpen();
    return this.#hub.on(topic, handler);
  }

  /** Told of every change of a plugin's status or reason, as it happens. The result ends it. */
  onStatus(handler: (change: StatusChange) => void): () => void {
    this.#watchers.add(handler);
    return () => this.#watchers.delete(handler);
  }

  /** Events of one plugin so far: delivered, dropped because its queue was full, failed, and those that wait. */
  eventCounts(name: string): EventCounts {
    return this.#hub.counts(this.#find(name).name);
  }

  /**
   * Calls a public method of an active plugin. ERR_VALUE names an argument that cannot cross; ERR_PLUGIN_THREW carries the
   * plugin's stack as `pluginStack`; ERR_LIMIT_RATE says that too many calls wait.
   */
  async call(name: string, method: string, args: readonly unknown[] = [], options: CallOptions = {}): Promise<Value> {
    const plugin = this.#open(name);
    const values = args.map((arg, at) => copyValue(arg, `args[${at}]`));
    return this.#calls.request(plugin, 'call', [method, values], { what: `${name}.${method}()`, ...options });
  }

  /** The plugin as an object: its public methods, each asynchronous. Never thenable, and without the lifecycle. */
  plugin<Name extends keyof PluginMap>(name: Name): Remote<PluginMap[Name]>;
  plugin<T>(name: string): Remote<T>;
  plugin(name: string): unknown {
    this.#find(name);
    return createRemote((method, args) => this.call(name, method, args));
  }

  /** The active plugins that implement an interface of the application's own, or `cli`, `blockchain`, `ai`. */
  implementing<T>(id: string): { readonly name: string; readonly plugin: Remote<T> }[] {
    return this.listPlugins()
      .filter(({ status, interfaces }) => status === 'active' && interfaces.includes(id))
      .map(({ name }) => ({ name, plugin: this.plugin<T>(name) }));
  }

  /** A service that a plugin registered. Who offers it is looked up at each call. */
  service<T>(service: string): Remote<T> {
    return createRemote(async (method, args) => {
      const plugin = this.#open(this.#services.offeredBy(service, method));
      const values = args.map((arg, at) => copyValue(arg, `args[${at}]`));
      return this.#calls.request(plugin, 'service', [service, method, values], { what: `${service}.${method}()` });
    }) as Remote<T>;
  }

  /** Runs a command of a plugin; resolves to its exit status. Options are those of the command, by their names. */
  async exec(
    name: string,
    path: CommandPath,
    options: Readonly<Record<string, unknown>> = {},
    io: ExecIo = {},
  ): Promise<number> {
    return execCommand(this.#calls, this.#open(name), path, options, io);
  }

  /** What its `healthCheck` answers, with the memory it really uses. Bytes. */
  async health(name: string): Promise<Record<string, Value>> {
    const plugin = this.#open(name);
    return checkHealth(assertCallable(plugin), plugin.config.limits.timeout);
  }

  /** The runtime processes that live now, and which plugins run in each. */
  processes(): ReturnType<Rooms['sandbox']['processes']> {
    return this.#parts.rooms.sandbox.processes();
  }

  /** Unloads every plugin and ends every process, timer and subscription. Idempotent; afterwards nothing keeps Node alive. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#supervisor.end();
    await this.#dependents.end();
    await unloadPlugins({ plugins: this.#plugins, graph: this.#graph, lifecycle: this.#lifecycle });
    this.#hub.end();
    await this.#parts.rooms.close();
    this.#unlisten();
  }

  #closeOnSignals(): void {
    const close = (): void => inBackground(this.close(), this.#parts.logger);
    for (const signal of SIGNALS) process.on(signal, close);
    this.#unlisten = () => {
      for (const signal of SIGNALS) process.off(signal, close);
    };
  }

  #describe(plugin: ManagedPlugin): PluginState {
    return describePlugin(
      plugin,
      this.#graph.dependenciesOf(plugin).map(({ name }) => name),
    );
  }

  #changed(change: StatusChange): void {
    const { logger } = this.#parts;
    logger.log('debug', `${change.plugin}: ${change.to}`, {
      plugin: change.plugin,
      from: change.from,
      reason: change.reason,
    });
    if (change.to === 'active' && change.from !== 'active') this.#dependents.active(this.#find(change.plugin));
    for (const watcher of this.#watchers) {
      try {
        watcher(change);
      } catch (error) {
        logger.log('error', 'A handler of onStatus failed', { error });
      }
    }
  }

  #open(name: string): ManagedPlugin {
    this.#assertOpen();
    return this.#find(name);
  }

  #find(name: string): ManagedPlugin {
    const plugin = this.#plugins.get(name);
    if (plugin) return plugin;
    throw new PluginError(
      'ERR_USAGE',
      `Cannot find plugin "${name}": the config has no such plugin${didYouMean(name, [...this.#plugins.keys()])}`,
    );
  }

  #assertOpen(): void {
    if (this.#closing) throw new PluginError('ERR_STATE', 'Cannot use the plugin manager: it is closed');
  }
}
