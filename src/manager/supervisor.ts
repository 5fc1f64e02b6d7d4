import { PluginError, isPluginError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { InstanceExit } from '../sandbox/types.ts';
import { RESTART_BUDGET, restartDelay } from './backoff.ts';
import { inBackground } from './background.ts';
import type { Clock } from './clock.ts';
import type { Dependents } from './dependents.ts';
import { UNHEALTHY_CHECKS, checkHealth, isUnhealthy } from './health.ts';
import type { Lifecycle } from './lifecycle.ts';
import { releaseHint } from './callable.ts';
import type { Prepared } from '../loader/types.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import type { Quarantine } from './quarantine.ts';

export interface SupervisorParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly plugins: ReadonlyMap<string, ManagedPlugin>;
  readonly lifecycle: Lifecycle;
  readonly dependents: Dependents;
  readonly quarantine: Quarantine;
  /** Milliseconds. */
  readonly interval: () => number;
}

/**
 * Processes that suspects of one group are spread over; who is suspected there again is spread over as many others, and the
 * third time gets one of its own. A hundred suspects at once, each in a process, would take the memory of a hundred processes and
 * seconds to start.
 */
const CELLS = 8;

/** Restarts at once of who is innocent and never gets as far as to be active: from then on with backoff. */
const INNOCENT_TRIES = 5;

/** A suspect that crashes nothing for so long is acquitted; twice as long after each suspicion. Milliseconds. */
const PROBATION = 60_000;
/** A suspicion that is older is forgotten. */
const MAX_PROBATION = 3_600_000;

type Crash = Extract<InstanceExit, { kind: 'crashed' }>;

