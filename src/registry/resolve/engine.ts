import type { Budget } from './budget.ts';
import { ABSENT, difference, has, isApart, isNone, isSame, isWithin, single, type Choices } from './choices.ts';
import { resolveOn, type Clause } from './clause.ts';
import type { Domain } from './domain.ts';

/** What is left of one plugin at this point of the search. */
interface Cell {
  readonly domain: Domain;
  readonly clauses: Clause[];
  readonly steps: Assignment[];
  left: Choices;
  decided: number | undefined;
}

interface Assignment {
  readonly cell: Cell;
  readonly before: Choices;
  readonly after: Choices;
  readonly level: number;
  /** In the trail. */
  readonly place: number;
  /** Undefined: it was decided. */
  readonly cause: Clause | undefined;
}

/**
 * The search: propagates, learns from each conflict and jumps back to where it can matter (PubGrub, which is
 * conflict-driven clause learning). Knows nothing of versions: clauses over choices go in, and choices come out.
 */
export class Engine {
  readonly #cells = new Map<Domain, Cell>();
  readonly #open = new Set<Cell>();
  readonly #trail: Assignment[] = [];
  readonly #budget: Budget;
  #level = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  add(clause: Clause): void {
    for (const domain of clause.terms.keys()) this.#cell(domain).clauses.push(clause);
  }

  left(domain: Domain): Choices {
    return this.#cell(domain).left;
  }

  decided(domain: Domain): number | undefined {
    return this.#cell(domain).decided;
  }

  /** Plugins that must be there and have no version yet. */
  *open(): Generator<Domain> {
    for (const { domain } of this.#open) yield domain;
  }

  /** Plugins with their versions' bits. */
  *chosen(): Generator<readonly [Domain, number]> {
    for (const { domain, decided } of this.#cells.values()) if (decided !== undefined) yield [domain, decided];
  }

  /** Choosing what alone is left opens no level: there is nothing to jump back from. */
  decide(domain: Domain, bit: number): void {
    const cell = this.#cell(domain);
    const only = single(cell.left, bit);
    if (!isSame(only, cell.left)) this.#level++;
    this.#assign(cell, only, undefined);
    cell.decided = bit;
    this.#open.delete(cell);
  }

  /** Draws all conclusions. What it returns is the proof that there is no solution. @throws BudgetSpent */
  propagate(changed: Iterable<Domain>): Clause | undefined {
    const queue = new Set<Cell>();
    for (const domain of changed) queue.add(this.#cell(domain));
    for (const cell of queue) {
      queue.delete(cell);
      const violated = this.#conclude(cell, queue);
      if (violated === undefined) continue;
      const learned = this.#learn(violated);
      if (learned.terms.size === 0) return learned;
      const rest = this.#stateOf(learned);
      // After the jump exactly one of its plugins is left that can avoid it.
      if (typeof rest === 'string') throw new Error(`a learned clause is ${rest}`);
      queue.clear();
      queue.add(this.#exclude(rest, learned));
    }
    return undefined;
  }

  /** All that follows from what is left of one plugin; a clause that is violated ends it. */
  #conclude(cell: Cell, queue: Set<Cell>): Clause | undefined {
    for (let index = cell.clauses.length - 1; index >= 0; index--) {
      const clause = cell.clauses[index]!;
      const state = this.#stateOf(clause);
      if (state === 'violated') return clause;
      if (state !== 'open') queue.add(this.#exclude(state, clause));
    }
    return undefined;
  }

  /** The one cell that alone can still avoid it; `violated` when none can; `open` when it is avoided or more can. */
  #stateOf(clause: Clause): Cell | 'violated' | 'open' {
    let free: Cell | undefined;
    for (const [domain, set] of clause.terms) {
      this.#budget.spend(set.length);
      const cell = this.#cell(domain);
      if (isWithin(cell.left, set)) continue;
      if (free !== undefined || isApart(cell.left, set)) return 'open';
      free = cell;
    }
    return free ?? 'violated';
  }

  #exclude(cell: Cell, clause: Clause): Cell {
    this.#assign(cell, difference(cell.left, clause.terms.get(cell.domain)!), clause);
    return cell;
  }

  /** Resolves a violated clause with what led to it, until it says something about an earlier level; jumps back there. */
  #learn(violated: Clause): Clause {
    let clause = violated;
    while (clause.terms.size > 0) {
      const { satisfier, others } = this.#lastSatisfier(clause);
      if (satisfier.cause === undefined || others < satisfier.level) {
        this.#jump(others);
        if (clause !== violated) this.add(clause);
        return clause;
      }
      clause = resolveOn(satisfier.cell.domain, clause, satisfier.cause);
    }
    return clause;
  }

  /** The step that made the clause violated, and the highest level of what made its other terms hold. */
  #lastSatisfier(clause: Clause): { readonly satisfier: Assignment; readonly others: number } {
    let satisfier: Assignment | undefined;
    let others = 0;
    for (const [domain, set] of clause.terms) {
      const { steps } = this.#cell(domain);
      const first = steps.find((step) => {
        this.#budget.spend(set.length);
        return isWithin(step.after, set);
      });
      if (first === undefined) throw new Error('a violated clause is not satisfied');
      if (satisfier === undefined || first.place > satisfier.place) {
        others = Math.max(others, satisfier?.level ?? 0);
        satisfier = first;
      } else others = Math.max(others, first.level);
    }
    return { satisfier: satisfier!, others };
  }

  #assign(cell: Cell, after: Choices, cause: Clause | undefined): void {
    this.#budget.spend(after.length);
    if (isNone(after)) throw new Error('nothing is left of a plugin');
    const step = { cell, before: cell.left, after, level: this.#level, place: this.#trail.length, cause };
    cell.left = after;
    if (cell.decided === undefined && !has(after, ABSENT)) this.#open.add(cell);
    cell.steps.push(step);
    this.#trail.push(step);
  }

  #jump(level: number): void {
    while ((this.#trail.at(-1)?.level ?? 0) > level) {
      const { cell, before } = this.#trail.pop()!;
      cell.steps.pop();
      cell.left = before;
      // A plugin that is decided takes no further step: this one decided it, or came before that.
      cell.decided = undefined;
      if (has(before, ABSENT)) this.#open.delete(cell);
      else this.#open.add(cell);
    }
    this.#level = level;
  }

  #cell(domain: Domain): Cell {
    const known = this.#cells.get(domain);
    if (known !== undefined) return known;
    const cell: Cell = { domain, clauses: [], steps: [], left: domain.full, decided: undefined };
    this.#cells.set(domain, cell);
    return cell;
  }
}
