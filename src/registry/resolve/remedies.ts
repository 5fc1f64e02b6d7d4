import type { Dependency } from '../../contract/dependency.ts';
import { isPluginError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { Budget, BudgetSpent } from './budget.ts';
import type { Domain } from './domain.ts';
import { search } from './search.ts';
import type { Fact, Problem, Provider, Root } from './types.ts';

const MAX_TRIES = 8;

/** Changes to one fact of the core with which there is a solution; each was tried. Fewer where the budget ends. */
export async function remediesFor(
  core: readonly Fact[],
  problem: Problem,
  domains: ReadonlyMap<string, Domain>,
  steps: number,
): Promise<string[]> {
  const found: string[] = [];
  const tries = core.flatMap((fact) => changeOf(fact, domains) ?? []).slice(0, MAX_TRIES);
  // What the conflict has read is not asked for again.
  const provider: Provider = (name) => domains.get(name)?.offer ?? problem.provider(name);
  for (const { change, text } of tries) {
    try {
      const outcome = await search(change({ ...problem, provider }), new Budget(Math.floor(steps / tries.length)));
      if (outcome.kind === 'resolved') found.push(printable(text(outcome.versions)));
    } catch (error) {
      // What cannot be read or found in time is no remedy; the conflict stands without it.
      if (!(error instanceof BudgetSpent) && !isPluginError(error)) throw error;
    }
  }
  return [...new Set(found)];
}

interface Change {
  change(problem: Problem): Problem;
  text(versions: ReadonlyMap<string, string>): string;
}

function changeOf(fact: Fact, domains: ReadonlyMap<string, Domain>): Change | undefined {
  switch (fact.kind) {
    case 'root':
      return domains.get(fact.root.name)?.offer.kind === 'registry' ? otherRange(fact.root) : undefined;
    case 'unusable': {
      if (fact.why.kind !== 'min-host') return undefined;
      const { bound } = fact.why;
      return {
        change: (given) => ({ ...given, host: { ...given.host, version: bound } }),
        text: () => `version ${bound} of the host or newer would do`,
      };
    }
    case 'depends':
      if (fact.by === 'config') {
        return {
          change: (given) => ({ ...given, added: withoutAdded(given, fact.name, fact.on.name) }),
          text: () => `take ${fact.on.name} out of plugins.${fact.name}.dependencies in the config`,
        };
      }
      return domains.get(fact.name)?.offer.kind === 'fixed' ? otherFixed(fact, domains) : undefined;
    default:
      return undefined;
  }
}

function otherRange(root: Root): Change {
  return {
    change: (given) => ({
      ...given,
      roots: given.roots.map((each) => (each === root ? { ...each, range: '*' } : each)),
    }),
    text: (versions) =>
      `${root.name}@^${versions.get(root.name)} would do, in place of ${root.name}${root.range === '*' ? '' : `@${root.range}`}`,
  };
}

/** A plugin that comes in one version could depend on something else. */
function otherFixed(fact: Fact & { readonly kind: 'depends' }, domains: ReadonlyMap<string, Domain>): Change {
  const { name, on } = fact;
  const from = domains.get(name)?.offer.from;
  return {
    change: (given) => ({
      ...given,
      async provider(wanted) {
        const offer = await given.provider(wanted);
        if (wanted !== name) return offer;
        const candidates = offer.candidates.map((candidate) => ({
          ...candidate,
          dependencies: candidate.dependencies.filter((each) => each.name !== on.name || each.range !== on.range),
        }));
        return { ...offer, candidates };
      },
    }),
    text: () =>
      `a ${name}${from === undefined ? '' : ` (${from})`} that does not depend on ${on.name}${on.range === '*' ? '' : ` ${on.range}`} would do`,
  };
}

function withoutAdded({ added }: Problem, name: string, on: string): ReadonlyMap<string, readonly Dependency[]> {
  return new Map(
    [...(added ?? [])].map(([plugin, list]) => [
      plugin,
      plugin === name ? list.filter((each) => each.name !== on) : list,
    ]),
  );
}
