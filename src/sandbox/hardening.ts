/**
 * The second wall around a runtime process: namespaces and an almost empty file system by bubblewrap, and limits of the kernel by
 * prlimit. Guarantees that `on` never runs without the first; trusts the programs that the host's own PATH names.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { PluginError } from '../core/errors.ts';
import { findProgram } from '../core/find-program.ts';

/** `auto`: where it is installed and works. */
export type HardeningMode = 'auto' | 'on' | 'off';

/** What there is on this machine. */
export interface HardeningTools {
  readonly bwrap: string | undefined;
  /** Why bubblewrap does not work here, where it is installed. */
  readonly bwrapFailure: string | undefined;
  readonly prlimit: string | undefined;
}

export interface Wrapping {
  /** What stands before the command: a program and its arguments. */
  readonly words: readonly string[];
  /** The process is a child of the one that is started. */
  readonly bubblewrap: boolean;
}

/** No core that would hold what plugins know, no file of any size, and few descriptors. */
const PRLIMIT = ['--core=0:0', '--fsize=0:0', '--nofile=128:128'];
/** Where shared libraries are. */
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/lib', '/lib64', '/lib32', '/etc/ld.so.cache'];

let tools: HardeningTools | undefined;

/** Looked for once: programs don't come and go while a host runs. */
export function hardeningTools(): HardeningTools {
  if (tools) return tools;
  if (process.platform !== 'linux') {
    tools = { bwrap: undefined, bwrapFailure: undefined, prlimit: undefined };
    return tools;
  }
  const bwrap = findProgram('bwrap');
  tools = { bwrap, bwrapFailure: bwrap === undefined ? undefined : failureOf(bwrap), prlimit: findProgram('prlimit') };
  return tools;
}

/** How a runtime process that needs these files is started. @throws ERR_STATE for `on` where bubblewrap is not to be had */
export function wrapping(mode: HardeningMode, files: readonly string[]): Wrapping {
  if (mode === 'off') return { words: [], bubblewrap: false };
  const { bwrap, bwrapFailure, prlimit } = hardeningTools();
  const limits = prlimit === undefined ? [] : [prlimit, ...PRLIMIT];
  if (bwrap !== undefined && bwrapFailure === undefined) {
    return { words: [...limits, bwrap, ...bubble([process.execPath, ...files])], bubblewrap: true };
  }
  if (mode === 'on') {
    throw new PluginError(
      'ERR_STATE',
      `Cannot start a runtime process: hardening is on, and bubblewrap ${bwrap === undefined ? 'is not installed' : 'does not work here'}`,
      {
        ...(bwrapFailure === undefined ? {} : { details: { bwrap: bwrapFailure } }),
        hint: 'install bubblewrap (apt install bubblewrap), or take what there is with hardening: auto',
      },
    );
  }
  return { words: limits, bubblewrap: false };
}

/** The process that bubblewrap started; undefined while there is none. */
export function childOf(pid: number): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
    const child = Number(first);
    return Number.isInteger(child) && child > 0 ? child : undefined;
  } catch {
    return undefined;
  }
}

/** Namespaces of its own, no network, no capability, and of the file system nothing but libraries and these files. */
function bubble(files: readonly string[]): string[] {
  const bind = (path: string): string[] => ['--ro-bind', path, path];
  return [
    ['--unshare-all', '--die-with-parent', '--as-pid-1', '--new-session', '--clearenv'],
    ['--cap-drop', 'ALL', '--hostname', 'runtime'],
    LIBRARIES.filter((path) => existsSync(path)).flatMap(bind),
    ['--dev', '/dev', '--proc', '/proc', '--chdir', '/'],
    [...new Set(files)].flatMap(bind),
    ['--'],
  ].flat();
}

/** Containers and kernels may forbid what it needs: tried once. */
function failureOf(bwrap: string): string | undefined {
  const helper = ['/usr/bin/true', '/bin/true'].find((path) => existsSync(path));
  if (helper === undefined) return undefined;
  const program = realpathSync(helper);
  const { status, stderr, error } = spawnSync(bwrap, [...bubble([program]), program], {
    encoding: 'utf8',
    timeout: 5_000,
    env: {},
  });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split('\n')[0] || `it ended with ${String(status)}`);
}
