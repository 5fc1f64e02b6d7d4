import { Budget, BudgetSpent, DEFAULT_BUDGET } from './budget.ts';
import { factOf, factsUnder, type Clause } from './clause.ts';
import { explain } from './explain.ts';
import { minimize } from './minimal.ts';
import { remediesFor } from './remedies.ts';
import { search } from './search.ts';
import type { Conflict, Fact, Problem, Resolution } from './types.ts';
import { Words } from './words.ts';
import type { World } from './world.ts';

/**
 * One version for each plugin that is needed (SPEC B4, G4): locked versions where they fit, otherwise the newest; host and platform
 * are conditions like any other. The same problem has the same answer on every machine. A conflict is proven; where the
 * budget ends before that, the answer is `gave-up`. Throws what the provider throws, and the reason of an aborted `signal`.
 */
export async function resolve(problem: Problem): Promise<Resolution> {
  const total = problem.budget ?? DEFAULT_BUDGET;
  const budget = new Budget(total);
  try {
    const found = await search(problem, budget);
    if (found.kind === 'resolved') return { ...found, steps: budget.spent };
    return await conflictOf(found.proof, found.world, problem, budget);
  } catch (error) {
    if (error instanceof BudgetSpent) return { kind: 'gave-up', budget: total };
    throw error;
  }
}

/** What comes after the proof has budgets of its own: it may say less, and the conflict stays one. */
async function conflictOf(proof: Clause, world: World, problem: Problem, spent: Budget): Promise<Conflict> {
  const steps = spent.spent;
  const best = minimize(proof, new Budget(spent.total));
  const core = factsUnder(best).map((clause) => factOf(clause)!);
  const reasons = explain(best, new Words(world.domains, problem.host));
  const remedies = await remediesFor(core, problem, world.domains, spent.total);
  return { kind: 'conflict', core, missing: missingIn(core, world), reasons, remedies, steps };
}

function missingIn(core: readonly Fact[], { domains }: World): string[] {
  const needed = core.flatMap((fact) =>
    fact.kind === 'root' ? [fact.root.name] : fact.kind === 'depends' ? [fact.on.name] : [],
  );
  return [...new Set(needed)].filter((name) => domains.get(name)?.versions.length === 0);
}
