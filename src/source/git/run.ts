/**
 * Guarantees that the system's git runs with none of the machine's or the user's configuration, no hooks, no prompts, no
 * helpers, and one allowed protocol. Trusts the git of the PATH, and for ssh the operator's keys, agent and known hosts.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { PluginError } from '../../core/errors.ts';

export interface GitSettings {
  readonly protocol: 'ssh' | 'file' | 'https' | 'http';
  /** More `-c key=value`. Nothing secret: other users of the machine can see them. */
  readonly config?: readonly string[];
  /** More environment: what is secret goes here. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface GitRun {
  /** The repository, for messages. */
  readonly url: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of standard output. */
  readonly maxOutput?: number;
  /** Called now and then; a returned error ends the run with it. */
  readonly watch?: () => Promise<PluginError | undefined>;
}

/** The operator's own settings for ssh and proxies pass; nothing else of the environment does. */
const PASSED = [
  'PATH',
  'HOME',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'GIT_SSH_COMMAND',
  'GIT_SSH',
  'http_proxy',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
  'ALL_PROXY',
];
const CONFIG = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'credential.helper=',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.recurseSubmodules=no',
  'submodule.recurse=false',
  'protocol.version=2',
  'protocol.allow=never',
  'transfer.credentialsInUrl=die',
  'http.followRedirects=false',
];

export function spawnGit(args: readonly string[], settings: GitSettings): ChildProcess {
  const passed = PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const config = [...CONFIG, `protocol.${settings.protocol}.allow=always`, ...(settings.config ?? [])];
  return spawn('git', [...config.flatMap((item) => ['-c', item]), ...args], {
    // A repository around the working folder could bring a configuration of its own.
    cwd: '/',
    env: {
      GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
      ...(Object.fromEntries(passed) as Record<string, string>),
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_PROTOCOL_FROM_USER: '0',
      SSH_ASKPASS_REQUIRE: 'never',
      ...settings.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: git's helpers end with it.
    detached: true,
  });
}

export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Runs git to its end and gives its output. Rejects with what `explain` makes of a failure. */
export function runGit(
  args: readonly string[],
  settings: GitSettings,
  run: GitRun,
  explain: (stderr: string) => PluginError,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawnGit(args, settings);
    const out: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let reason: PluginError | undefined;
    const stop = (error: PluginError): void => {
      reason ??= error;
      killGroup(child);
    };
    const timer = setTimeout(() => {
      const hint = 'raise "timeout" of fetch in the config if the server is slow';
      stop(
        new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${run.url}": git took longer than ${run.timeout} ms`, {
          hint,
        }),
      );
    }, run.timeout);
    const watcher = setInterval(() => {
      run.watch?.().then((error) => error && stop(error), reject);
    }, 250);
    const onAbort = (): void => stop(new PluginError('ERR_ABORTED', `Cannot fetch "${run.url}": it was aborted`));
    run.signal?.addEventListener('abort', onAbort, { once: true });
    if (run.signal?.aborted) onAbort();
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      clearInterval(watcher);
      run.signal?.removeEventListener('abort', onAbort);
      settle();
    };
    child.stdin?.on('error', () => {}).end();
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= (run.maxOutput ?? 1024 * 1024)) out.push(chunk);
      else
        stop(
          new PluginError(
            'ERR_SOURCE_TOO_LARGE',
            `Cannot fetch "${run.url}": git lists more than ${run.maxOutput} bytes`,
          ),
        );
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < 16_384) stderr += chunk.toString();
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      finish(() => reject(error.code === 'ENOENT' ? notInstalled(error) : error)),
    );
    child.on('close', (code) => {
      finish(() => {
        if (reason !== undefined) reject(reason);
        else if (code === 0) resolve(Buffer.concat(out).toString());
        else reject(explain(stderr));
      });
    });
  });
}

export function notInstalled(cause?: unknown): PluginError {
  return new PluginError('ERR_SOURCE_FETCH', 'Cannot run git: it is not installed', {
    hint: 'install git (apt-get install git), or name the repository by git+https://',
    cause,
    details: { git: 'missing' },
  });
}
