import { intersection, isNone, isSame, union, type Choices } from './choices.ts';
import type { Domain } from './domain.ts';
import type { Fact } from './types.ts';

/**
 * What must not be: each plugin of `terms` being something of its set, all at the same time. PubGrub calls it an
 * incompatibility. Without terms it says that there is no solution.
 */
export interface Clause {
  readonly terms: ReadonlyMap<Domain, Choices>;
  /** What the world says, or the two it follows from. */
  readonly because: Fact | readonly [Clause, Clause];
}

/** A clause that a fact states; undefined where it forbids nothing. */
export function clauseOf(fact: Fact, terms: readonly (readonly [Domain, Choices])[]): Clause | undefined {
  const merged = new Map<Domain, Choices>();
  for (const [domain, set] of terms) {
    const known = merged.get(domain);
    merged.set(domain, known === undefined ? set : intersection(known, set));
  }
  if ([...merged.values()].some(isNone)) return undefined;
  return { terms: withoutFull(merged), because: fact };
}

/** What follows from two clauses whatever `domain` is: the rule of resolution. */
export function resolveOn(domain: Domain, a: Clause, b: Clause): Clause {
  const terms = new Map(a.terms);
  for (const [other, set] of b.terms) {
    const known = terms.get(other);
    if (known === undefined) terms.set(other, set);
    else terms.set(other, other === domain ? union(known, set) : intersection(known, set));
  }
  return { terms: withoutFull(terms), because: [a, b] };
}

/** Both it was derived from; undefined for what a fact states. */
export function parentsOf({ because }: Clause): readonly [Clause, Clause] | undefined {
  return isDerived(because) ? because : undefined;
}

export function factOf({ because }: Clause): Fact | undefined {
  return isDerived(because) ? undefined : because;
}

/** The facts' own clauses that a derivation rests on, in the order it names them. */
export function factsUnder(clause: Clause): Clause[] {
  const seen = new Set<Clause>();
  const facts: Clause[] = [];
  const open = [clause];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const parents = parentsOf(next);
    if (parents === undefined) facts.push(next);
    else open.push(parents[1], parents[0]);
  }
  return facts;
}

function isDerived(because: Clause['because']): because is readonly [Clause, Clause] {
  return Array.isArray(because);
}

function withoutFull(terms: ReadonlyMap<Domain, Choices>): ReadonlyMap<Domain, Choices> {
  return new Map([...terms].filter(([domain, set]) => !isSame(set, domain.full)));
}
