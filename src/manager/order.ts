import semver from 'semver';
import type { Dependency } from '../contract/dependency.ts';
import { PluginError } from '../core/errors.ts';

/** One plugin of the config, as far as the order needs to know it. */
export interface OrderNode {
  readonly name: string;
  readonly enabled: boolean;
  /** 1..100, lower first. */
  readonly priority: number;
  /** Undefined where it is not known: a plugin that was refused or is disabled. */
  readonly version: string | undefined;
  readonly dependencies: readonly Dependency[];
  /** It was refused already; its dependents wait for it. */
  readonly refused: boolean;
}

export interface Order {
  /** Plugins of one level do not depend on each other; each level by priority, then by name. */
  readonly levels: readonly (readonly string[])[];
  /** At fault themselves: a dependency that is missing, disabled or of another version, or a cycle. */
  readonly refused: ReadonlyMap<string, PluginError>;
  /** Could run, were it not for a refused plugin they depend on. */
  readonly waiting: ReadonlyMap<string, PluginError>;
}

/** The order plugins start in: dependencies first (SPEC B4). Stopping goes the other way. */
export function orderPlugins(nodes: ReadonlyMap<string, OrderNode>): Order {
  const refused = new Map<string, PluginError>();
  const candidates = [...nodes.values()].filter((node) => node.enabled && !node.refused).sort(byPriority);
  for (const node of candidates) {
    const fault = faultOf(node, nodes);
    if (fault) refused.set(node.name, fault);
  }
  const waiting = new Map<string, PluginError>();
  const levels: string[][] = [];
  const placed = new Set<string>();
  let rest = candidates.filter((node) => !refused.has(node.name));
  for (;;) {
    const blocked = rest.filter((node) => blockerOf(node, nodes, refused, waiting) !== undefined);
    for (const node of blocked) waiting.set(node.name, waitsFor(node, nodes, refused, waiting));
    rest = rest.filter((node) => !waiting.has(node.name));
    if (blocked.length > 0) continue;
    const level = rest.filter((node) => node.dependencies.every(({ name }) => placed.has(name)));
    if (level.length === 0) break;
    levels.push(level.map(({ name }) => name));
    for (const { name } of level) placed.add(name);
    rest = rest.filter((node) => !placed.has(node.name));
  }
  return { levels, refused, waiting };
}

function byPriority(a: OrderNode, b: OrderNode): number {
  return a.priority - b.priority || (a.name < b.name ? -1 : 1);
}

/** Why this plugin can never run among these, for a fault of its own. */
export function faultOf(node: OrderNode, nodes: ReadonlyMap<string, OrderNode>): PluginError | undefined {
  return dependencyFault(node, nodes) ?? cycleOf(node, nodes);
}

function dependencyFault(node: OrderNode, nodes: ReadonlyMap<string, OrderNode>): PluginError | undefined {
  for (const { name, range } of node.dependencies) {
    const path = `${node.name} -> ${name}`;
    const found = nodes.get(name);
    if (!found?.enabled) {
      return new PluginError(
        'ERR_DEPENDENCY_MISSING',
        `Cannot load "${node.name}": it depends on "${name}", which is ${found ? 'disabled' : 'not in the config'}`,
        {
          plugin: node.name,
          hint: found ? `aitbc plugin enable ${name}` : `aitbc plugin add <source of ${name}> --name ${name}`,
          details: { path },
        },
      );
    }
    if (found.version !== undefined && !semver.satisfies(found.version, range, { includePrerelease: true })) {
      return new PluginError(
        'ERR_INCOMPATIBLE',
        `Cannot load "${node.name}": it depends on ${name}@${range}, the config has ${name} ${found.version}`,
        { plugin: node.name, details: { path, wanted: range, found: found.version } },
      );
    }
  }
  return undefined;
}

function cycleOf(node: OrderNode, nodes: ReadonlyMap<string, OrderNode>): PluginError | undefined {
  const path = pathBack(node, nodes);
  if (!path) return undefined;
  return new PluginError(
    'ERR_DEPENDENCY_CYCLE',
    `Cannot load "${node.name}": it depends on itself: ${path.join(' -> ')}`,
    { plugin: node.name, details: { path: path.join(' -> ') } },
  );
}

/** The shortest way from a plugin along its dependencies back to itself. */
function pathBack(start: OrderNode, nodes: ReadonlyMap<string, OrderNode>): string[] | undefined {
  const seen = new Set<string>();
  let paths: string[][] = [[start.name]];
  while (paths.length > 0) {
    const longer: string[][] = [];
    for (const path of paths) {
      for (const { name } of nodes.get(path.at(-1) ?? '')?.dependencies ?? []) {
        if (name === start.name) return [...path, name];
        if (seen.has(name)) continue;
        seen.add(name);
        longer.push([...path, name]);
      }
    }
    paths = longer;
  }
  return undefined;
}

function blockerOf(
  node: OrderNode,
  nodes: ReadonlyMap<string, OrderNode>,
  refused: ReadonlyMap<string, PluginError>,
  waiting: ReadonlyMap<string, PluginError>,
): string | undefined {
  return node.dependencies.find(({ name }) => refused.has(name) || waiting.has(name) || nodes.get(name)?.refused)?.name;
}

function waitsFor(
  node: OrderNode,
  nodes: ReadonlyMap<string, OrderNode>,
  refused: ReadonlyMap<string, PluginError>,
  waiting: ReadonlyMap<string, PluginError>,
): PluginError {
  const path = [node.name];
  for (let at: OrderNode | undefined = node; at;) {
    const next = blockerOf(at, nodes, refused, waiting);
    if (next === undefined || path.includes(next)) break;
    path.push(next);
    at = refused.has(next) ? undefined : nodes.get(next);
  }
  return new PluginError(
    'ERR_DEPENDENCY_MISSING',
    `Cannot start "${node.name}": it waits for "${path.at(-1)}", which was refused`,
    { plugin: node.name, details: { path: path.join(' -> ') } },
  );
}
