/** What can be said of a process by a plugin that has none: its granted variables, a clock, and that it is no Node. */
import { host } from './shared/host.ts';

type Ticked = (...args: unknown[]) => void;

export const argv: readonly string[] = Object.freeze([]);
export const execArgv: readonly string[] = Object.freeze([]);
export const version = 'v24.0.0';
/** Empty: code that asks for `versions.node` takes its way for the web, which is the one that works here. */
export const versions: Readonly<Record<string, string>> = Object.freeze({});
export const platform = 'linux';
export const title = 'aitbc';
/** Granted variables; the plugin's own copy. */
export const env: Record<string, string | undefined> = Object.assign(Object.create(null), host().env) as never;

export function cwd(): '/' {
  return '/';
}

/** Before timers, among the microtasks. */
export function nextTick(callback: Ticked, ...args: unknown[]): void {
  queueMicrotask(() => callback(...args));
}

export function uptime(): number {
  return performance.now() / 1_000;
}

function nanoseconds(): bigint {
  return BigInt(Math.round(performance.now() * 1_000_000));
}

export const hrtime: {
  (previous?: readonly [number, number]): [seconds: number, nanoseconds: number];
  bigint(): bigint;
} = Object.assign(
  (previous?: readonly [number, number]): [number, number] => {
    const now = nanoseconds();
    const since = previous === undefined ? now : now - BigInt(previous[0]) * 1_000_000_000n - BigInt(previous[1]);
    return [Number(since / 1_000_000_000n), Number(since % 1_000_000_000n)];
  },
  { bigint: nanoseconds },
);

export function emitWarning(warning: unknown): void {
  console.warn(warning instanceof Error ? String(warning) : `Warning: ${String(warning)}`);
}

export default { argv, execArgv, version, versions, platform, title, env, cwd, nextTick, uptime, hrtime, emitWarning };
