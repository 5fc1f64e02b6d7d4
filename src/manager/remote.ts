import { INTERFACES } from '../contract/interfaces.ts';
import { CONTRACT_MEMBERS, LANGUAGE_MEMBERS } from '../protocol/members.ts';
import type { RemoteMethods } from '../contract/context.ts';
import type { Value } from '../protocol/values.ts';

/**
 * Names that are never methods: what the language itself asks of any value (`await`, JSON, templates), the lifecycle, which
 * is the manager's, and what begins with `_`.
 */
const NOT_REMOTE: ReadonlySet<string> = new Set([...LANGUAGE_MEMBERS, ...CONTRACT_MEMBERS, ...INTERFACES.cli]);

/** An object on which every other name is an async method that `call` carries out. Awaiting it yields itself. */
export function createRemote(call: (method: string, args: readonly unknown[]) => Promise<Value>): RemoteMethods {
  const methods = new Map<string, (...args: unknown[]) => Promise<Value>>();
  return new Proxy(Object.freeze(Object.create(null) as Record<string, never>), {
    get(_target, name) {
      if (typeof name === 'symbol' || NOT_REMOTE.has(name) || name.startsWith('_')) return undefined;
      let method = methods.get(name);
      if (!method) methods.set(name, (method = (...args) => call(name, args)));
      return method;
    },
  });
}
