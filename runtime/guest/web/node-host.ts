import type { NodeHost } from '../node/shared/host.ts';
import type { NativeValue } from '../host.ts';
import { host } from './host.ts';
import { freeze } from './primordials.ts';

/** What the plugin's function gets as `__aitbc`, for the `node:` modules bundled with it. */
export function nodeHost(env: Readonly<Record<string, string>>): NodeHost {
  const { request } = host();
  return freeze({
    request,
    native: (op: string, ...args: NativeValue[]) => {
      const { native } = require('./native.ts') as typeof import('./native.ts');
      return native(op, ...args);
    },
    env: freeze({ ...env }),
  });
}
