import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { assertCallable } from './callable.ts';
import { Calls } from './calls.ts';
import type { Clock } from './clock.ts';
import type { HostFacts } from '../contract/compatibility.ts';
import { Dependents } from './dependents.ts';
import { EventHub } from './event-hub.ts';
import { Graph } from './graph.ts';
import type { AppInterfaces } from './interfaces.ts';
import { Lifecycle } from './lifecycle.ts';
import { ManagedPlugin, type StatusChange } from './managed-plugin.ts';
import type { ManagerOptions } from './options.ts';
import type { Rooms } from './rooms.ts';
import { Services } from './services.ts';
import { Supervisor } from './supervisor.ts';
import { createSwitchboard } from './switchboard.ts';

/** What a manager is made of; `PluginManager.create` joins the real rooms, `createTestManager` those for tests. */
export interface ManagerParts {
  readonly rooms: Rooms;
  readonly services: NonNullable<ManagerOptions['services']>;
  readonly interfaces: AppInterfaces;
  readonly host: HostFacts;
  readonly logger: Logger;
  readonly frozen: boolean;
  readonly clock: Clock;
}

/** The inside of a manager: one object for each concern, each knowing only those it needs. */
export interface Assembly {
  /** Changed by a reload alone. */
  readonly plugins: Map<string, ManagedPlugin>;
  readonly graph: Graph;
  readonly hub: EventHub;
  readonly services: Services;
  readonly calls: Calls;
  readonly lifecycle: Lifecycle;
  readonly dependents: Dependents;
  readonly supervisor: Supervisor;
}

export function assemble(parts: ManagerParts, changed: (change: StatusChange) => void): Assembly {
  const { rooms, clock, logger } = parts;
  const plugins = new Map(
    [...rooms.config.plugins.values()].map((config) => [config.name, new ManagedPlugin(config, clock, changed)]),
  );
  const graph = new Graph(plugins);
  const services = new Services(parts.services, logger);
  const calls = new Calls(clock);
  const hub = new EventHub({
    clock,
    deliver: async (name, deliveries, handled, signal) => {
      const plugin = plugins.get(name);
      const events = deliveries.map(({ event, subscription }) => [event, subscription] as const);
      if (plugin) await assertCallable(plugin).instance.deliver(events, handled, { signal });
    },
    failed: (subscriber, error, event) =>
      logger.log('warn', `${subscriber} failed to handle ${event.type}`, {
        plugin: subscriber,
        error: messageOf(error),
      }),
  });
  const dependents: Dependents = new Dependents(graph, () => lifecycle, logger);
  const lifecycle: Lifecycle = new Lifecycle({
    ...parts,
    hub,
    services,
    switchboard: createSwitchboard({ plugins, hub, services, calls }),
    ready: (plugin) => dependents.ready(plugin),
    crashed: (plugin, exit) => supervisor.crashed(plugin, exit),
  });
  const supervisor: Supervisor = new Supervisor({
    clock,
    logger,
    plugins,
    lifecycle,
    dependents,
    quarantine: rooms.quarantine,
    interval: () => rooms.config.healthCheckInterval * 1_000,
  });
  return { plugins, graph, hub, services, calls, lifecycle, dependents, supervisor };
}
