import { isDeepStrictEqual } from 'node:util';
import type { PluginMap, Remote } from '../contract/remote.ts';
import type { Permissions } from '../contract/metadata.ts';
import type { PluginStatus } from '../contract/status.ts';
import type { HostConfig } from '../config/types.ts';
import { PluginError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Value } from '../protocol/values.ts';
import type { InstanceUsage } from '../sandbox/types.ts';
import { Announcements } from './announcements.ts';
import { assemble, type Assembly, type ManagerParts } from './assemble.ts';
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
import { ManagedPlugin, type StatusChange } from './managed-plugin.ts';
import type { ManagerOptions } from './options.ts';
import { reloadPlugins, type ReloadReport } from './reload.ts';
import { createRemote } from './remote.ts';
import { describePlugin, type PluginState, type StartReport } from './report.ts';
import type { Rooms } from './rooms.ts';
import { Serial } from './serial.ts';
import type { Services } from './services.ts';
import { stopPlugins, unloadPlugins } from './shutdown.ts';
import { startPlugins } from './startup.ts';
import type { Supervisor } from './supervisor.ts';
import { Transitions } from './transitions.ts';
import { usageOf } from './usage.ts';
import { copyValue } from './values.ts';

export interface StartOptions {
  /** Only these, and what they depend on. Asks for them even where `auto_load` is false. */
  readonly names?: readonly string[];
  /** Whether a plugin that throws is tried again later. Default true; false for one call that ends with it. */
  readonly retry?: boolean;
  readonly signal?: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Loads, starts, stops and watches the plugins of one config (SPEC B1-B6). Transitions of one plugin run one after the other;
 * `false` from one means that the plugin refused, a rejection that it failed; either way it is then in `error`.
 */
export class PluginManager implements AsyncDisposable {
  readonly #parts: ManagerParts;
  readonly #assembly: Assembly;
  readonly #plugins: ReadonlyMap<string, ManagedPlugin>;
  readonly #graph: Graph;
  readonly #hub: EventHub;
  readonly #services: Services;
  readonly #calls: Calls;
  readonly #lifecycle: Lifecycle;
  readonly #dependents: Dependents;
  readonly #supervisor: Supervisor;
  readonly #reloads = new Serial();
  readonly #transitions: Transitions;
  readonly #announcements: Announcements;
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
    this.#parts = parts;
    const assembly = assemble(parts, (change) => this.#announcements.changed(change));
    this.#assembly = assembly;
    this.#plugins = assembly.plugins;
    this.#graph = assembly.graph;
    this.#hub = assembly.hub;
    this.#services = assembly.services;
    this.#calls = assembly.calls;
    this.#lifecycle = assembly.lifecycle;
    this.#dependents = assembly.dependents;
    this.#supervisor = assembly.supervisor;
    this.#transitions = new Transitions(assembly);
    this.#announcements = new Announcements(assembly, parts.logger);
    this.#supervisor.begin();
  }

  /** The config that holds, interpolated: it may hold secrets. A reload replaces it. */
  get config(): HostConfig {
    return this.#parts.rooms.config;
  }

  /**
   * Loads and starts every enabled plugin. With `auto_load: false` in the config it starts none, unless `names` asks for them.
   *
   * @throws the refusal of a plugin with `required: true`, or under `frozen` of any plugin; then nothing was started.
   */
  async startAll({ names, signal, retry = true }: StartOptions = {}): Promise<StartReport> {
    this.#assertOpen();
    for (const name of names ?? []) this.#find(name);
    const all = this.config.autoLoad ? [...this.#plugins.keys()] : [];
    return startPlugins(
      {
        ...this.#parts,
        plugins: this.#plugins,
        graph: this.#graph,
        lifecycle: this.#lifecycle,
        supervisor: retry ? this.#supervisor : { retry: () => {} },
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
    return this.#transitions.load(this.#open(name));
  }

  /** Of a loaded or stopped plugin; starts what it depends on first. */
  async startPlugin(name: string): Promise<boolean> {
    return this.#transitions.start(this.#open(name));
  }

  /**
   * Lets its calls end, stops its dependents, then it. They start again when it does. With `hold` nothing starts it again but
   * a start by hand: no dependent, no `startAll`; one that is not active is kept from starting.
   */
  async stopPlugin(name: string, { hold = false }: { readonly hold?: boolean } = {}): Promise<boolean> {
    return this.#transitions.stop(this.#open(name), hold);
  }

  /**
   * Brings it to active from wherever it is: loads it first where that is needed, and gives one that is held or in quarantine a
   * fresh start. False: it refused.
   */
  async bringUp(name: string): Promise<boolean> {
    return this.#transitions.bringUp(this.#open(name));
  }

  /** Unloads it and starts it anew from what was verified before; its dependents stop before and follow. */
  async restartPlugin(name: string): Promise<boolean> {
    return this.#transitions.restart(this.#open(name));
  }

  /**
   * Reads config and lock again, checks both, and restarts what changed; with `name` that plugin, changed or not. Permissions
   * alone change without a restart.
   *
   * @throws ERR_CONFIG_INVALID and whatever else is wrong with config or lock; then nothing changed.
   */
  async reload(name?: string): Promise<ReloadReport> {
    this.#assertOpen();
    return this.#reloads.run(() =>
      reloadPlugins(
        {
          ...this.#parts,
          ...this.#assembly,
          // Both have it: the assembly's is the one that runs.
          services: this.#parts.services,
          create: (config) =>
            new ManagedPlugin(config, this.#parts.clock, (change) => this.#announcements.changed(change)),
          isClosed: () => this.#closing !== undefined,
        },
        name,
      ),
    );
  }

  /**
   * What the plugin may do from now on, in place of all it may do now: the shape of `permissions` in the config, paths absolute.
   * What it has under way and may no longer do is cut. Holds until the config's permissions of the plugin change. Variables
   * are handed over at the start, so other ones restart it: the result says whether that was so.
   *
   * @throws ERR_CONFIG_INVALID; then nothing changed.
   */
  async setPermissions(name: string, permissions: Permissions): Promise<{ readonly restarted: boolean }> {
    const plugin = this.#open(name);
    this.#parts.rooms.assertPermissions(name, permissions);
    const before = plugin.permissions;
    plugin.permissions = permissions;
    plugin.live?.grant.setPermissions(permissions);
    const restarted = plugin.status === 'active' && !isDeepStrictEqual(before.env ?? [], permissions.env ?? []);
    if (restarted) await this.restartPlugin(name);
    return { restarted };
  }

  /** What each plugin that has an isolate uses; undefined where its process does not answer in time. */
  async usage(): Promise<ReadonlyMap<string, InstanceUsage | undefined>> {
    return usageOf(this.#plugins.values(), this.#parts.clock);
  }

  /** Stops it first where it is active. No process, timer, socket or file of it is left. */
  async unloadPlugin(name: string): Promise<boolean> {
    return this.#transitions.unload(this.#open(name));
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
    return this.#announcements.watch(handler);
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
