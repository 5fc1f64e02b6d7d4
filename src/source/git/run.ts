/**
 * Guarantees that the system's git runs with none of the machine's or the user's configuration, no hooks, no prompts, no
 * helpers, and one allowed protocol. Trusts the git of the PATH, and for ssh the operator's keys, agent and known hosts.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { PluginError } from '../../core/errors.ts';
import { findProgram } from '../../core/find-program.ts';

export interface GitSettings {
  readonly protocol: 'ssh' | 'file' | 'https' | 'http';
  /** More `-c key=value`. Nothing secret: other users of the machine can see them. */
  readonly config?: readonly string[];
  /** More environment: what is secret goes here. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes that a repository may take: no file of git is larger, and what git holds in memory follows from it. */
  readonly maxBytes: number;
}

export interface GitRun {
  /** The repository, for messages. */
  readonly url: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of standard output. */
  readonly maxOutput?: number;
  /** Called now and then, and after a failure; a returned error ends the run with it. */
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
  // Of a pack of few objects git would make files of their own, each in memory once.
  'fetch.unpackLimit=1',
  'core.bigFileThreshold=4m',
  'core.deltaBaseCacheLimit=16m',
  'pack.threads=2',
];

/** What git and its helpers may hold in memory beside what a repository takes. */
const MEMORY = 256 * 1024 * 1024;
/** A pack ends with a few bytes more than its objects. */
const FILE_SLACK = 1024 * 1024;
/** Of what a server lets git say. */
const MAX_STDERR = 1024 * 1024;
const MAX_OUTPUT = 1024 * 1024;

export function spawnGit(args: readonly string[], settings: GitSettings): ChildProcess {
  const passed = PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  const config = [...CONFIG, `protocol.${settings.protocol}.allow=always`, ...(settings.config ?? [])];
  const [program = 'git', ...words] = [
    ...bounds(settings.maxBytes),
    'git',
    ...config.flatMap((item) => ['-c', item]),
    ...args,
  ];
  return spawn(program, words, {
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

/** A server can send names without an end, which git keeps: where there is prlimit, the kernel holds git to its bounds. */
function bounds(maxBytes: number): string[] {
  const prlimit = process.platform === 'linux' ? findProgram('prlimit') : undefined;
  // That git is not installed is said by the kernel, not by prlimit.
  if (prlimit === undefined || findProgram('git') === undefined) return [];
  // Soft: what the operator's own command for ssh needs beyond, it may take.
  return [prlimit, `--data=${MEMORY + 4 * maxBytes}:`, `--fsize=${maxBytes + FILE_SLACK}:`, '--core=0:', '--'];
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
    const maxOutput = run.maxOutput ?? MAX_OUTPUT;
    const out: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let said = 0;
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
      if (size <= maxOutput) out.push(chunk);
      else stop(tooMuch(run.url, `git lists more than ${maxOutput} bytes`));
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.byteLength;
      if (said > MAX_STDERR) stop(tooMuch(run.url, `git says more than ${MAX_STDERR} bytes`));
      // The last words are git's own.
      else stderr = (stderr + chunk.toString()).slice(-16_384);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      finish(() => reject(error.code === 'ENOENT' ? notInstalled(error) : error)),
    );
    child.on('close', (code, signal) => {
      finish(() => {
        if (reason !== undefined) reject(reason);
        else if (code === 0) resolve(Buffer.concat(out).toString());
        else {
          const failed = (): void =>
            reject(signal === 'SIGXFSZ' ? tooMuch(run.url, 'git wrote too large a file') : explain(stderr));
          if (run.watch === undefined) failed();
          else run.watch().then((error) => (error === undefined ? failed() : reject(error)), reject);
        }
      });
    });
  });
}

function tooMuch(url: string, state: string): PluginError {
  return new PluginError('ERR_SOURCE_TOO_LARGE', `Cannot fetch "${url}": ${state}`, {
    hint: 'no sound server does that; raise "max_archive" of fetch in the config if the repository is right',
  });
}

export function notInstalled(cause?: unknown): PluginError {
  return new PluginError('ERR_SOURCE_FETCH', 'Cannot run git: it is not installed', {
    hint: 'install git (apt-get install git), or name the repository by git+https://',
    cause,
    details: { git: 'missing' },
  });
}
