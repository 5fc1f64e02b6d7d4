import type { Prepared } from '../loader/types.ts';
import type { Assembly } from './assemble.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import { unloadQuietly } from './shutdown.ts';

/** What is asked of one plugin by hand: each runs in the plugin's turn, and takes its dependents along where it stops. */
export class Transitions {
  readonly #lifecycle: Assembly['lifecycle'];
  readonly #dependents: Assembly['dependents'];
  readonly #supervisor: Assembly['supervisor'];

  constructor({ lifecycle, dependents, supervisor }: Assembly) {
    this.#lifecycle = lifecycle;
    this.#dependents = dependents;
    this.#supervisor = supervisor;
  }

  load(plugin: ManagedPlugin): Promise<boolean> {
    return plugin.serial.run(async () => {
      plugin.assertCan('loading');
      await this.#supervisor.release(plugin);
      plugin.wanted = 'loaded';
      return this.#lifecycle.load(plugin);
    });
  }

  start(plugin: ManagedPlugin): Promise<boolean> {
    return plugin.serial.run(() => {
      plugin.held = false;
      return this.#lifecycle.start(plugin);
    });
  }

  stop(plugin: ManagedPlugin, hold: boolean): Promise<boolean> {
    return this.#dependents.suspend(plugin, () =>
      plugin.serial.run(async () => {
        if (!hold) return this.#lifecycle.stop(plugin);
        plugin.held = true;
        this.#lifecycle.giveUp(plugin);
        if (plugin.status === 'active') return this.#lifecycle.stop(plugin, 'held');
        plugin.wanted = 'nothing';
        if (plugin.status === 'unloaded' || plugin.status === 'inactive') plugin.annotate('held');
        return true;
      }),
    );
  }

  bringUp(plugin: ManagedPlugin): Promise<boolean> {
    return plugin.serial.run(async () => {
      if (plugin.status === 'active') return true;
      return this.#freshStart(plugin);
    });
  }

  restart(plugin: ManagedPlugin): Promise<boolean> {
    return this.#dependents.suspend(plugin, () =>
      plugin.serial.run(async () => {
        const { prepared } = plugin;
        if (plugin.status !== 'unloaded') await unloadQuietly(this.#lifecycle, plugin);
        return this.#freshStart(plugin, prepared);
      }),
    );
  }

  unload(plugin: ManagedPlugin): Promise<boolean> {
    return this.#dependents.suspend(plugin, () => plugin.serial.run(() => this.#lifecycle.unload(plugin)));
  }

  async #freshStart(plugin: ManagedPlugin, prepared?: Prepared): Promise<boolean> {
    await this.#supervisor.release(plugin);
    plugin.held = false;
    const isLoaded = plugin.status === 'loaded' || plugin.status === 'inactive';
    if (!isLoaded && !(await this.#lifecycle.load(plugin, prepared))) return false;
    return this.#lifecycle.start(plugin);
  }
}
