import type { CommandGroup, CommandIo } from '../contract/commands.ts';
import type { CLIPlugin } from '../contract/cli-plugin.ts';
import { interfacesOf } from '../contract/interfaces.ts';
import type { PluginContext, PluginEvent, RemoteMethods } from '../contract/context.ts';
import { BasePlugin } from '../contract/plugin.ts';
import { PluginError, isPluginError } from '../core/errors.ts';
import { topicMatches } from '../core/topics.ts';
import type { Clock } from '../manager/clock.ts';
import type { Blame } from '../sandbox/types.ts';
import { createRemote } from '../manager/remote.ts';
import { copyValue } from '../manager/values.ts';
import type {
  CallOp,
  CommandContext,
  GuestOp,
  HostOp,
  HostRequests,
  PluginDescription,
  WireDelivery,
} from '../protocol/requests.ts';
import type { Value } from '../protocol/values.ts';
import type { CallOptions, Instance, InstanceExit, InstanceUsage, OpenOptions } from '../sandbox/types.ts';

/** A class that extends `BasePlugin`, `definePlugin({…})`, or just the public methods of one. */
export type FakePlugin =
  | (new (context: never) => BasePlugin<unknown>)
  | Readonly<Record<string, (...args: never[]) => unknown>>;

/** What is the manager's to call. */
const NOT_PUBLIC = new Set([
  ...Object.getOwnPropertyNames(BasePlugin.prototype),
  'getMetadata',
  'getCommands',
  'getCommandHelp',
]);

type Handler = (...args: readonly unknown[]) => unknown;

/** A plugin that runs in this process, without a sandbox, behind the interface of a sandboxed one. */
export class FakeInstance implements Instance {
  readonly name: string;
  readonly pid: number = process.pid;
  readonly group: string;
  readonly exited: Promise<InstanceExit>;
  readonly options: OpenOptions;
  readonly #clock: Clock;
  readonly #plugin: FakePlugin;
  readonly #services = new Map<string, Readonly<Record<string, Handler>>>();
  readonly #handlers = new Map<string, Set<(event: PluginEvent) => unknown>>();
  readonly #exit = Promise.withResolvers<InstanceExit>();
  readonly #gone = new AbortController();
  /** What ends the calls and events that run. */
  readonly #running = new Set<(error: PluginError) => void>();
  #object: BasePlugin | undefined;
  #calls = 0;

  constructor(options: OpenOptions, plugin: FakePlugin, clock: Clock) {
    this.name = options.name;
    this.group = options.group;
    this.exited = this.#exit.promise;
    this.options = options;
    this.#plugin = plugin;
    this.#clock = clock;
  }

  async request<Op extends CallOp>(
    op: Op,
    args: HostRequests[Op]['args'],
    options: CallOptions = {},
  ): Promise<HostRequests[Op]['result']> {
    return this.#run(op, args, options);
  }

  async deliver(
    deliveries: readonly WireDelivery[],
    handled: (error?: PluginError) => void,
    options: CallOptions = {},
  ): Promise<void> {
    for (const delivery of deliveries) {
      try {
        await this.#run('events', [[delivery]], options);
      } catch (error) {
        if (!isPluginError(error, 'ERR_PLUGIN_THREW')) throw error;
        handled(error);
        continue;
      }
      handled();
    }
  }

