import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { wrapping, type HardeningMode } from './hardening.ts';
import { PluginError } from '../core/errors.ts';

export interface RuntimeFiles {
  readonly binary: string;
  readonly script: string;
}

export interface SpawnedRuntime {
  readonly child: ChildProcess;
  readonly socket: Duplex;
  readonly stderr: Readable | null;
  /** The process is a child of `child`. */
  readonly bubblewrap: boolean;
}

/** MiB of a runtime process's own heap, without isolates. */
export const DEFAULT_HEAP = 256;

/**
 * Starts a runtime process: no environment, no working folder, no permission but to load one native module, no IPC channel,
 * no signal that opens an inspector. fd 3 is its only way to anything; stderr is read, stdin and stdout lead nowhere.
 */
export function spawnRuntime(files: RuntimeFiles, heapMiB: number, hardening: HardeningMode): SpawnedRuntime {
  const waiting = ahead;
  ahead = undefined;
  if (waiting === undefined) return spawnNow(files, heapMiB, hardening);
  const { runtime, made } = waiting;
  runtime.child.off('error', ignore);
  const { pid, exitCode, signalCode } = runtime.child;
  const lives = pid !== undefined && exitCode === null && signalCode === null;
  const same = made.binary === files.binary && made.script === files.script && heapMiB === DEFAULT_HEAP;
  // It was started before anybody knew the mode, as `auto`.
  const walled = hardening === 'auto' || (hardening === 'on' && runtime.bubblewrap);
  if (lives && same && walled) {
    runtime.child.ref();
    return runtime;
  }
  runtime.socket.destroy();
  return spawnNow(files, heapMiB, hardening);
}

/**
 * Starts the process that the next `spawnRuntime` takes, for a host that knows it will need one before it knows what for. Not
 * taken, it ends with the host, and does not keep it alive.
 */
export function spawnAhead(files: RuntimeFiles): void {
  if (ahead !== undefined) return;
  const runtime = spawnNow(files, DEFAULT_HEAP, 'auto');
  runtime.child.on('error', ignore);
  runtime.child.unref();
  ahead = { runtime, made: files };
}

let ahead: { readonly runtime: SpawnedRuntime; readonly made: RuntimeFiles } | undefined;

/** Whoever takes the process finds that it never lived. */
function ignore(): void {
  return;
}

function spawnNow(files: RuntimeFiles, heapMiB: number, hardening: HardeningMode): SpawnedRuntime {
  const flags = [
    '--permission',
    '--allow-addons',
    '--no-experimental-sqlite',
    '--disable-sigusr1',
    '--no-warnings',
    `--max-old-space-size=${heapMiB}`,
  ];
  const { words, bubblewrap } = wrapping(hardening, [files.script, files.binary]);
  const [command, ...rest] = [...words, process.execPath, ...flags, files.script, files.binary];
  const child = spawn(command ?? process.execPath, rest, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: {},
    cwd: '/',
    windowsHide: true,
    // A process group of its own: Ctrl-C in a terminal is for the host, which then stops its plugins gracefully.
    detached: process.platform !== 'win32',
  });
  // Out of file descriptors, Node.js makes no streams at all; the child's 'error' says no more than this.
  const socket = (child.stdio as ChildProcess['stdio'] | undefined)?.[3];
  if (socket === undefined || socket === null) {
    child.once('error', () => undefined);
    throw new PluginError('ERR_PLUGIN_CRASHED', 'Cannot start a runtime process: it has no channel', {
      retryable: true,
      hint: 'Too many files may be open: see `ulimit -n`.',
    });
  }
  return { child, socket: socket as Duplex, stderr: child.stderr, bubblewrap };
}
