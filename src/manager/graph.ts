import { parseDependency, type Dependency } from '../contract/dependency.ts';
import { PluginError } from '../core/errors.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import { faultOf, orderPlugins, type Order, type OrderNode } from './order.ts';

/** Who depends on whom, as config and metadata say. */
export class Graph {
  readonly #plugins: ReadonlyMap<string, ManagedPlugin>;

  constructor(plugins: ReadonlyMap<string, ManagedPlugin>) {
    this.#plugins = plugins;
  }

  /** `refused`: what the loader refused; their dependents wait. */
  order(refused: ReadonlySet<string>): Order {
    return orderPlugins(this.#nodes(refused));
  }

  /** @throws where the plugin can never run: its dependency is missing, disabled or of another version, or a cycle. */
  assertSound(plugin: ManagedPlugin): void {
    const nodes = this.#nodes(new Set());
    const fault = faultOf(nodes.get(plugin.name) as OrderNode, nodes);
    if (fault) throw fault;
  }

  dependenciesOf(plugin: ManagedPlugin): ManagedPlugin[] {
    return dependencies(plugin).flatMap(({ name }) => this.#plugins.get(name) ?? []);
  }

  dependentsOf(plugin: ManagedPlugin): ManagedPlugin[] {
    return [...this.#plugins.values()].filter((other) => dependencies(other).some(({ name }) => name === plugin.name));
  }

  #nodes(refused: ReadonlySet<string>): Map<string, OrderNode> {
    return new Map(
      [...this.#plugins].map(([name, plugin]) => [
        name,
        {
          name,
          enabled: plugin.config.enabled,
          priority: plugin.config.priority,
          version: plugin.prepared?.lock.metadata.version,
          dependencies: dependencies(plugin),
          refused: refused.has(name),
        },
      ]),
    );
  }
}

/** Of the config and of the metadata; both count where both name a plugin. */
function dependencies(plugin: ManagedPlugin): Dependency[] {
  const written = new Set([...plugin.config.dependencies, ...(plugin.prepared?.lock.metadata.dependencies ?? [])]);
  return [...written].map((text) => {
    const dependency = parseDependency(text);
    if (dependency) return dependency;
    throw new PluginError('ERR_METADATA', `Cannot load "${plugin.name}": "${text}" is not a dependency`, {
      plugin: plugin.name,
      hint: 'write the name of a plugin, or name@range: greeter@^1.2.0',
    });
  });
}