  async #run<Op extends HostOp>(
    op: Op,
    args: HostRequests[Op]['args'],
    { signal, timeout, onCall }: CallOptions,
  ): Promise<HostRequests[Op]['result']> {
    this.#gone.signal.throwIfAborted();
    signal?.throwIfAborted();
    const call = (this.#calls += 1);
    onCall?.(call);
    const ended = Promise.withResolvers<never>();
    const abort = (): void => ended.reject(signal?.reason as Error);
    const gone = (): void => ended.reject(this.#gone.signal.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    if (op !== 'lifecycle' && op !== 'health') this.#running.add(ended.reject);
    this.#gone.signal.addEventListener('abort', gone, { once: true });
    const cancel = this.#clock.after(timeout ?? this.options.limits.timeout, () => {
      this.crash('self', new PluginError('ERR_LIMIT_TIME', `Cannot run ${op} of "${this.name}": no answer in time`));
    });
    try {
      const work = this.#perform(op, copyValue(args, 'args') as HostRequests[Op]['args'], call, signal);
      return copyValue(await Promise.race([work, ended.promise]), 'result');
    } catch (error) {
      throw isPluginError(error) || signal?.aborted ? error : this.#threw(error);
    } finally {
      cancel();
      this.#running.delete(ended.reject);
      signal?.removeEventListener('abort', abort);
      this.#gone.signal.removeEventListener('abort', gone);
    }
  }

  abortCalls(error: PluginError): void {
    for (const end of this.#running) end(error);
  }

  async usage(): Promise<InstanceUsage> {
    return { memory: 0, cpu: 0, timers: 0, pendingRequests: 0 };
  }

  async dispose(): Promise<void> {
    this.#gone.abort(new PluginError('ERR_PLUGIN_CRASHED', `Cannot use "${this.name}": it is gone`));
    this.#exit.resolve({ kind: 'disposed' });
  }

  /** Ends it as a crash of its process would. */
  crash(
    blame: Blame,
    error: PluginError = new PluginError('ERR_PLUGIN_CRASHED', `Cannot keep "${this.name}": its process died`, {
      retryable: blame === 'innocent',
    }),
  ): void {
    this.#gone.abort(error);
    this.#exit.resolve({ kind: 'crashed', blame, error });
  }

  #perform<Op extends HostOp>(
    op: Op,
    args: HostRequests[Op]['args'],
    call: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const operations: { [Name in HostOp]: (...args: HostRequests[Name]['args']) => unknown } = {
      describe: () => this.#describe(),
      lifecycle: (method) => this.#instance()[method](),
      health: () => this.#instance().healthCheck(),
      call: (method, values) => this.#method(method)(...values),
      service: (service, method, values) => this.#service(service, method)(...values),
      events: ([delivery]) => delivery && this.#event(...delivery),
      command: (path, options, context) => this.#command(path, options, this.#io(context, call, signal)),
    };
    const perform = operations[op];
    return Promise.resolve().then(() => perform(...args));
  }

  #instance(): BasePlugin {
    this.#object ??= createPlugin(this.name, this.#plugin, this.#context());
    return this.#object;
  }

  #describe(): PluginDescription {
    const plugin = this.#instance();
    const methods = methodsOf(plugin);
    return {
      metadata: { ...plugin.metadata },
      commands: null,
      configSchema: plugin.getConfigSchema(),
      methods: methods.filter((name) => !NOT_PUBLIC.has(name)),
      interfaces: interfacesOf(methods),
    };
  }

  #method(name: string): Handler {
    const plugin = this.#instance() as unknown as Record<string, Handler>;
    if (!methodsOf(this.#instance()).includes(name) || NOT_PUBLIC.has(name)) {
      throw new PluginError('ERR_USAGE', `Cannot call "${this.name}.${name}()": it has no such method`, {
        plugin: this.name,
      });
    }
    return (...args) => plugin[name]?.(...args);
  }

  #service(service: string, method: string): Handler {
    const found = this.#services.get(service)?.[method];
    if (found) return found;
    throw new PluginError('ERR_SERVICE', `Cannot call "${service}.${method}": it is not registered`);
  }

  async #event(event: PluginEvent, subscription: string | null): Promise<void> {
    if (subscription === null) {
      await this.#instance().handleEvent(event.type, event.data);
      return;
    }
    for (const handler of this.#handlers.get(subscription) ?? []) {
      if (topicMatches(subscription, event.type)) await handler(event);
    }
  }

  async #command(path: readonly [string, string], options: Record<string, Value>, io: CommandIo): Promise<number> {
    const plugin = this.#instance();
    const group = commandsOf(plugin).find(({ name }) => name === path[0]);
    const command = group?.subcommands.find(({ name }) => name === path[1]);
    if (!command) throw new PluginError('ERR_USAGE', `Cannot run "${path.join(' ')}": there is no such command`);
    const status = await command.handler(options, io);
    return typeof status === 'number' && Number.isInteger(status) && status >= 0 && status <= 125 ? status : 0;
  }

  #io({ isTTY, columns, args }: CommandContext, call: number, signal: AbortSignal | undefined): CommandIo {
    const write = (stream: 'stdout' | 'stderr') => async (chunk: string | Uint8Array) => {
      await this.#ask('stdio.write', [call, stream, typeof chunk === 'string' ? Buffer.from(chunk) : chunk]);
    };
    const read = async (): Promise<Uint8Array | null> => (await this.#ask('stdio.read', [call])) as Uint8Array | null;
    const stdin = {
      async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
        for (let chunk = await read(); chunk !== null; chunk = await read()) yield chunk;
      },
      async text(): Promise<string> {
        const chunks: Uint8Array[] = [];
        for await (const chunk of this) chunks.push(chunk);
        return Buffer.concat(chunks).toString('utf8');
      },
    };
    return {
      isTTY,
      columns,
      args,
      stdin,
      stdout: { write: write('stdout') },
      stderr: { write: write('stderr') },
      signal: signal ?? new AbortController().signal,
    };
  }

  #context(): PluginContext {
    const { port, config, env } = this.options;
    const say = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: Record<string, Value>) =>
      port.log(level, message, fields);
    const service = (name: string): RemoteMethods =>
      createRemote((method, args) => this.#ask('services.call', [name, method, copyValue(args, 'args')]));
    return {
      config: config as Record<string, Value>,
      dataDir: '/data',
      tempDir: '/tmp',
      logger: { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') },
      eventBus: {
        publish: async (topic, data) => void (await this.#ask('events.publish', [topic, data])),
        subscribe: async (topic, handler) => {
          await this.#ask('events.subscribe', [topic]);
          const handlers = this.#handlers.get(topic) ?? new Set();
          this.#handlers.set(topic, handlers.add(handler));
          return async () => {
            handlers.delete(handler);
            if (handlers.size === 0) await this.#ask('events.unsubscribe', [topic]);
          };
        },
      },
      apiClient: service('api'),
      services: new Proxy({}, { get: (_target, name) => (typeof name === 'string' ? service(name) : undefined) }),
      plugin: <T>(name: string) =>
        createRemote((method, args) => this.#ask('plugins.call', [name, method, copyValue(args, 'args')])) as T,
      registerService: async (name, methods) => {
        await this.#ask('services.register', [name, Object.keys(methods)]);
        this.#services.set(name, methods as Readonly<Record<string, Handler>>);
      },
      env: (name) => env[name] ?? undefined,
    };
  }

  async #ask(op: GuestOp, args: readonly Value[]): Promise<Value> {
    const { value } = await this.options.port.request(op, args, {
      signal: this.#gone.signal,
      body: undefined,
      call: undefined,
    });
    return value;
  }

  #threw(error: unknown): PluginError {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return new PluginError('ERR_PLUGIN_THREW', message, {
      plugin: this.name,
      ...(stack === undefined ? {} : { pluginStack: stack }),
    });
  }
}

