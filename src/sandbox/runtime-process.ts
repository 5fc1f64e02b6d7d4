/**
 * One runtime process: spawned without environment, permissions or a way to reach anything but this channel; ended by
 * SIGKILL alone. Everything it sends is checked as from a compromised peer. Trusts the kernel to report its exit.
 */
import type { ChildProcess } from 'node:child_process';
import { exceeded } from '../config/exceeded.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { codeOf } from '../core/system-error.ts';
import { ProtocolViolation, textOf, type Frame } from '../protocol/frames.ts';
import { DISPOSE_DEADLINE, HANDSHAKE_TIMEOUT } from '../protocol/limits.ts';
import { FRAME, type WireGone } from '../protocol/messages.ts';
import { blame } from './blame.ts';
import { Channel } from './channel.ts';
import { goneError } from './failures.ts';
import { readGone, readPong } from './frames-in.ts';
import { RemoteInstance } from './instance.ts';
import { openMessage } from './open-message.ts';
import { captureOutput } from './output.ts';
import { messageLimit } from './limits.ts';
import { childOf, type HardeningMode } from './hardening.ts';
import { spawnRuntime, type RuntimeFiles } from './spawn-runtime.ts';
import type { InstanceExit, InstanceUsage, OpenOptions } from './types.ts';

/** Why a process must end. `culprit`: the plugin that is known to be the cause, or that none of those in it is. */
export interface Death {
  readonly error: PluginError;
  readonly culprit: number | 'none' | undefined;
}

export class RuntimeProcess {
  /** Undefined: a spare. */
  group: string | undefined;
  /** No new plugin goes into it: an isolate that ran out of memory leaves its process larger. */
  retired = false;
  /** What is resident may be what an isolate has left that was ended by force. */
  suffered = false;
  /** What the last heartbeat brought. */
  lastUsage: ReadonlyMap<number, InstanceUsage> = new Map();
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  readonly channel: Channel;
  readonly instances = new Map<number, RemoteInstance>();
  readonly #child: ChildProcess;
  readonly #bubblewrap: boolean;
  #inner: number | undefined;
  readonly #output: () => string;
  readonly #opening = new Map<number, { resolve: () => void; reject: (error: PluginError) => void }>();
  readonly #pings = new Map<number, (isolates: ReadonlyMap<number, InstanceUsage>) => void>();
  #settleReady!: { resolve: () => void; reject: (error: PluginError) => void };
  #death: Death | undefined;
  #lastPlugin = 0;
  #lastPing = 0;
  #heard = Date.now();
  /** When the first ping that it has not answered was sent. */
  #asked = 0;

