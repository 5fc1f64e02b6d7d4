import { PluginError, isPluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Graph } from './graph.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ManagedPlugin } from './managed-plugin.ts';

/**
 * Keeps plugins and what they depend on in step: a dependency is active before its dependents and stops after them; those
 * that wait for it start when it comes back. Within a plugin's `serial` waiting goes from dependent to dependency alone, so
 * two plugins never wait for each other.
 */
export class Dependents {
  readonly #graph: Graph;
  readonly #lifecycle: () => Lifecycle;
  readonly #logger: Logger;
  readonly #work = new Set<Promise<unknown>>();
  /** Plugins that are about to stop, and how many wait for it. */
  readonly #leaving = new Map<ManagedPlugin, number>();
  #ended = false;

  constructor(graph: Graph, lifecycle: () => Lifecycle, logger: Logger) {
    this.#logger = logger;
    this.#graph = graph;
    this.#lifecycle = lifecycle;
  }

  /** Brings the dependencies of a plugin to active. What it returns is why one of them is not. */
  async ready(plugin: ManagedPlugin): Promise<PluginError | undefined> {
    this.#graph.assertSound(plugin);
    const dependencies = this.#graph.dependenciesOf(plugin);
    await Promise.all(dependencies.map((dependency) => this.#activate(dependency)));
    // Now that they are loaded their versions are known.
    this.#graph.assertSound(plugin);
    const missing = dependencies.find(({ status }) => status !== 'active');
    if (!missing) return undefined;
    const { name, status, reason, error } = missing;
    return new PluginError(
      'ERR_DEPENDENCY_MISSING',
      `Cannot start "${plugin.name}": "${name}", which it depends on, is ${status}${reason ? ` (${reason})` : ''}`,
      {
        plugin: plugin.name,
        details: { path: `${plugin.name} -> ${name}` },
        ...(error === undefined ? {} : { cause: error }),
      },
    );
  }

  /** Stops the active dependents of a plugin, theirs first, then does `work`. They start again when it is active. */
  async suspend<T>(plugin: ManagedPlugin, work: () => Promise<T>): Promise<T> {
    this.#leaving.set(plugin, (this.#leaving.get(plugin) ?? 0) + 1);
    try {
      await Promise.all(this.#graph.dependentsOf(plugin).map((dependent) => this.#suspendOne(dependent)));
      return await work();
    } finally {
      const others = (this.#leaving.get(plugin) ?? 1) - 1;
      if (others > 0) this.#leaving.set(plugin, others);
      else this.#leaving.delete(plugin);
      this.active(plugin);
    }
  }

  /** The same for a plugin that is down, while the caller goes on. */
  suspendLater(plugin: ManagedPlugin): void {
    this.#later(this.suspend(plugin, () => Promise.resolve()));
  }

  /** Those that wait for the plugin follow, if it is active. */
  active(plugin: ManagedPlugin): void {
    for (const dependent of this.#graph.dependentsOf(plugin)) this.#resume(dependent);
  }

  /** Nothing follows any more; resolves when what is under way has ended. */
  async end(): Promise<void> {
    this.#ended = true;
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async #suspendOne(plugin: ManagedPlugin): Promise<void> {
    if (plugin.status !== 'active') return;
    await this.suspend(plugin, () =>
      plugin.serial.run(async () => {
        if (plugin.status !== 'active') return;
        await settled(this.#lifecycle().stop(plugin, 'waiting-dependency'));
      }),
    );
  }

  #resume(plugin: ManagedPlugin): void {
    if (!this.#canResume(plugin)) return;
    this.#later(
      plugin.serial.run(async () => {
        if (!this.#canResume(plugin)) return;
        await settled(this.#bringUp(plugin));
      }),
    );
  }

  #canResume(plugin: ManagedPlugin): boolean {
    if (this.#ended || plugin.reason !== 'waiting-dependency' || plugin.wanted === 'nothing') return false;
    return this.#graph
      .dependenciesOf(plugin)
      .every((dependency) => dependency.status === 'active' && !this.#leaving.has(dependency));
  }

  async #bringUp(plugin: ManagedPlugin): Promise<void> {
    const lifecycle = this.#lifecycle();
    if (plugin.status === 'error' && !(await lifecycle.load(plugin, plugin.prepared))) return;
    if (plugin.wanted === 'active') await lifecycle.start(plugin);
  }

  /** A dependency that failed is not tried again here: that is the supervisor's, or the operator's. */
  async #activate(dependency: ManagedPlugin): Promise<void> {
    await dependency.serial.run(async () => {
      const { status } = dependency;
      if (status === 'active' || status === 'error' || dependency.held) return;
      const lifecycle = this.#lifecycle();
      if (status === 'unloaded' && !(await settled(lifecycle.load(dependency)))) return;
      await settled(lifecycle.start(dependency));
    });
  }

  #later(work: Promise<unknown>): void {
    const tracked = work
      .catch((error: unknown) => this.#logger.log('error', 'Work in the background failed', { error }))
      .finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}

/** A failed transition is in the plugin's status and in the log; who merely follows it has nothing to add. */
async function settled<T>(transition: Promise<T>): Promise<T | undefined> {
  try {
    return await transition;
  } catch (error) {
    if (!isPluginError(error)) throw error;
    return undefined;
  }
}
