import type { Logger } from '../core/logger.ts';
import type { Assembly } from './assemble.ts';
import type { StatusChange } from './managed-plugin.ts';

/** Tells of every change of a status: the log, the dependents, and the application's own watchers, in this order. */
export class Announcements {
  readonly #assembly: Assembly;
  readonly #logger: Logger;
  readonly #watchers = new Set<(change: StatusChange) => void>();

  constructor(assembly: Assembly, logger: Logger) {
    this.#assembly = assembly;
    this.#logger = logger;
  }

  /** The result ends it. */
  watch(handler: (change: StatusChange) => void): () => void {
    this.#watchers.add(handler);
    return () => this.#watchers.delete(handler);
  }

  changed(change: StatusChange): void {
    const { plugin, from, to, reason } = change;
    this.#logger.log('debug', `${plugin}: ${to}`, { plugin, from, reason });
    if ((to === 'active') !== (from === 'active')) this.#tellDependents(change);
    for (const watcher of this.#watchers) {
      try {
        watcher(change);
      } catch (error) {
        this.#logger.log('error', 'A handler of onStatus failed', { error });
      }
    }
  }

  /** Its active dependents get `dependency.up` and `dependency.down`; those that wait for it start. */
  #tellDependents({ plugin: name, to, reason }: StatusChange): void {
    const { plugins, graph, hub, dependents } = this.#assembly;
    const plugin = plugins.get(name);
    if (plugin === undefined) return;
    const type = to === 'active' ? 'dependency.up' : 'dependency.down';
    for (const dependent of graph.dependentsOf(plugin)) {
      hub.tell(dependent.name, 'host', type, { plugin: name, status: to, reason: reason ?? null });
    }
    if (to === 'active') dependents.active(plugin);
  }
}
