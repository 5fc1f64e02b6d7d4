import { PluginError } from '../../core/errors.ts';
import { didYouMean } from '../../core/suggest.ts';
import type { DependencyGraph, DependencyNode } from '../../loader/types.ts';
import { OWN_PACKAGE } from '../../source/npm/types.ts';
import { oneLine } from '../output.ts';
import type { Session } from '../session.ts';
import { assertKnown, nodeText } from './tree.ts';

/** One step of a chain: what it is, and the range or the import that leads to it. */
interface Step {
  readonly name: string;
  readonly asked?: string;
}

/** `aitbc plugin why <name>`, `aitbc plugin why npm:<name>[@<version>]`: the shortest chain from each enabled plugin to it. */
export async function why(session: Session, target: string): Promise<number> {
  const { output } = session;
  const loader = await session.loader(await session.config());
  const graph = await loader.dependencies();
  const chains = target.startsWith('npm:') ? packageChains(target, graph) : pluginChains(target, graph);
  const node = graph.plugins.get(target);
  output.data({ target, ...(node === undefined ? {} : { state: node.state, isLocked: node.isLocked }), chains });
  if (node !== undefined) output.line(nodeText(node));
  for (const chain of chains) {
    output.line(
      chain.map(({ name, asked }) => oneLine(asked === undefined ? name : `${name} (${asked})`)).join(' -> '),
    );
  }
  if (node !== undefined && chains.length === 0) {
    output.line(
      node.state === 'enabled'
        ? 'It is in the config, and no enabled plugin depends on it.'
        : 'No enabled plugin depends on it.',
    );
  }
  return 0;
}

function pluginChains(target: string, graph: DependencyGraph): Step[][] {
  assertKnown(target, graph);
  const { plugins } = graph;
  const next = (name: string): Step[] =>
    (plugins.get(name)?.dependencies ?? []).map((edge) => ({ name: edge.name, asked: edge.range }));
  const chains: Step[][] = [];
  for (const { name, state } of plugins.values()) {
    const chain = state === 'enabled' && name !== target ? shortest(name, next, (at) => at === target) : undefined;
    if (chain !== undefined) chains.push(chain);
  }
  return chains;
}

/** In each plugin, from the plugin to every version of the package that it has. */
function packageChains(target: string, { plugins }: DependencyGraph): Step[][] {
  const wanted = target.slice('npm:'.length);
  const isWanted = (key: string): boolean => key === wanted || key.slice(0, key.lastIndexOf('@')) === wanted;
  const chains = [...plugins.values()].flatMap((plugin) =>
    Object.keys(plugin.packages)
      .filter((key) => key !== OWN_PACKAGE && isWanted(key))
      .sort()
      .map((key) => packageChain(plugin, key)),
  );
  if (chains.length > 0) return chains;
  const known = [...plugins.values()]
    .flatMap(({ packages }) => Object.keys(packages))
    .map((key) => key.slice(0, key.lastIndexOf('@')));
  throw new PluginError(
    'ERR_USAGE',
    `Cannot find "${target}": no plugin of the lock has this package${didYouMean(wanted, known)}`,
    { hint: 'aitbc plugin tree --packages shows those there are' },
  );
}

function packageChain({ name, version, packages }: DependencyNode, key: string): Step[] {
  const next = (from: string): Step[] =>
    Object.entries(packages[from]?.dependencies ?? {}).map(([asked, to]) => ({ name: to, asked }));
  const chain = shortest(OWN_PACKAGE, next, (at) => at === key) ?? [{ name: OWN_PACKAGE }, { name: key }];
  const plugin = version === undefined ? name : `${name} ${version}`;
  return chain.map(({ name: at, asked }, index) => {
    if (index === 0) return { name: plugin };
    return asked === undefined || at.startsWith(`${asked}@`) ? { name: `npm:${at}` } : { name: `npm:${at}`, asked };
  });
}

/** Breadth first; undefined where no way leads there. */
function shortest(
  start: string,
  next: (name: string) => readonly Step[],
  isTarget: (name: string) => boolean,
): Step[] | undefined {
  const seen = new Set([start]);
  let paths: Step[][] = [[{ name: start }]];
  while (paths.length > 0) {
    const longer: Step[][] = [];
    for (const path of paths) {
      for (const step of next(path.at(-1)!.name)) {
        if (isTarget(step.name)) return [...path, step];
        if (seen.has(step.name)) continue;
        seen.add(step.name);
        longer.push([...path, step]);
      }
    }
    paths = longer;
  }
  return undefined;
}
