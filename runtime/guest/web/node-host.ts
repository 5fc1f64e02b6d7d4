import type { NodeHost } from '../node/shared/host.ts';
import type { NativeValue } from '../host.ts';
import { host } from './host.ts';
import { freeze, ownKeys } from './primordials.ts';

/** What the plugin's function gets as `__aitbc`, for the `node:` modules bundled with it. */
export function nodeHost(env: Readonly<Record<string, string | null>>): NodeHost {
  const { request } = host();
  return freeze({
    request,
    native: (op: string, ...args: NativeValue[]) => {
      const { native } = require('./native.ts') as typeof import('./native.ts');
      return native(op, ...args);
    },
    env: freeze(whatIsSet(env)),
  });
}

function whatIsSet(env: Readonly<Record<string, string | null>>): Record<string, string> {
  const set: Record<string, string> = {};
  for (const name of ownKeys(env) as string[]) {
    const value = env[name];
    if (typeof value === 'string') set[name] = value;
  }
  return set;
}
