import { isDeepStrictEqual } from 'node:util';
import type { PluginConfig } from '../config/types.ts';
import type { Permissions } from '../contract/metadata.ts';
import type { PluginStatus, StatusReason } from '../contract/status.ts';
import { assertTransition } from '../contract/transitions.ts';
import type { PluginError } from '../core/errors.ts';
import type { Prepared } from '../loader/types.ts';
import type { PluginDescription } from '../protocol/requests.ts';
import type { Instance } from '../sandbox/types.ts';
import { RestartBudget } from './backoff.ts';
import { CallGate, MAX_WAITING_CALLS } from './call-gate.ts';
import type { Clock } from './clock.ts';
import type { Grant } from './rooms.ts';
import { Serial } from './serial.ts';

/** What a plugin holds from its load until it is discarded. */
export interface Live {
  readonly prepared: Prepared;
  readonly instance: Instance;
  readonly grant: Grant;
  readonly description: PluginDescription;
}

/** A step of a plugin's life, told to the application. */
export interface StatusChange {
  readonly plugin: string;
  /** Equal where only the reason changed. */
  readonly from: PluginStatus;
  readonly to: PluginStatus;
  readonly reason: StatusReason | undefined;
  readonly error: PluginError | undefined;
}

/** One plugin of the config and all that the manager knows of it. It moves along legal transitions alone. */
export class ManagedPlugin {
  /** Its transitions, one at a time. */
  readonly serial = new Serial();
  readonly gate: CallGate;
  readonly budget = new RestartBudget();
  /** As it was last verified: what a restart after a crash runs again. */
  prepared: Prepared | undefined;
  live: Live | undefined;
  /** What was last asked for: a crash restores it. */
  wanted: 'nothing' | 'loaded' | 'active' = 'nothing';
  /** Suspected of having taken a shared process down: from its next load on it shares one with few other suspects, or has its own. */
  cell: number | 'alone' | undefined;
  /** Times it was suspected since somebody loaded it by hand. */
  suspicions = 0;
  /** Milliseconds since the epoch. */
  suspectedAt: number | undefined;
  cancelProbation: (() => void) | undefined;
  /** When its process last died without a reason. Milliseconds since the epoch. */
  unexplainedAt: number | undefined;
  /** Restarts since it was last active. */
  attempts = 0;
  restarts = 0;
  errors = 0;
  cancelRestart: (() => void) | undefined;
  readonly #passed = new Map<string, number>();
  /** Stopped by hand, to stay so: nothing but a start by hand starts it. */
  held = false;
  /** What it is granted now: what the config says, unless somebody granted or revoked since. */
  permissions: Permissions;
  #config: PluginConfig;
  #status: PluginStatus = 'unloaded';
  #reason: StatusReason | undefined;
  #error: PluginError | undefined;
  #since: number;
  readonly #clock: Clock;
  readonly #changed: (change: StatusChange) => void;

  constructor(config: PluginConfig, clock: Clock, changed: (change: StatusChange) => void) {
    this.#config = config;
    this.permissions = config.permissions;
    this.gate = new CallGate(config.name, config.limits.concurrency, MAX_WAITING_CALLS, () =>
      this.live?.grant.port.passed('concurrency', 1),
    );
    this.#clock = clock;
    this.#since = clock.now();
    this.#changed = changed;
    if (!config.enabled) this.#reason = 'disabled';
  }

  get name(): string {
    return this.#config.name;
  }

  get config(): PluginConfig {
    return this.#config;
  }

  /** What the config says now. Its settings hold from its next load on. */
  configure(config: PluginConfig): void {
    if (!isDeepStrictEqual(config.permissions, this.#config.permissions)) this.permissions = config.permissions;
    this.#config = config;
    this.gate.limit = config.limits.concurrency;
    if (this.#status === 'unloaded') this.annotate(config.enabled ? (this.held ? 'held' : undefined) : 'disabled');
  }

  get status(): PluginStatus {
    return this.#status;
  }

  get reason(): StatusReason | undefined {
    return this.#reason;
  }

  /** Why it is in `error`. */
  get error(): PluginError | undefined {
    return this.#error;
  }

  /** When it came into its status. Milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }

  /** How often it passed each of its limits, by their keys in the config, since the host has it. */
  get passed(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#passed);
  }

  countPassed(limit: string, times: number): void {
    this.#passed.set(limit, (this.#passed.get(limit) ?? 0) + times);
  }

  /** @throws ERR_STATE, which names both states. */
  assertCan(to: PluginStatus): void {
    assertTransition(this.name, this.#status, to);
  }

  /** @throws ERR_STATE, and changes nothing, where the step is not legal. */
  move(to: PluginStatus, reason?: StatusReason, error?: PluginError): void {
    this.assertCan(to);
    const from = this.#status;
    this.#status = to;
    this.#since = this.#clock.now();
    if (error) this.errors += 1;
    this.#tell(from, reason, error);
  }

  /** Says more about the status it has. */
  annotate(reason: StatusReason | undefined, error: PluginError | undefined = this.#error): void {
    this.#tell(this.#status, reason, error);
  }

  #tell(from: PluginStatus, reason: StatusReason | undefined, error: PluginError | undefined): void {
    this.#reason = reason;
    this.#error = error;
    this.#changed({ plugin: this.name, from, to: this.#status, reason, error });
  }
}