/** A plugin of a class, or of nothing but methods. */
export function createPlugin(name: string, plugin: FakePlugin, context: PluginContext): BasePlugin {
  if (typeof plugin === 'function')
    return new (plugin as unknown as new (context: PluginContext) => BasePlugin)(context);
  const made = new NamedPlugin(name, context);
  for (const [method, work] of Object.entries(plugin)) {
    Object.defineProperty(made, method, { value: work, enumerable: true });
  }
  return made;
}

/** Its command groups, with their handlers; none for a plugin that is no CLI plugin. */
export function commandsOf(plugin: BasePlugin): readonly CommandGroup[] {
  const { getCommands } = plugin as Partial<Pick<CLIPlugin, 'getCommands'>>;
  return getCommands?.call(plugin as CLIPlugin) ?? [];
}

class NamedPlugin extends BasePlugin {
  readonly #name: string;

  constructor(name: string, context: PluginContext) {
    super(context);
    this.#name = name;
  }

  getMetadata(): BasePlugin['metadata'] {
    return { name: this.#name, version: '0.0.0', description: 'A fake', author: 'tests', license: 'MIT' };
  }
}

function methodsOf(plugin: BasePlugin): string[] {
  const names = new Set<string>();
  for (let at: object = plugin; at !== BasePlugin.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor' && !name.startsWith('_')) names.add(name);
    }
  }
  return [...names];
}
