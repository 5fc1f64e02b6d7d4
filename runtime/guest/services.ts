/** Methods the plugin offers under a name; the host calls them by name alone. */
import type { Value } from '../../src/protocol/values.ts';
import { Refusal } from './failure.ts';
import {
  append,
  arrayJoin,
  mapGet,
  mapSet,
  objectHasOwn,
  objectKeys,
  primordialMap,
  primordialTypeError,
  reflectApply,
} from './primordials.ts';
import { request } from './requests.ts';

type Methods = Record<string, (...args: never[]) => unknown>;

const services = new primordialMap<string, Methods>();

export async function registerService(name: string, methods: Methods): Promise<void> {
  if (typeof methods !== 'object' || methods === null) {
    throw new primordialTypeError(`Cannot register service "${name}": its methods are not an object`);
  }
  const names: string[] = [];
  const keys = objectKeys(methods);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    if (typeof methods[key] === 'function') append(names, key);
  }
  const before = mapGet(services, name);
  mapSet(services, name, methods);
  try {
    await request('services.register', [name, names]);
  } catch (error) {
    if (before !== undefined) mapSet(services, name, before);
    throw error;
  }
}

/** The broker has accepted it already. */
export function addService(name: string, methods: Methods): void {
  mapSet(services, name, methods);
}

export function callService(name: string, method: string, args: readonly Value[]): unknown {
  const methods = mapGet(services, name);
  if (methods === undefined) throw new Refusal('method', `it registered no service "${name}"`);
  const found = objectHasOwn(methods, method) ? methods[method] : undefined;
  if (typeof found !== 'function') {
    throw new Refusal(
      'method',
      `service "${name}" has no method "${method}"; it has: ${arrayJoin(objectKeys(methods), ', ')}`,
    );
  }
  return reflectApply(found, methods, args as never);
}
