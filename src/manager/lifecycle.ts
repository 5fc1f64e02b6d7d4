import { PluginError, isPluginError } from '../core/errors.ts';
import { inBackground } from './background.ts';
import { disabledError, releaseHint } from './callable.ts';
import type { Clock } from './clock.ts';
import { assertCompatible, type HostFacts } from '../contract/compatibility.ts';
import type { EventHub } from './event-hub.ts';
import { asPluginError, reasonOf, refusal } from './fail.ts';
import type { Live, ManagedPlugin } from './managed-plugin.ts';
import { closeGrant, openInstance, type OpeningParts } from './open-instance.ts';
import { redactedError } from './redacted-error.ts';
import type { Prepared } from '../loader/types.ts';
import type { InstanceExit } from '../sandbox/types.ts';
import type { Services } from './services.ts';

export interface LifecycleParts extends OpeningParts {
  readonly clock: Clock;
  readonly host: HostFacts;
  readonly hub: EventHub;
  readonly services: Services;
  /** Brings what the plugin depends on to active; what it returns is why that cannot be now. Throws where it never can. */
  readonly ready: (plugin: ManagedPlugin) => Promise<PluginError | undefined>;
  /** An instance ended by itself; the plugin is in `error` by then, and holds nothing. */
  readonly crashed: (plugin: ManagedPlugin, exit: InstanceExit & { kind: 'crashed' }) => void;
}

/** The part of `stopTimeout` that calls and events have to end in; the rest stays for `stop`. */
const DRAINING = 0.75;

/**
 * The four transitions of one plugin (SPEC B2, B3). Each must run in the plugin's `serial`. In `unloaded` and `error` a plugin
 * holds nothing: no isolate, no subscription, no service, no file.
 */
