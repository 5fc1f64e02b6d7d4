/**
 * A copy of esbuild for one piece of work. Guarantees: its process ends with the work whatever the source does to it (it
 * crashes, spins, or eats memory), and neither an esbuild of the application nor another plugin's build notices. Trusts
 * esbuild's own code, not what it is fed.
 *
 * esbuild's module holds one process for all callers: a crash ends every build under way, and `stop()` leaves them
 * pending for ever. So its module is evaluated again for each piece of work, with a `spawn` that keeps the child.
 */
import childProcess, { type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compileFunction } from 'node:vm';
import type * as Esbuild from 'esbuild';
import { messageOf, PluginError } from '../../core/errors.ts';
import { residentBytes } from './resident-bytes.ts';

export interface EsbuildLimits {
  /** Milliseconds that esbuild may work without asking for anything. */
  readonly idle: number;
  /** Resident bytes of its process; watched on Linux. */
  readonly memory: number;
}

/** Told by the work: esbuild has asked and waits for us until `done`; that time is not its own. */
export interface Watch {
  asked(): () => void;
}

const DEFAULT_LIMITS: EsbuildLimits = { idle: 60_000, memory: 2 * 2 ** 30 };
const POLL = 50;

/** Runs `work` with an esbuild of its own. What it throws passes through, unless esbuild itself was ended: ERR_BUILD. */
export async function withEsbuild<T>(
  work: (esbuild: typeof Esbuild, watch: Watch) => Promise<T>,
  limits: Partial<EsbuildLimits> = {},
  subject = 'the source',
): Promise<T> {
  const { idle, memory } = { ...DEFAULT_LIMITS, ...limits };
  const copy = loadCopy();
  let waiting = 0;
  let since = performance.now();
  const watch: Watch = {
    asked() {
      waiting += 1;
      return () => {
        waiting -= 1;
        since = performance.now();
      };
    },
  };
  let timer: NodeJS.Timeout | undefined;
  const verdict = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const child = copy.child();
      if (waiting === 0 && performance.now() - since > idle) {
        reject(ended(subject, `the compiler did not finish within ${idle / 1_000} s`));
      } else if (child?.pid !== undefined && (residentBytes(child.pid) ?? 0) > memory) {
        reject(ended(subject, `the compiler needed more than ${Math.round(memory / 2 ** 20)} MiB`));
      }
    }, POLL);
  });
  const running = work(copy.esbuild, watch);
  try {
    return await Promise.race([running, verdict]);
  } catch (error) {
    // esbuild says so when its process died under it: a stack overflow in its parser, or the system's OOM killer.
    if (/service (?:was stopped|is no longer running)/.test(error instanceof Error ? error.message : '')) {
      if (copy.child()?.pid === undefined) throw notStarted(error);
      throw ended(subject, 'the compiler crashed on it: it is too large or nested too deeply', error);
    }
    throw error;
  } finally {
    clearInterval(timer);
    running.catch(() => {});
    await copy.esbuild.stop();
    await end(copy.child());
  }
}

function notStarted(cause: unknown): PluginError {
  return new PluginError('ERR_INTERNAL', `Cannot start esbuild: ${messageOf(cause)}`, {
    cause,
    hint: 'Install the dependencies again, for this platform and with install scripts allowed: npm ci',
  });
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  // esbuild unrefs it; the host waits these milliseconds.
  child.ref();
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function ended(subject: string, state: string, cause?: unknown): PluginError {
  return new PluginError('ERR_BUILD', `Cannot compile "${subject}": ${state}`, cause === undefined ? {} : { cause });
}

function loadCopy(): { readonly esbuild: typeof Esbuild; readonly child: () => ChildProcess | undefined } {
  const file = createRequire(import.meta.url).resolve('esbuild');
  const require = createRequire(file);
  let child: ChildProcess | undefined;
  const spawn = (command: string, args: readonly string[], options: SpawnOptions): ChildProcess => {
    // A crash of esbuild prints pages of Go: not for the host's stderr. It needs nothing of the environment.
    child = childProcess.spawn(command, args, { ...options, env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
    return child;
  };
  const requireFor = Object.assign(
    (id: string): unknown => (id === 'child_process' ? { ...childProcess, spawn } : (require(id) as unknown)),
    { resolve: require.resolve },
  );
  const module = { exports: {} as typeof Esbuild };
  const evaluate = compileFunction(
    readFileSync(file, 'utf8'),
    ['module', 'exports', 'require', '__filename', '__dirname'],
    {
      filename: file,
    },
  ) as (...args: unknown[]) => void;
  evaluate(module, module.exports, requireFor, file, dirname(file));
  return { esbuild: module.exports, child: () => child };
}
