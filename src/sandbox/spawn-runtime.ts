import { spawn, type ChildProcess } from 'node:child_process';

export interface RuntimeFiles {
  readonly binary: string;
  readonly script: string;
}

/**
 * Starts a runtime process: no environment, no working folder, no permission but to load one native module, no IPC channel,
 * no signal that opens an inspector. fd 3 is its only way to anything; stderr is read, stdin and stdout lead nowhere.
 */
export function spawnRuntime(files: RuntimeFiles, heapMiB: number): ChildProcess {
  const flags = [
    '--permission',
    '--allow-addons',
    '--no-experimental-sqlite',
    '--disable-sigusr1',
    '--no-warnings',
    `--max-old-space-size=${heapMiB}`,
  ];
  return spawn(process.execPath, [...flags, files.script, files.binary], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: {},
    cwd: '/',
    windowsHide: true,
  });
}