  constructor(
    files: RuntimeFiles,
    bootstrap: string,
    logger: Logger,
    heapMiB: number,
    hardening: HardeningMode = 'off',
    patience = HANDSHAKE_TIMEOUT,
  ) {
    const { child, socket, stderr, bubblewrap } = spawnRuntime(files, heapMiB, hardening);
    this.#bubblewrap = bubblewrap;
    this.#child = child;
    this.#output = captureOutput(stderr, logger);
    this.channel = new Channel(socket, {
      onFrame: (frame) => this.#onFrame(frame),
      onClosed: (violation) => this.#onClosed(violation),
    });
    this.channel.send(FRAME.library, 0, 0, bootstrap);
    const handshake = setTimeout(() => this.kill(failed('it did not become ready in time')), patience);
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    }).finally(() => clearTimeout(handshake));
    this.ready.catch(() => undefined);
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#onExit(code, signal);
        resolve();
      });
      this.#child.once('error', (cause) => {
        this.#onExit(null, null, cause);
        resolve();
      });
    });
  }

  /** Of the process that runs plugins, not of the one around it. */
  get pid(): number {
    const { pid = 0 } = this.#child;
    if (this.#bubblewrap) this.#inner ??= childOf(pid);
    return this.#inner ?? pid;
  }

  /** Plugins that are in it or on their way into it. */
  get load(): number {
    return this.instances.size;
  }

  get dying(): boolean {
    return this.#death !== undefined;
  }

  /** Milliseconds that it has been asked and said nothing. A spare that nobody asks is not silent. */
  get silence(): number {
    return this.#pings.size === 0 ? 0 : Date.now() - Math.max(this.#heard, this.#asked);
  }

  /** Rejects with ERR_BUILD for a script that does not compile, ERR_PLUGIN_CRASHED when the process died. */
  async open(options: OpenOptions): Promise<RemoteInstance> {
    const number = (this.#lastPlugin += 1);
    const instance = new RemoteInstance(number, options, {
      pid: () => this.pid,
      channel: this.channel,
      usage: (plugin) => this.#usageOf(plugin),
      dispose: (plugin) => this.#dispose(plugin),
    });
    this.instances.set(number, instance);
    void this.#forget(instance);
    try {
      await this.ready;
    } catch (error) {
      // No plugin was in it yet, whose doing it could be.
      if (isPluginError(error, 'ERR_PLUGIN_CRASHED'))
        throw openingError(options.name, { kind: 'crashed', blame: 'innocent', error });
      throw error;
    }
    if (instance.ending) {
      instance.finish({ kind: 'disposed' });
      throw new PluginError('ERR_ABORTED', `Cannot load "${options.name}": it was aborted`);
    }
    const { text, bytes } = openMessage(options);
    const { startTimeout } = options.limits;
    const deadline = setTimeout(() => {
      const message = `Cannot load "${options.name}": it took longer than ${startTimeout} ms`;
      const error = exceeded('ERR_LIMIT_TIME', message, options.name, options.limits, 'startTimeout');
      instance.end({ kind: 'crashed', blame: 'self', error });
    }, startTimeout);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#opening.set(number, { resolve, reject });
        this.channel.send(FRAME.open, number, 0, text, bytes);
      });
    } finally {
      clearTimeout(deadline);
    }
    return instance;
  }

  async #forget(instance: RemoteInstance): Promise<void> {
    const exit = await instance.exited;
    const { name, number } = instance;
    this.instances.delete(number);
    const error =
      exit.kind === 'crashed'
        ? openingError(name, exit)
        : new PluginError('ERR_ABORTED', `Cannot load "${name}": it was disposed`);
    this.#opening.get(number)?.reject(error);
    this.#opening.delete(number);
  }

  /** What each isolate uses; empty when the process ends first. */
  ping(): Promise<ReadonlyMap<number, InstanceUsage>> {
    const id = (this.#lastPing += 1);
    return new Promise((resolve) => {
      if (this.dying) return resolve(new Map());
      if (this.#pings.size === 0) this.#asked = Date.now();
      this.#pings.set(id, resolve);
      this.channel.send(FRAME.ping, 0, id, '');
    });
  }

  /** Ends it for `error`; every plugin in it exits. Idempotent, the first reason counts. */
  kill(error: PluginError, culprit?: number | 'none'): void {
    if (this.#death !== undefined) return;
    this.#death = { error, culprit };
    // Whoever waits for `exited` must be told, also where nothing else keeps the host alive.
    this.#child.ref();
    this.#kill();
  }

  /** A process nobody needs must not keep the host alive. */
  unref(): void {
    this.#child.unref();
    for (const stream of this.#child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
  }

  ref(): void {
    this.#child.ref();
    for (const stream of this.#child.stdio) (stream as { ref?: () => void } | null)?.ref?.();
  }

  #onFrame(frame: Frame): void {
    this.#heard = Date.now();
    switch (frame.kind) {
      case FRAME.ready:
        // While it certainly lives: its number is remembered from here on.
        void this.pid;
        this.#settleReady.resolve();
        return;
      case FRAME.pong: {
        const resolve = this.#pings.get(frame.id);
        if (resolve === undefined) throw new ProtocolViolation('a pong without a ping');
        this.#pings.delete(frame.id);
        const usage = readPong(textOf(frame).text);
        resolve(usage);
        this.lastUsage = usage;
        return;
      }
      default:
        this.#onPluginFrame(frame);
    }
  }

  #onPluginFrame(frame: Frame): void {
    const instance = this.instances.get(frame.plugin);
    if (instance === undefined) {
      // What was under way when it ended may still arrive; a number that never was may not.
      if (frame.plugin === 0 || frame.plugin > this.#lastPlugin) throw new ProtocolViolation('a frame of no plugin');
      return;
    }
    switch (frame.kind) {
      case FRAME.opened: {
        const opening = this.#opening.get(frame.plugin);
        if (opening === undefined) throw new ProtocolViolation('a plugin was opened twice');
        this.#opening.delete(frame.plugin);
        return opening.resolve();
      }
      case FRAME.gone:
        return this.#onGone(instance, readGone(textOf(frame).text));
      case FRAME.stuck: {
        const gone = readGone(textOf(frame).text);
        const why = gone.detail === '' ? '' : ` (${gone.detail})`;
        instance.end({
          kind: 'crashed',
          blame: 'self',
          error: goneError(instance.name, gone, instance.options.limits),
        });
        return this.kill(failed(`"${instance.name}" could not be stopped${why}`), frame.plugin);
      }
      default:
        if (frame.payload.length > messageLimit(instance.options.limits) * 4 + 65_536) {
          throw new ProtocolViolation('a message is larger than the limit of its plugin');
        }
        instance.receive(frame);
    }
  }

  #onGone(instance: RemoteInstance, gone: WireGone): void {
    if (gone.why === 'memory') this.retired = true;
    if (gone.why !== 'disposed') this.suffered = true;
    instance.gone(gone);
  }

  #dispose(plugin: number): void {
    if (this.dying) return;
    this.channel.send(FRAME.dispose, plugin, 0, '');
    const deadline = setTimeout(() => {
      this.kill(failed(`"${this.instances.get(plugin)?.name ?? ''}" did not end`), plugin);
    }, DISPOSE_DEADLINE);
    void this.instances.get(plugin)?.exited.then(() => clearTimeout(deadline));
  }

  async #usageOf(plugin: number): Promise<InstanceUsage> {
    return (await this.ping()).get(plugin) ?? { memory: 0, cpu: 0, timers: 0, pendingRequests: 0 };
  }

  #onClosed(violation: ProtocolViolation | undefined): void {
    if (violation !== undefined) {
      this.kill(new PluginError('ERR_PROTOCOL', `Cannot go on with runtime process ${this.pid}: ${violation.message}`));
    } else {
      // Without its channel it is of no use, whether it lives or not.
      this.#kill();
    }
  }

  /** Bubblewrap sees its child die, reaps it and goes: killed itself, it would leave a zombie to whoever is init here. */
  #kill(): void {
    const { pid } = this;
    if (pid !== 0 && pid !== this.#child.pid && this.#child.exitCode === null) {
      try {
        process.kill(pid, 'SIGKILL');
        return;
      } catch (error) {
        if (codeOf(error) !== 'ESRCH') throw error;
      }
    }
    this.#child.kill('SIGKILL');
  }

  #onExit(code: number | null, signal: string | null, cause?: Error): void {
    const said = this.#output();
    this.#death ??= { error: exitError(code, signal, said, cause), culprit: undefined };
    const { error, culprit } = this.#death;
    this.channel.close();
    this.#settleReady.reject(
      error.code === 'ERR_ABORTED' || said === ''
        ? error
        : new PluginError('ERR_PLUGIN_CRASHED', error.message, { details: { stderr: said.slice(-1_000) } }),
    );
    for (const resolve of this.#pings.values()) resolve(new Map());
    this.#pings.clear();
    for (const [instance, verdict] of blame([...this.instances.values()], culprit)) {
      instance.finish({ kind: 'crashed', blame: verdict, error });
    }
  }
}

/** What who is not to blame is told may be tried again. */
function openingError(plugin: string, { blame, error }: Extract<InstanceExit, { kind: 'crashed' }>): PluginError {
  if (blame === 'self') return error;
  const state = error.message.replace(/^Cannot [^:]*: /, '');
  return new PluginError('ERR_PLUGIN_CRASHED', `Cannot load "${plugin}": ${state}`, {
    plugin,
    cause: error,
    details: error.details,
    retryable: true,
  });
}

function failed(state: string): PluginError {
  return new PluginError('ERR_PLUGIN_CRASHED', `Cannot go on with a runtime process: ${state}`);
}

function exitError(code: number | null, signal: string | null, said: string, cause?: Error): PluginError {
  const how = signal === null ? `it exited with ${String(code)}` : `it was ended by ${signal}`;
  return new PluginError(
    'ERR_PLUGIN_CRASHED',
    `Cannot go on with a runtime process: ${cause === undefined ? how : cause.message}`,
    { details: said === '' ? {} : { stderr: said.slice(-1_000) }, ...(cause === undefined ? {} : { cause }) },
  );
}
