import type { Switchboard } from '../capabilities/types.ts';
import { createStdio } from '../capabilities/stdio.ts';
import type { HostConfig } from '../config/types.ts';
import type { PluginContext } from '../contract/context.ts';
import type { HostPort } from '../contract/port.ts';
import { PluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { digestOf } from '../core/digest.ts';
import type { Prepared } from '../loader/types.ts';
import type { Clock } from '../manager/clock.ts';
import { openQuarantine } from '../manager/quarantine.ts';
import type { Grant, Rooms } from '../manager/rooms.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { GuestOp } from '../protocol/requests.ts';
import type { Value } from '../protocol/values.ts';
import { FakeInstance, commandsOf, createPlugin, type FakePlugin } from './fake-instance.ts';

export interface FakeRooms extends Rooms {
  /** The instance that runs now. */
  instance(name: string): FakeInstance;
}

/** The manager's rooms without files, processes and permissions: fakes may do whatever the application lets them. */
export function createFakeRooms(
  config: HostConfig,
  plugins: Readonly<Record<string, FakePlugin>>,
  clock: Clock,
  logger: Logger,
): FakeRooms {
  const instances = new Map<string, FakeInstance>();
  const find = (name: string): FakePlugin => {
    const plugin = plugins[name];
    if (plugin) return plugin;
    throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "${name}": the test gave no such plugin`);
  };
  const sandbox: Sandbox = {
    async open(options) {
      const instance = new FakeInstance(options, find(options.name), clock);
      instances.set(options.name, instance);
      void instance.exited.then(() => instances.get(options.name) === instance && instances.delete(options.name));
      return instance;
    },
    warm() {},
    processes: () => [],
    async close() {
      await Promise.all([...instances.values()].map((instance) => instance.dispose()));
    },
  };
  const prepare: Rooms['prepare'] = async ({ names = [] }) => {
    const ready = new Map<string, Prepared>();
    const refused = new Map<string, PluginError>();
    for (const name of names) {
      try {
        ready.set(name, fakePrepared(config, name, find(name)));
      } catch (error) {
        if (!(error instanceof PluginError)) throw error;
        refused.set(name, error);
      }
    }
    return { ready, refused, phases: { verify: 0, build: 0 } };
  };
  return {
    config,
    sandbox,
    quarantine: openQuarantine(undefined, logger),
    redact: (text) => text,
    // A test gave the config as an object: there is nothing to read again.
    next: async () => ({ config, prepare, use: () => undefined }),
    prepare,
    grant: async (prepared, switchboard) => fakeGrant(prepared, switchboard, logger),
    assertPermissions: () => undefined,
    assertAgrees: () => undefined,
    close: () => sandbox.close(),
    instance(name) {
      const instance = instances.get(name);
      if (instance) return instance;
      throw new PluginError('ERR_STATE', `Cannot find an instance of "${name}": none runs`);
    },
  };
}

/** For the object that is only asked what it is: it can do nothing. */
const QUIET_CONTEXT = {
  config: {},
  dataDir: '/data',
  tempDir: '/tmp',
  logger: { debug() {}, info() {}, warn() {}, error() {} },
} as unknown as PluginContext;

function fakePrepared(config: HostConfig, name: string, plugin: FakePlugin): Prepared {
  const pluginConfig = config.plugins.get(name);
  if (!pluginConfig) throw new PluginError('ERR_USAGE', `Cannot prepare "${name}": it is not in the config`);
  const object = createPlugin(name, plugin, QUIET_CONTEXT);
  const digest = digestOf(name);
  const schema = object.getConfigSchema();
  const metadata = object.getMetadata();
  return {
    name,
    config: pluginConfig,
    lock: {
      source: name,
      resolved: name,
      kind: 'module',
      integrity: digest,
      checksum: digest,
      entry: 'mod.ts',
      sdk: '1',
      metadata,
      permissions: metadata.permissions ?? {},
      commands: commandsOf(object),
      configSchema: schema,
      modules: {},
    },
    program: { key: digest, integrity: digest, kind: 'module', script: '', digest, sourceMap: '', wasm: [] },
    group: 'fakes',
    identity: digest,
    files: new Map(),
  };
}

function fakeGrant({ name, lock }: Prepared, switchboard: Switchboard, logger: Logger): Grant {
  const stdio = createStdio();
  const { version } = lock.metadata;
  const answer = async (op: GuestOp, args: readonly never[], signal: AbortSignal): Promise<Value> => {
    const [first, second, third] = args as readonly [never, never, never];
    if (op === 'services.call') return switchboard.callService({ plugin: name, version }, first, second, third, signal);
    if (op === 'plugins.call') return switchboard.callPlugin(name, first, second, third, signal);
    if (op === 'stdio.read') return stdio.read(args, undefined);
    if (op === 'stdio.write') await stdio.write(args, undefined);
    else if (op === 'events.publish') switchboard.publish(name, first, second);
    else if (op === 'events.subscribe') switchboard.subscribe(name, first);
    else if (op === 'events.unsubscribe') switchboard.unsubscribe(name, first);
    else if (op === 'services.register') switchboard.registerService(name, first, second);
    else {
      throw new PluginError('ERR_PERMISSION_DENIED', `Cannot serve "${op}": a fake has no such capability`, {
        plugin: name,
      });
    }
    return undefined;
  };
  const port: HostPort = {
    request: async (op, args, { signal }) => ({ value: await answer(op, args as never, signal) }),
    log: (level, message, fields) => logger.log(level, message, { plugin: name, fields }),
    passed: (limit, times) => switchboard.passed(name, limit, times),
  };
  return {
    port,
    env: {},
    redact: (text) => text,
    setPermissions: () => undefined,
    attach: (call, streams) => stdio.attach(call, streams),
    close: async () => stdio.close(),
  };
}
