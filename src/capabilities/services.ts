/**
 * `services.*`: what a plugin may call of the application and of other plugins, and what it offers. Trusts the switchboard
 * to find the service; a service of the application is run by `callHostService`, which shows a plugin none of its errors.
 */
import type { Logger } from '../core/logger.ts';
import { isPluginError, messageOf, PluginError } from '../core/errors.ts';
import type { Value } from '../protocol/values.ts';
import type { Leases } from './leases.ts';
import { isMethodName, isServiceName, matchesMember, type MemberRule } from './names.ts';
import { decide, type Decision, type RuleSet } from './rules.ts';
import { list, text, wrongShape } from './shape.ts';
import type { HostService, ServiceContext, ServiceMethod, Switchboard } from './types.ts';

const MAX_ARGUMENTS = 64;
const MAX_SERVICES = 64;
const MAX_METHODS = 256;

export function checkService(rules: RuleSet<MemberRule>, service: string, method: string): Decision {
  return decide(rules, (rule) => matchesMember(rule, service, method));
}

export interface Services {
  call(args: readonly Value[], signal: AbortSignal): Promise<Value>;
  register(args: readonly Value[], signal: AbortSignal): void;
}

export function createServices(options: {
  readonly plugin: string;
  readonly version: string;
  readonly leases: Leases;
  readonly switchboard: Switchboard;
  readonly audit: (capability: string, value: string) => void;
}): Services {
  const { plugin, version, leases, switchboard } = options;
  const registered = new Set<string>();
  return {
    async call([serviceValue, methodValue, argsValue], signal) {
      const service = text('services.call', 'service', serviceValue, 128);
      const method = text('services.call', 'method', methodValue, 128);
      const args = list('services.call', 'args', argsValue, MAX_ARGUMENTS);
      if (!isServiceName(service)) throw wrongShape('services.call', `"${service}"`, 'is not the name of a service');
      if (!isMethodName(method)) throw wrongShape('services.call', `"${method}"`, 'is not the name of a method');
      const value = `${service}.${method}`;
      return leases.run(
        {
          capability: 'services',
          value,
          check: (grants) => checkService(grants.services, service, method),
          refused: { verb: 'call service', thing: value, key: 'services', value },
        },
        signal,
        (signal) => switchboard.callService({ plugin, version }, service, method, args, signal),
      );
    },
    register([serviceValue, methodsValue], signal) {
      signal.throwIfAborted();
      const service = text('services.register', 'service', serviceValue, 128);
      if (!isServiceName(service))
        throw wrongShape('services.register', `"${service}"`, 'is not the name of a service');
      const methods = list('services.register', 'methods', methodsValue, MAX_METHODS).map((method) => {
        const name = text('services.register', 'a method', method, 128);
        if (!isMethodName(name)) throw wrongShape('services.register', `"${name}"`, 'is not the name of a method');
        return name;
      });
      if (!registered.has(service) && registered.size >= MAX_SERVICES) {
        throw new PluginError(
          'ERR_LIMIT_RATE',
          `Cannot register service "${service}": there are ${MAX_SERVICES} already`,
        );
      }
      switchboard.registerService(plugin, service, methods);
      registered.add(service);
      options.audit('services.register', service);
    },
  };
}

/** What `defineService` takes: each method gets one input and who calls it. */
export type ServiceMethods = Readonly<Record<string, (input: never, context: ServiceContext) => unknown>>;

/** A service whose methods are known to the type checker: `ServiceClient<typeof api>` is what a plugin sees of it. */
export interface DefinedService<Methods extends ServiceMethods> extends HostService {
  /** Never there: carries the type alone. */
  readonly types?: Methods;
}

/** The plugin's side of a service: each method asynchronous, with the same input. */
export type ServiceClient<Service> =
  Service extends DefinedService<infer Methods>
    ? {
        readonly [Name in keyof Methods]: Parameters<Methods[Name]> extends []
          ? () => Promise<Awaited<ReturnType<Methods[Name]>>>
          : unknown extends Parameters<Methods[Name]>[0]
            ? (input?: Value) => Promise<Awaited<ReturnType<Methods[Name]>>>
            : (input: Parameters<Methods[Name]>[0]) => Promise<Awaited<ReturnType<Methods[Name]>>>;
      }
    : never;

/**
 * A service of the application: `defineService({ getAgent: async ({ id }: { id: string }, { plugin, signal }) => … })`.
 * A plugin calls it with one argument, a Value, which arrives unchecked; what a method returns must be a Value too.
 * ERR_USAGE for a name that cannot be a method's.
 */
export function defineService<Methods extends ServiceMethods>(methods: Methods): DefinedService<Methods> {
  const found = new Map<string, ServiceMethod>();
  for (const [name, method] of Object.entries<ServiceMethod>(methods)) {
    if (typeof method !== 'function')
      throw new PluginError('ERR_USAGE', `Cannot define service: "${name}" is not a function`);
    if (!isMethodName(name))
      throw new PluginError('ERR_USAGE', `Cannot define service: "${name}" cannot be the name of a method`);
    found.set(name, method.bind(methods));
  }
  return { methods: found };
}

/**
 * Runs one method of a service of the application. A PluginError reaches the plugin as it is; so does the message of an
 * error with `expose: true`; of any other error the plugin learns nothing but ERR_SERVICE, and the log has it.
 */
export async function callHostService(
  service: HostService,
  name: string,
  method: string,
  args: readonly Value[],
  context: ServiceContext,
  logger: Logger,
): Promise<Value> {
  const run = service.methods.get(method);
  if (run === undefined) {
    throw new PluginError('ERR_SERVICE', `Cannot call service "${name}.${method}": it has no such method`, {
      details: { service: name, method },
    });
  }
  try {
    return (await run(args[0] as never, context)) as Value;
  } catch (error) {
    if (isPluginError(error)) throw error;
    if (context.signal.aborted) throw context.signal.reason;
    const exposed = error instanceof Error && (error as { expose?: unknown }).expose === true;
    if (!exposed) {
      logger.log('error', `the service "${name}.${method}" failed`, { plugin: context.plugin, error });
    }
    throw new PluginError(
      'ERR_SERVICE',
      `Cannot call service "${name}.${method}": ${exposed ? messageOf(error) : 'it failed'}`,
      {
        cause: error,
        details: { service: name, method },
      },
    );
  }
}
