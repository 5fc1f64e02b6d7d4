import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DEFAULT_LIMITS } from '../config/limits.ts';
import type { HostConfig } from '../config/types.ts';
import { digestOf } from '../core/digest.ts';
import { isPluginError, messageOf } from '../core/errors.ts';
import type { Loader } from '../loader/types.ts';
import { lacksOf } from '../registry/lacks.ts';
import { hardeningTools, type HardeningMode } from '../sandbox/hardening.ts';
import type { Sandbox } from '../sandbox/types.ts';

/** One thing that was looked at. `means`: what follows where it is not well. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warning' | 'failure';
  readonly found: string;
  readonly means?: string;
}

/** Versions this release was made for and is tested with. */
const TESTED: readonly number[] = [24, 26];

export function lookAtNode(version: string = process.versions.node): Finding {
  const major = Number.parseInt(version, 10);
  if (TESTED.includes(major)) return { what: 'Node.js', state: 'ok', found: version };
  return {
    what: 'Node.js',
    state: 'warning',
    found: version,
    means: `tested with ${TESTED.join(' and ')}; others may lack the binary of isolated-vm`,
  };
}

export function lookAtPlatform(platform: string = process.platform): Finding {
  if (platform === 'linux') return { what: 'platform', state: 'ok', found: `${platform}-${process.arch}` };
  return {
    what: 'platform',
    state: 'warning',
    found: `${platform}-${process.arch}`,
    means:
      'memory beyond an isolate is not watched here, and neither bubblewrap nor prlimit is used: Linux is promised',
  };
}

/** Really starts one: it says `ready` only when every permission scope is gone and no second native module loads. */
export async function lookAtRuntime(sandbox: Sandbox): Promise<Finding> {
  const what = 'runtime process';
  const script = 'return { default: { getMetadata() { return {}; } } };';
  const digest = digestOf(script);
  try {
    const instance = await sandbox.open({
      name: 'doctor',
      version: '0.0.0',
      group: 'doctor',
      program: { key: digest, integrity: digest, kind: 'module', script, digest, sourceMap: '', wasm: [] },
      config: {},
      env: {},
      limits: DEFAULT_LIMITS,
      port: {
        request: () => Promise.reject(new Error('the doctor grants nothing')),
        log: () => undefined,
        passed: () => undefined,
      },
    });
    await instance.dispose();
    return {
      what,
      state: 'ok',
      found: 'starts, drops every permission of Node.js (files, network, processes, workers, addons), runs an isolate',
    };
  } catch (error) {
    return { what, state: 'failure', found: messageOf(error), means: 'no plugin can run on this machine' };
  }
}

export function lookAtBubblewrap(mode: HardeningMode): Finding {
  const what = 'bubblewrap';
  const { bwrap, bwrapFailure } = hardeningTools();
  const means =
    'whoever breaks out of V8 and of the permissions of Node.js has the rights of this user; install bubblewrap, or run the host as a user of its own';
  if (mode === 'off') return { what, state: 'warning', found: 'off in the config (hardening: off)', means };
  const state = mode === 'on' ? 'failure' : 'warning';
  if (bwrap === undefined) return { what, state, found: 'not installed', means };
  if (bwrapFailure !== undefined) return { what, state, found: `does not work here: ${bwrapFailure}`, means };
  return { what, state: 'ok', found: `${bwrap}: no network, no files, no other processes around each runtime process` };
}

export function lookAtPrlimit(mode: HardeningMode): Finding {
  const what = 'prlimit';
  const { prlimit } = hardeningTools();
  if (mode !== 'off' && prlimit !== undefined) {
    return { what, state: 'ok', found: `${prlimit}: no core dumps, no file of any size, 128 descriptors` };
  }
  return {
    what,
    state: 'warning',
    found: mode === 'off' ? 'off in the config (hardening: off)' : 'not installed',
    means: 'a crash may write a core dump that holds what plugins know',
  };
}

/** A folder the host writes to. */
export function lookAtFolder(what: string, path: string, secret: boolean): Finding {
  let nearest = path;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch (error) {
    return { what, state: 'failure', found: `${path}: ${messageOf(error)}`, means: 'the host cannot write there' };
  }
  if (!existsSync(path)) return { what, state: 'ok', found: `${path} (made when it is needed)` };
  const open = process.platform !== 'win32' && (statSync(path).mode & (secret ? 0o077 : 0o022)) !== 0;
  if (!open) return { what, state: 'ok', found: path };
  const means = secret
    ? `other users may look into plugins' data: chmod 700 ${path}`
    : `other users may write there: chmod go-w ${path}`;
  return { what, state: 'warning', found: path, means };
}

/** What each registry of the config cannot notice by itself; none is asked. */
export function lookAtRegistries({ registries = [] }: HostConfig): Finding[] {
  return registries.map((registry) => {
    const what = `registry ${registry.name}`;
    if (lacksOf(registry, undefined).length === 0) {
      return { what, state: 'ok', found: `${registry.url}${registry.tuf === undefined ? '' : ': TUF'}` };
    }
    const means = 'nobody notices when an old copy of it is served: versions that mend something may stay unseen';
    return { what, state: 'warning', found: `${registry.url}: a plain index`, means };
  });
}

/** Config, lock and cache agree, or what the first disagreement is. */
export async function lookAtPlugins(config: HostConfig, loader: Loader): Promise<Finding[]> {
  try {
    const { ready, refused } = await loader.prepare();
    const enabled = [...config.plugins.values()].filter((plugin) => plugin.enabled).length;
    if (refused.size === 0) {
      return [{ what: 'lock and cache', state: 'ok', found: `${ready.size} of ${enabled} plugins verified and built` }];
    }
    return [...refused].map(([name, error]) => ({
      what: `plugin ${name}`,
      state: 'failure',
      found: error.message,
      ...(error.hint === undefined ? {} : { means: error.hint }),
    }));
  } catch (error) {
    if (!isPluginError(error)) throw error;
    return [
      {
        what: 'lock and cache',
        state: 'failure',
        found: error.message,
        ...(error.hint === undefined ? {} : { means: error.hint }),
      },
    ];
  }
}