/**
 * Restarts what crashed or is unwell (SPEC B6): with backoff and out of a budget where the plugin is to blame, at once and for
 * nothing where it is not. A plugin with no budget left is quarantined until somebody loads it again.
 */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #unwell = new Map<ManagedPlugin, number>();
  #cancelCheck: (() => void) | undefined;
  #lastCell = 0;
  #ended = false;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
  }

  /** Begins to check health, each interval. */
  begin(): void {
    if (this.#ended || this.#cancelCheck) return;
    const { clock, interval, logger } = this.#parts;
    this.#cancelCheck = clock.after(interval(), () => {
      const checked = this.#checkAll().finally(() => {
        this.#cancelCheck = undefined;
        this.begin();
      });
      inBackground(checked, logger);
    });
  }

  /** The plugin is in `error` and holds nothing. */
  crashed(plugin: ManagedPlugin, { blame, error }: Crash): void {
    if (this.#ended || plugin.wanted === 'nothing') return;
    if (blame === 'innocent') {
      const again = plugin.attempts < INNOCENT_TRIES ? 0 : restartDelay(plugin.attempts, this.#parts.clock.random());
      return this.#restartAfter(plugin, again);
    }
    if (blame === 'unexplained' && this.#isFirst(plugin)) return this.#restartAfter(plugin, 0);
    if (blame !== 'self' && plugin.cell !== 'alone') {
      this.#suspect(plugin);
      return this.#restartAfter(plugin, 0);
    }
    const { clock, logger, dependents, quarantine } = this.#parts;
    dependents.suspendLater(plugin);
    if (plugin.budget.take(clock.now())) {
      return this.#restartAfter(plugin, restartDelay(plugin.budget.spent(clock.now()) - 1, clock.random()));
    }
    const minutes = RESTART_BUDGET.window / 60_000;
    const quarantined = new PluginError(
      'ERR_PLUGIN_QUARANTINED',
      `Cannot keep "${plugin.name}": it failed more than ${RESTART_BUDGET.restarts} times in ${minutes} minutes`,
      { plugin: plugin.name, cause: error, hint: releaseHint(plugin.name) },
    );
    plugin.annotate('quarantined', quarantined);
    const integrity = plugin.prepared?.lock.integrity;
    if (integrity !== undefined) {
      const since = new Date(clock.now()).toISOString();
      quarantine.add(plugin.name, { integrity, since, message: error.message });
    }
    logger.log('error', quarantined.message, { plugin: plugin.name, code: quarantined.code });
  }

  #suspect(plugin: ManagedPlugin): void {
    const { cell, suspectedAt } = plugin;
    const now = this.#parts.clock.now();
    if (suspectedAt !== undefined && now - suspectedAt > MAX_PROBATION) plugin.suspicions = 0;
    plugin.suspectedAt = now;
    plugin.suspicions += 1;
    this.#lastCell = (this.#lastCell + 1) % CELLS;
    if (cell === undefined) plugin.cell = this.#lastCell;
    else plugin.cell = typeof cell === 'number' && cell < CELLS ? CELLS + this.#lastCell : 'alone';
  }

  /** Whoever is twice in a process that dies without a reason may be the reason. */
  #isFirst(plugin: ManagedPlugin): boolean {
    const now = this.#parts.clock.now();
    const last = plugin.unexplainedAt;
    plugin.unexplainedAt = now;
    return last === undefined || now - last >= RESTART_BUDGET.window;
  }

  /** Somebody loads the plugin by hand: it gets a fresh start. */
  async release(plugin: ManagedPlugin): Promise<void> {
    await this.#parts.quarantine.remove(plugin.name);
    plugin.cancelRestart?.();
    plugin.cancelRestart = undefined;
    plugin.cancelProbation?.();
    plugin.cell = undefined;
    plugin.suspicions = 0;
    plugin.budget.reset();
    plugin.attempts = 0;
    this.#unwell.delete(plugin);
  }

  /** Clears every timer; nothing is restarted any more. */
  end(): void {
    this.#ended = true;
    this.#cancelCheck?.();
    for (const plugin of this.#parts.plugins.values()) {
      plugin.cancelRestart?.();
      plugin.cancelProbation?.();
    }
  }

  /**
   * After a start that the host began: where the plugin threw, that may be an outage of something outside, so it is tried again,
   * at no cost to the budget. A crash scheduled its own restart, and a missing dependency brings it back.
   */
  retry(plugin: ManagedPlugin): void {
    if (this.#ended || plugin.status !== 'error' || plugin.reason !== 'failed') return;
    this.#restartAfter(plugin, restartDelay(plugin.attempts, this.#parts.clock.random()));
  }

  #restartAfter(plugin: ManagedPlugin, delay: number): void {
    const { clock, logger } = this.#parts;
    plugin.cancelRestart?.();
    plugin.cancelRestart = undefined;
    plugin.annotate('backoff');
    logger.log('warn', `Restarting ${plugin.name} in ${Math.round(delay)} ms`, { plugin: plugin.name });
    const restart = (): void => {
      plugin.cancelRestart = undefined;
      inBackground(
        plugin.serial.run(() => this.#restart(plugin)),
        logger,
      );
    };
    // Queued now, so that whoever waits for the plugin's turn finds it up again.
    if (delay === 0) restart();
    else plugin.cancelRestart = clock.after(delay, restart);
  }

  async #restart(plugin: ManagedPlugin): Promise<void> {
    if (this.#awaitsRestart(plugin)) await this.#bringBack(plugin, plugin.prepared);
  }

  async #bringBack(plugin: ManagedPlugin, prepared: Prepared | undefined): Promise<void> {
    const { lifecycle } = this.#parts;
    plugin.restarts += 1;
    plugin.attempts += 1;
    try {
      if (!(await lifecycle.load(plugin, prepared))) return;
      if (plugin.wanted === 'active') await lifecycle.start(plugin);
      this.#watchSuspect(plugin);
    } catch (error) {
      if (!isPluginError(error)) throw error;
      this.retry(plugin);
    }
  }

  /** Once acquitted it goes on where it is, with what it holds in memory; its next start is among those of its group. */
  #watchSuspect(plugin: ManagedPlugin): void {
    const { live, cell } = plugin;
    plugin.cancelProbation?.();
    if (cell === undefined || live === undefined) return;
    const probation = Math.min(MAX_PROBATION, PROBATION * 2 ** (plugin.suspicions - 1));
    plugin.cancelProbation = this.#parts.clock.after(probation, () => {
      if (plugin.live !== live || plugin.status !== 'active') return;
      plugin.cell = undefined;
    });
  }

  #awaitsRestart({ status, reason }: ManagedPlugin): boolean {
    return !this.#ended && status === 'error' && reason === 'backoff';
  }

  async #checkAll(): Promise<void> {
    await Promise.all([...this.#parts.plugins.values()].map((plugin) => this.#check(plugin)));
  }

  async #check(plugin: ManagedPlugin): Promise<void> {
    const { live } = plugin;
    if (plugin.status !== 'active' || plugin.reason === 'draining' || !live) return;
    const problem = await this.#problem(plugin, live);
    // It was stopped, restarted or replaced while it answered.
    if (this.#ended || plugin.status !== 'active' || plugin.live !== live) return;
    if (problem === undefined) {
      this.#unwell.delete(plugin);
      return;
    }
    const failures = (this.#unwell.get(plugin) ?? 0) + 1;
    this.#unwell.set(plugin, failures);
    this.#parts.logger.log('warn', `${plugin.name} is not healthy: ${problem}`, { plugin: plugin.name, failures });
    if (failures < UNHEALTHY_CHECKS) return;
    this.#unwell.delete(plugin);
    await plugin.serial.run(async () => {
      if (plugin.status !== 'active' || plugin.live !== live) return;
      const error = new PluginError(
        'ERR_PLUGIN_CRASHED',
        `Cannot keep "${plugin.name}": it is not healthy: ${problem}`,
        {
          plugin: plugin.name,
        },
      );
      await this.#parts.lifecycle.abandon(plugin, error);
      if (plugin.reason !== 'backoff') this.crashed(plugin, { kind: 'crashed', blame: 'self', error });
    });
  }

  async #problem(plugin: ManagedPlugin, live: NonNullable<ManagedPlugin['live']>): Promise<string | undefined> {
    try {
      const health = await checkHealth(live, plugin.config.limits.timeout);
      return isUnhealthy(health) ? 'it says so itself' : undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
}
