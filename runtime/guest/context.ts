/** The plugin's PluginContext (src/contract/context.ts): every member is a request to the broker or data given at open. */
import { decodeValue } from '../../src/protocol/decode.ts';
import type { GuestOp, GuestRequests } from '../../src/protocol/requests.ts';
import type { Value } from '../../src/protocol/values.ts';
import { boot, configBytes } from './bridge.ts';
import { eventBus } from './events.ts';
import { hostError } from './failure.ts';
import { logger } from './log.ts';
import {
  mapGet,
  mapSet,
  objectCreate,
  objectFreeze,
  objectHasOwn,
  objectKeys,
  primordialMap,
  primordialProxy,
  promiseThen,
  typedArrayTag,
} from './primordials.ts';
import { request } from './requests.ts';
import { registerService } from './services.ts';

type RemoteMethod = (...args: Value[]) => Promise<Value>;

/** `request` without a body. */
export function ask<Op extends GuestOp>(op: Op, args: GuestRequests[Op]['args']): Promise<GuestRequests[Op]['result']> {
  return promiseThen(request(op, args), ({ value }) => value) as Promise<GuestRequests[Op]['result']>;
}

/** Any property is an async method, except what would make it a thenable or a primitive. */
function remote(call: (method: string, args: Value[]) => Promise<Value>): object {
  const methods = new primordialMap<string, RemoteMethod>();
  return byName((name) => {
    const known = mapGet(methods, name);
    if (known !== undefined) return known;
    const method: RemoteMethod = (...args) => call(name, args);
    mapSet(methods, name, method);
    return method;
  });
}

function byName(get: (name: string) => unknown): object {
  return new primordialProxy(objectFreeze(objectCreate(null) as object), {
    get: (_target, name) => (typeof name === 'symbol' || name === 'then' || name === 'toJSON' ? undefined : get(name)),
    has: (_target, name) => typeof name === 'string' && name !== 'then',
  });
}

function cached(make: (name: string) => object): (name: string) => object {
  const all = new primordialMap<string, object>();
  return (name) => {
    const known = mapGet(all, name);
    if (known !== undefined) return known;
    const made = make(name);
    mapSet(all, name, made);
    return made;
  };
}

const service = cached((name) => remote((method, args) => ask('services.call', [name, method, args])));
const plugin = cached((name) => remote((method, args) => ask('plugins.call', [name, method, args])));

function env(name: string): string | undefined {
  if (objectHasOwn(boot.env, name)) return boot.env[name] ?? undefined;
  void promiseThen(
    ask('env.denied', [name]),
    () => undefined,
    () => undefined,
  );
  throw hostError({
    code: 'ERR_PERMISSION_DENIED',
    message: `Cannot read environment variable "${name}": "${boot.name}" has no env permission for it`,
    hint: `plugins:\n  ${boot.name}:\n    permissions:\n      env: [${name}]`,
  });
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const names = objectKeys(value);
  for (let index = 0; index < names.length; index += 1) {
    freezeDeep((value as Record<string, unknown>)[names[index] as string]);
  }
  // Views with elements cannot be frozen.
  return typedArrayTag(value) === undefined ? objectFreeze(value) : value;
}

export const context: object = objectFreeze({
  config: freezeDeep(decodeValue(boot.config, configBytes)),
  dataDir: '/data',
  tempDir: '/tmp',
  logger,
  eventBus,
  apiClient: service('api'),
  services: byName(service),
  plugin,
  registerService,
  env,
});
