import { PluginError } from '../../core/errors.ts';
import { didYouMean } from '../../core/suggest.ts';
import type { DependencyEdge, DependencyGraph, DependencyNode } from '../../loader/types.ts';
import { oneLine, type Output } from '../output.ts';
import { OWN_PACKAGE } from '../../source/npm/types.ts';
import type { Session } from '../session.ts';

const FAULTS = {
  missing: 'not in the config',
  disabled: 'disabled',
  'other-version': 'not the version that is locked',
} as const;

/** A line of the tree, and what stands below it. */
interface Branch {
  readonly text: string;
  readonly below: readonly Branch[];
}

/** `aitbc plugin tree [name]`: of one plugin, or of every plugin of the config that no other depends on. */
export async function tree(
  session: Session,
  name: string | undefined,
  options: { readonly packages: boolean },
): Promise<number> {
  const { output } = session;
  const loader = await session.loader(await session.config());
  const graph = await loader.dependencies();
  if (name !== undefined) assertKnown(name, graph);
  const roots = name === undefined ? rootsOf(graph) : [name];
  output.data({ roots, plugins: reachable(roots, graph).map((node) => nodeData(node, options.packages)) });
  if (roots.length === 0) output.line('The config has no plugins. Add one: aitbc plugin add <specifier>');
  const shown = new Set<string>();
  for (const root of roots) {
    const { text, below } = branchOf(graph.plugins.get(root)!, graph, shown, [], options.packages, output);
    output.line(text);
    for (const line of lines(below)) output.line(line);
  }
  return 0;
}

/** ERR_USAGE, with the one that was meant. */
export function assertKnown(name: string, { plugins }: DependencyGraph): void {
  if (plugins.has(name)) return;
  throw new PluginError(
    'ERR_USAGE',
    `Cannot find "${name}": neither config nor lock has it${didYouMean(name, plugins.keys())}`,
    { hint: 'aitbc plugin tree shows what there is; for a package of npm: aitbc plugin why npm:<name>' },
  );
}

/** `greeter 1.0.0 (registry main)`, with what is wrong with it. */
export function nodeText({ name, version, source, registry, state, isLocked }: DependencyNode): string {
  const facts: string[] = [registry === undefined ? source : `registry ${registry}`];
  if (state === 'disabled') facts.push('disabled');
  if (state === 'not-in-config') facts.push('in the lock alone');
  if (!isLocked) facts.push('not locked');
  return oneLine(`${name}${version === undefined ? '' : ` ${version}`} (${facts.join(', ')})`);
}

/** What no other plugin depends on; of a circle that nothing leads into, its first by name. */
function rootsOf({ plugins }: DependencyGraph): string[] {
  const needed = new Set<string>();
  for (const { name, dependencies } of plugins.values()) {
    for (const edge of dependencies) if (edge.name !== name) needed.add(edge.name);
  }
  const roots = [...plugins.keys()].filter((name) => !needed.has(name));
  const seen = new Set(reachable(roots, { plugins }).map(({ name }) => name));
  for (const name of plugins.keys()) {
    if (seen.has(name)) continue;
    roots.push(name);
    for (const node of reachable([name], { plugins })) seen.add(node.name);
  }
  return roots.sort();
}

function reachable(roots: readonly string[], { plugins }: DependencyGraph): DependencyNode[] {
  const found = new Set(roots);
  for (const name of found) for (const edge of plugins.get(name)?.dependencies ?? []) found.add(edge.name);
  return [...found].sort().flatMap((name) => plugins.get(name) ?? []);
}

/** What was shown before is not shown again below. */
function branchOf(
  node: DependencyNode,
  graph: DependencyGraph,
  shown: Set<string>,
  above: readonly string[],
  packages: boolean,
  output: Output,
): Branch {
  const text = nodeText(node);
  if (above.includes(node.name)) return { text: `${text} ${output.style('red', 'depends on itself')}`, below: [] };
  const isKnown = shown.has(node.name) && (node.dependencies.length > 0 || packages);
  if (isKnown) return { text: `${text} (above)`, below: [] };
  shown.add(node.name);
  const below = node.dependencies.map((edge) => {
    const target = graph.plugins.get(edge.name);
    if (target === undefined) return { text: `${edge.name}${edgeText(edge, output)}`, below: [] };
    const branch = branchOf(target, graph, shown, [...above, node.name], packages, output);
    return { text: `${branch.text}${edgeText(edge, output)}`, below: branch.below };
  });
  return { text, below: packages ? [...below, ...packageBranches(node)] : below };
}

function edgeText({ range, by, state }: DependencyEdge, output: Output): string {
  const asked = range === '*' ? '' : ` ${oneLine(range)}`;
  const fault = state === 'ok' ? '' : ` ${output.style('red', FAULTS[state])}`;
  return `${asked}${by === 'config' ? ' (of the config)' : ''}${fault}`;
}

function packageBranches({ packages }: DependencyNode): Branch[] {
  const keys = Object.keys(packages).filter((key) => key !== OWN_PACKAGE);
  return keys.sort().map((key) => ({ text: `npm:${oneLine(key)}`, below: [] }));
}

function nodeData({ packages, ...node }: DependencyNode, withPackages: boolean): object {
  return withPackages ? { ...node, packages: Object.keys(packages).filter((key) => key !== OWN_PACKAGE) } : node;
}

function lines(branches: readonly Branch[], indent = ''): string[] {
  return branches.flatMap(({ text, below }, at) => {
    const isLast = at === branches.length - 1;
    return [`${indent}${isLast ? '└── ' : '├── '}${text}`, ...lines(below, `${indent}${isLast ? '    ' : '│   '}`)];
  });
}
