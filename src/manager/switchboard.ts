import type { Switchboard } from '../capabilities/types.ts';
import { PluginError } from '../core/errors.ts';
import type { Value } from '../protocol/values.ts';
import type { Calls } from './calls.ts';
import type { EventHub } from './event-hub.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import type { Services } from './services.ts';

export interface SwitchboardParts {
  readonly plugins: ReadonlyMap<string, ManagedPlugin>;
  readonly hub: EventHub;
  readonly services: Services;
  readonly calls: Calls;
}

/** Connects plugins with each other and with the application's services; the broker has checked the grants. */
export function createSwitchboard({ plugins, hub, services, calls }: SwitchboardParts): Switchboard {
  const find = (name: string): ManagedPlugin => {
    const plugin = plugins.get(name);
    if (plugin) return plugin;
    throw new PluginError('ERR_DEPENDENCY_MISSING', `Cannot call "${name}": there is no such plugin`);
  };
  return {
    publish: (from, topic, data) => hub.publish(from, topic, data),
    subscribe: (plugin, pattern) => hub.subscribe(plugin, pattern),
    unsubscribe: (plugin, pattern) => hub.unsubscribe(plugin, pattern),
    async callPlugin(_from, plugin, method, args, signal): Promise<Value> {
      return calls.request(find(plugin), 'call', [method, args], { what: `${plugin}.${method}()`, signal });
    },
    async callService({ plugin, version }, service, method, args, signal): Promise<Value> {
      if (services.isHosts(service)) return services.callHost(service, method, args, { plugin, version, signal });
      const owner = find(services.offeredBy(service, method));
      return calls.request(owner, 'service', [service, method, args], { what: `${service}.${method}()`, signal });
    },
    passed: (plugin, limit, times) => plugins.get(plugin)?.countPassed(limit, times),
    registerService: (plugin, service, methods) => services.register(plugin, service, methods),
  };
}
