import type { Budget } from './budget.ts';
import { has, newest, sizeOf } from './choices.ts';
import type { Clause } from './clause.ts';
import { cycleThrough } from './cycle.ts';
import type { Domain } from './domain.ts';
import { Engine } from './engine.ts';
import type { Problem } from './types.ts';
import { World } from './world.ts';

/** Decisions between two moments in which the rest of the process may go on. */
const BREATH = 64;

export type Found =
  | { readonly kind: 'resolved'; readonly versions: ReadonlyMap<string, string> }
  | { readonly kind: 'conflict'; readonly proof: Clause; readonly world: World };

/** One search to its end. @throws BudgetSpent, the reason of `signal`, and what the provider throws */
export async function search(problem: Problem, budget: Budget): Promise<Found> {
  const world = new World(problem, budget);
  const engine = new Engine(budget);
  const learn = (changed: readonly Domain[]): Clause | undefined => {
    const { clauses, opened } = world.take();
    for (const clause of clauses) {
      if (clause.terms.size === 0) return clause;
      engine.add(clause);
    }
    return engine.propagate([...changed, ...opened]);
  };
  for (const root of problem.roots.toSorted((a, b) => (a.name < b.name ? -1 : 1))) await world.require(root);
  let proof = learn([]);
  for (let decisions = 0; proof === undefined; decisions++) {
    if (decisions % BREATH === BREATH - 1) await new Promise((resolve) => setImmediate(resolve));
    problem.signal?.throwIfAborted();
    const domain = nextOf(engine, problem, budget);
    if (domain === undefined) return { kind: 'resolved', versions: versionsOf(engine) };
    const bit = preferred(domain, engine, problem);
    await world.requireDependencies(domain, bit);
    engine.decide(domain, bit);
    proof = learn([domain]);
    if (proof !== undefined || engine.decided(domain) !== bit) continue;
    const cycle = cycleThrough(domain, world, engine, budget);
    if (cycle === undefined) continue;
    world.forbidCycle(cycle);
    proof = learn(cycle);
  }
  return { kind: 'conflict', proof, world };
}

/** A proof from these clauses alone; undefined where they can all hold. @throws BudgetSpent */
export function prove(clauses: readonly Clause[], budget: Budget): Clause | undefined {
  const engine = new Engine(budget);
  const domains = new Set<Domain>();
  for (const clause of clauses) {
    if (clause.terms.size === 0) return clause;
    engine.add(clause);
    for (const domain of clause.terms.keys()) domains.add(domain);
  }
  let proof = engine.propagate(domains);
  while (proof === undefined) {
    const [domain] = engine.open();
    if (domain === undefined) return undefined;
    engine.decide(domain, newest(engine.left(domain))!);
    proof = engine.propagate([domain]);
  }
  return proof;
}

/** What has one version left, then what was asked for, then what is locked, then what has the fewest versions left, then what was met first. */
function nextOf(engine: Engine, problem: Problem, budget: Budget): Domain | undefined {
  let best: { readonly domain: Domain; readonly rank: number } | undefined;
  for (const domain of engine.open()) {
    const left = engine.left(domain);
    budget.spend(left.length);
    const locked = lockedBit(domain, problem);
    const isKept = locked !== undefined && has(left, locked);
    const size = sizeOf(left);
    const rank = size === 1 ? 0 : problem.first?.has(domain.name) ? 1 : isKept ? 2 : 1 + size;
    const isBetter = best === undefined || rank < best.rank || (rank === best.rank && domain.index < best.domain.index);
    if (isBetter) best = { domain, rank };
  }
  return best?.domain;
}

/** What is locked if it is left, otherwise the newest. */
function preferred(domain: Domain, engine: Engine, problem: Problem): number {
  const locked = lockedBit(domain, problem);
  if (locked !== undefined && has(engine.left(domain), locked)) return locked;
  return newest(engine.left(domain))!;
}

function lockedBit(domain: Domain, { locked, first }: Problem): number | undefined {
  const version = first?.has(domain.name) ? undefined : locked?.get(domain.name);
  return version === undefined ? undefined : domain.bitOf(version);
}

function versionsOf(engine: Engine): ReadonlyMap<string, string> {
  const chosen = [...engine.chosen()].map(([domain, bit]) => [domain.name, domain.at(bit).version] as const);
  return new Map(chosen.sort(([a], [b]) => (a < b ? -1 : 1)));
}
