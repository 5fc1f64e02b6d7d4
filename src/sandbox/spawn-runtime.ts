import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { PluginError } from '../core/errors.ts';

export interface RuntimeFiles {
  readonly binary: string;
  readonly script: string;
}

/**
 * Starts a runtime process: no environment, no working folder, no permission but to load one native module, no IPC channel,
 * no signal that opens an inspector. fd 3 is its only way to anything; stderr is read, stdin and stdout lead nowhere.
 */
export function spawnRuntime(
  files: RuntimeFiles,
  heapMiB: number,
): { child: ChildProcess; socket: Duplex; stderr: Readable | null } {
  const flags = [
    '--permission',
    '--allow-addons',
    '--no-experimental-sqlite',
    '--disable-sigusr1',
    '--no-warnings',
    `--max-old-space-size=${heapMiB}`,
  ];
  const child = spawn(process.execPath, [...flags, files.script, files.binary], {
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
      hint: 'Too many files may be open: see `ulimit -n`.',
    });
  }
  return { child, socket: socket as Duplex, stderr: child.stderr };
}