export class Lifecycle {
  readonly #parts: LifecycleParts;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
  }

  /** False: `initialize` refused. `prepared` saves verifying again what was verified just now. */
  async load(plugin: ManagedPlugin, prepared?: Prepared): Promise<boolean> {
    if (!plugin.config.enabled) throw disabledError('load', plugin);
    plugin.move('loading');
    if (plugin.wanted === 'nothing') plugin.wanted = 'loaded';
    try {
      plugin.prepared = prepared ?? (await this.#prepare(plugin));
      assertCompatible(plugin.name, plugin.prepared.lock.metadata, this.#parts.host);
      await this.#assertFree(plugin, plugin.prepared);
      await this.#dependencies(plugin);
      await openInstance(this.#parts, plugin, plugin.prepared, (live) => this.#watch(plugin, live));
      if (!(await this.#hook(plugin, 'initialize', plugin.config.limits.startTimeout))) {
        return await this.#refused(plugin, 'load', 'initialize');
      }
      plugin.move('loaded');
      return true;
    } catch (error) {
      throw await this.#failed(plugin, 'load', error);
    }
  }

  /** False: `start` refused. */
  async start(plugin: ManagedPlugin): Promise<boolean> {
    plugin.assertCan('active');
    plugin.wanted = 'active';
    try {
      await this.#dependencies(plugin);
      if (!(await this.#hook(plugin, 'start', plugin.config.limits.startTimeout))) {
        await this.#tryCleanup(plugin);
        return await this.#refused(plugin, 'start', 'start');
      }
    } catch (error) {
      await this.#tryCleanup(plugin);
      throw await this.#failed(plugin, 'start', error);
    }
    plugin.attempts = 0;
    plugin.gate.open();
    this.#parts.hub.open(plugin.name, plugin.prepared?.lock.kind === 'component');
    plugin.move('active');
    return true;
  }

  /**
   * Lets calls and events that were accepted end, then stops, all within `stopTimeout`. False: `stop` refused. A plugin that
   * does not stop within it loses its isolate and ends in `error`.
   */
  async stop(plugin: ManagedPlugin, reason?: 'waiting-dependency' | 'held'): Promise<boolean> {
    plugin.assertCan('inactive');
    if (reason === undefined || reason === 'held') plugin.wanted = 'loaded';
    plugin.annotate('draining');
    const left = await this.#drain(plugin);
    try {
      if (!(await this.#hook(plugin, 'stop', left))) {
        await this.#tryCleanup(plugin);
        return await this.#refused(plugin, 'stop', 'stop');
      }
    } catch (error) {
      plugin.wanted = 'nothing';
      await this.#tryCleanup(plugin);
      throw await this.#failed(plugin, 'stop', error);
    }
    plugin.move('inactive', reason);
    return true;
  }

  /** Stops it first where it is active. Whatever its hooks do, nothing of it is left. False: `cleanup` refused. */
  async unload(plugin: ManagedPlugin): Promise<boolean> {
    plugin.wanted = 'nothing';
    this.giveUp(plugin);
    if (plugin.status === 'active') {
      await this.stop(plugin).catch((error: unknown) => this.#log(plugin, 'stop', error));
      plugin.wanted = 'nothing';
    }
    plugin.move('unloading');
    try {
      const clean = plugin.live ? await this.#hook(plugin, 'cleanup', plugin.config.limits.stopTimeout) : true;
      if (!clean) return await this.#refused(plugin, 'unload', 'cleanup');
      await this.#discard(plugin);
    } catch (error) {
      throw await this.#failed(plugin, 'unload', error);
    }
    plugin.cell = undefined;
    plugin.prepared = undefined;
    plugin.move('unloaded', plugin.held ? 'held' : undefined);
    return true;
  }

  /** It may not run at all: the loader or the order refused it. */
  refuse(plugin: ManagedPlugin, error: PluginError): void {
    plugin.wanted = 'active';
    plugin.move('loading');
    plugin.move('error', reasonOf(error), error);
    this.#log(plugin, 'load', error);
  }

  /** Ends a plugin that runs but is not well. */
  async abandon(plugin: ManagedPlugin, error: PluginError): Promise<void> {
    await this.#failed(plugin, 'keep', error);
  }

  /** Does not bring back a plugin that crashed. */
  giveUp(plugin: ManagedPlugin): void {
    plugin.cancelRestart?.();
    plugin.cancelRestart = undefined;
    if (plugin.reason === 'backoff') plugin.annotate('crashed');
  }

  async #dependencies(plugin: ManagedPlugin): Promise<void> {
    const missing = await this.#parts.ready(plugin);
    if (missing) throw new Waiting(missing);
  }

  /** It was quarantined before, by this host or an earlier one, and nobody has released it. */
  async #assertFree({ name }: ManagedPlugin, { lock }: Prepared): Promise<void> {
    const record = await this.#parts.rooms.quarantine.find(name, lock.integrity);
    if (!record) return;
    throw new PluginError('ERR_PLUGIN_QUARANTINED', `Cannot load "${name}": it is quarantined since ${record.since}`, {
      plugin: name,
      details: { because: record.message },
      hint: releaseHint(name),
    });
  }

  async #prepare(plugin: ManagedPlugin): Promise<Prepared> {
    const { ready, refused } = await this.#parts.rooms.prepare({ names: [plugin.name] });
    const prepared = ready.get(plugin.name);
    if (prepared) return prepared;
    throw (
      refused.get(plugin.name) ??
      new PluginError('ERR_INTERNAL', `Cannot load "${plugin.name}": the loader does not know it`, {
        plugin: plugin.name,
      })
    );
  }

  /** A crash between transitions: those within one are seen by the step that fails. */
  #watch(plugin: ManagedPlugin, live: Live): void {
    const { instance } = live;
    const watched = instance.exited.then((exit) =>
      plugin.serial.run(async () => {
        if (exit.kind !== 'crashed' || plugin.live?.instance !== instance) return;
        await this.#failed(plugin, 'keep', exit.error);
      }),
    );
    inBackground(watched, this.#parts.logger);
  }

  async #hook(
    plugin: ManagedPlugin,
    method: 'initialize' | 'start' | 'stop' | 'cleanup',
    timeout: number,
  ): Promise<boolean> {
    const { live } = plugin;
    if (!live) throw new PluginError('ERR_PLUGIN_CRASHED', `Cannot ${method} "${plugin.name}": its isolate is gone`);
    return live.instance.request('lifecycle', [method], { timeout });
  }

  /** Aborts what does not end in time; gives the milliseconds that are left for `stop`. */
  async #drain(plugin: ManagedPlugin): Promise<number> {
    const { clock, hub } = this.#parts;
    const { stopTimeout } = plugin.config.limits;
    const begun = performance.now();
    const stopping = new PluginError('ERR_STATE', `Cannot call "${plugin.name}": it is stopping`, {
      plugin: plugin.name,
      retryable: true,
    });
    plugin.gate.close(stopping);
    const late = Promise.withResolvers<void>();
    const cancel = clock.after(stopTimeout * DRAINING, () => {
      plugin.live?.instance.abortCalls(stopping);
      late.resolve();
    });
    await Promise.race([Promise.all([plugin.gate.idle(), hub.drain(plugin.name)]), late.promise]);
    cancel();
    plugin.gate.drop(stopping);
    hub.close(plugin.name);
    const left = stopTimeout - (performance.now() - begun);
    return Math.max(Math.ceil(left), Math.floor(stopTimeout * (1 - DRAINING)), 1);
  }

  /** A plugin whose start or stop failed may still free what it holds elsewhere; whether it can is not our matter. */
  async #tryCleanup(plugin: ManagedPlugin): Promise<void> {
    if (!plugin.live) return;
    try {
      await this.#hook(plugin, 'cleanup', plugin.config.limits.stopTimeout);
    } catch (error) {
      if (!isPluginError(error)) throw error;
      this.#parts.logger.log('debug', `Cleanup after a failure failed too`, { plugin: plugin.name, error });
    }
  }

  async #refused(plugin: ManagedPlugin, verb: string, method: string): Promise<false> {
    const error = refusal(verb, method, plugin.name);
    await this.#discard(plugin);
    plugin.move('error', 'refused', error);
    this.#log(plugin, verb, error);
    return false;
  }

  async #failed(plugin: ManagedPlugin, verb: string, cause: unknown): Promise<PluginError> {
    const waits = cause instanceof Waiting;
    const said = asPluginError(waits ? cause.error : cause, verb, plugin.name);
    const error = plugin.live ? redactedError(said, plugin.live.grant.redact) : said;
    const opened = plugin.live !== undefined;
    const exit = await this.#discard(plugin);
    const reason = waits ? 'waiting-dependency' : exit?.kind === 'crashed' ? 'crashed' : reasonOf(error);
    plugin.move('error', reason, error);
    this.#log(plugin, verb, error);
    if (exit?.kind === 'crashed') this.#parts.crashed(plugin, exit);
    else if (!opened && isPluginError(cause, 'ERR_PLUGIN_CRASHED')) {
      // Its process died while it was opened in it: there was no instance yet whose exit would say so.
      this.#parts.crashed(plugin, { kind: 'crashed', blame: cause.retryable ? 'innocent' : 'self', error });
    }
    return error;
  }

  /** Frees all that the plugin holds; says how its instance ended, where it had one. */
  async #discard(plugin: ManagedPlugin): Promise<InstanceExit | undefined> {
    const { live } = plugin;
    plugin.live = undefined;
    const gone = new PluginError('ERR_PLUGIN_CRASHED', `Cannot call "${plugin.name}": it is gone`, {
      plugin: plugin.name,
      retryable: true,
    });
    plugin.gate.close(gone);
    plugin.gate.drop(gone);
    this.#parts.hub.forget(plugin.name);
    this.#parts.services.forget(plugin.name);
    if (!live) return undefined;
    await live.instance.dispose();
    await closeGrant(live.grant, plugin.name, this.#parts.logger);
    return live.instance.exited;
  }

  #log(plugin: ManagedPlugin, verb: string, error: unknown): void {
    const { logger } = this.#parts;
    if (isPluginError(error)) logger.log('error', error.message, { plugin: plugin.name, code: error.code });
    else logger.log('error', `Cannot ${verb} "${plugin.name}"`, { plugin: plugin.name, error });
  }
}

/** A dependency is not active now; the plugin is started when it is. */
class Waiting extends Error {
  readonly error: PluginError;

  constructor(error: PluginError) {
    super(error.message);
    this.error = error;
  }
}
