import { BudgetSpent, type Budget } from './budget.ts';
import { factsUnder, type Clause } from './clause.ts';
import { prove } from './search.ts';

/** Above this a core is not made smaller: nobody reads it as a list, and each fact costs one search. */
const MAX_FACTS = 128;

/** A proof that needs each of its facts: without any one of them the others can hold. The best one within the budget. */
export function minimize(proof: Clause, budget: Budget): Clause {
  let best = proof;
  let facts = factsUnder(best);
  if (facts.length > MAX_FACTS) return best;
  try {
    for (const fact of facts) {
      if (!facts.includes(fact)) continue;
      const shorter = prove(
        facts.filter((other) => other !== fact),
        budget,
      );
      if (shorter === undefined) continue;
      best = shorter;
      facts = factsUnder(best);
    }
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
  }
  return best;
}
