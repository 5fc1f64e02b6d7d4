import { readFileSync } from 'node:fs';
import { PluginError } from '../core/errors.ts';
import { silentLogger, type Logger } from '../core/logger.ts';
import { runtimeFiles } from './binary.ts';
import type { HardeningMode } from './hardening.ts';
import { RuntimeProcess } from './runtime-process.ts';
import { DEFAULT_HEAP } from './spawn-runtime.ts';
import type { Instance, OpenOptions, Sandbox } from './types.ts';
import { Watchdog } from './watchdog.ts';

export interface SandboxOptions {
  readonly logger?: Logger;
  /** Keeps a process ready that has no plugin yet: a start and a recovery are 40 ms shorter. Default false. */
  readonly spare?: boolean;
  /** MiB of a runtime process's own heap, without isolates. Default 256. */
  readonly heap?: number;
  /** What stands around a runtime process. Default `off`; a config's default is `auto`. */
  readonly hardening?: HardeningMode;
  /** Bytes a runtime process may have resident beyond the memory limits of its plugins. Default 256 MiB. */
  readonly overhead?: number;
}

/** The pool of runtime processes: one for each trust group, ended when its last plugin goes. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const pool = new Pool(options);
  return {
    open: (open) => pool.open(open),
    warm: () => pool.warm(),
    processes: () => pool.processes(),
    close: () => pool.close(),
  };
}

class Pool {
  readonly #options: SandboxOptions;
  readonly #processes = new Set<RuntimeProcess>();
  readonly #watchdog: Watchdog;
  #files: { binary: string; script: string; bootstrap: string } | undefined;
  #bootstrap = '';
  #spareTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog(this.#processes, options.overhead ?? 256 * 1024 * 1024);
  }

  async open(options: OpenOptions): Promise<Instance> {
    const { signal } = options;
    if (this.#closed) throw new PluginError('ERR_STATE', `Cannot load "${options.name}": the sandbox is closed`);
    if (signal?.aborted === true) throw new PluginError('ERR_ABORTED', `Cannot load "${options.name}": it was aborted`);
    const home = this.#home(options.group);
    const opening = home.open(options);
    const abort = (): void => {
      for (const instance of home.instances.values()) {
        if (instance.options === options) instance.end({ kind: 'disposed' });
      }
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const instance = await opening;
      void instance.exited.then(() => this.#tidy(home));
      return instance;
    } catch (error) {
      for (const instance of home.instances.values()) {
        if (instance.options !== options) continue;
        instance.tell(error);
        instance.finish({ kind: 'disposed' });
      }
      this.#tidy(home);
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#keepSpare();
    }
  }

  warm(): void {
    if (!this.#closed && this.#processes.size === 0) this.#start().unref();
  }

  processes(): readonly { pid: number; group: string; plugins: readonly string[] }[] {
    return [...this.#processes].map((item) => ({
      pid: item.pid,
      group: item.group ?? '',
      plugins: [...item.instances.values()].map(({ name }) => name),
    }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#spareTimer);
    this.#watchdog.stop();
    const processes = [...this.#processes];
    for (const item of processes) {
      for (const instance of item.instances.values()) instance.end({ kind: 'disposed' });
      // The spare holds the host's process open for nothing, but its end is waited for here.
      item.ref();
      item.kill(new PluginError('ERR_STATE', 'Cannot go on with a runtime process: the sandbox was closed'));
    }
    await Promise.all(processes.map((item) => item.exited));
  }

  #home(group: string): RuntimeProcess {
    for (const item of this.#processes) {
      if (item.group === group && !item.dying && !item.retired) return item;
    }
    for (const item of this.#processes) {
      if (item.group === undefined && !item.dying) {
        item.group = group;
        item.ref();
        return item;
      }
    }
    const started = this.#start();
    started.group = group;
    return started;
  }

  #start(): RuntimeProcess {
    if (this.#files === undefined) {
      this.#files = runtimeFiles();
      this.#bootstrap = readFileSync(this.#files.bootstrap, 'utf8');
    }
    const started = new RuntimeProcess(
      this.#files,
      this.#bootstrap,
      this.#options.logger ?? silentLogger,
      this.#options.heap ?? DEFAULT_HEAP,
      this.#options.hardening ?? 'off',
    );
    this.#processes.add(started);
    this.#watchdog.start();
    void this.#forget(started);
    return started;
  }

  async #forget(started: RuntimeProcess): Promise<void> {
    await started.exited;
    this.#processes.delete(started);
    if (this.#processes.size === 0) this.#watchdog.stop();
  }

  /** A process without plugins has served its group: what it has seen goes with it. */
  #tidy(home: RuntimeProcess): void {
    if (home.load > 0) return;
    home.kill(new PluginError('ERR_STATE', 'Cannot go on with a runtime process: its last plugin is gone'));
  }

  /** Later, so that it never competes with a start. */
  #keepSpare(): void {
    if (this.#options.spare !== true || this.#closed) return;
    clearTimeout(this.#spareTimer);
    this.#spareTimer = setTimeout(() => {
      if (this.#closed || this.#processes.size === 0) return;
      if ([...this.#processes].some((item) => item.group === undefined && !item.dying)) return;
      this.#start().unref();
    }, SPARE_DELAY);
    this.#spareTimer.unref();
  }
}

const SPARE_DELAY = 200;
