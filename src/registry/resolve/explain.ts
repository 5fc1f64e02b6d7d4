import { parentsOf, factsUnder, type Clause } from './clause.ts';
import type { Words } from './words.ts';

/** Longer proofs are told as the list of their facts. */
const MAX_LINES = 24;
const MAX_FACTS = 12;

/**
 * A proof as sentences, each of which follows from facts and from sentences before it: the way PubGrub tells it. The
 * number in brackets is that of a line, from 1.
 */
export function explain(proof: Clause, words: Words): string[] {
  const lines = parentsOf(proof) === undefined ? [`${capital(words.clause(proof))}.`] : new Teller(words).tell(proof);
  return lines ?? factList(proof, words);
}

/** Who tells nothing twice. */
class Teller {
  readonly #words: Words;
  readonly #lines: string[] = [];
  readonly #told = new Map<Clause, number>();
  readonly #uses = new Map<Clause, number>();

  constructor(words: Words) {
    this.#words = words;
  }

  /** Undefined where it would be too long. */
  tell(proof: Clause): string[] | undefined {
    this.#count(proof);
    if (this.#uses.size > 4 * MAX_LINES) return undefined;
    this.#visit(proof);
    return this.#lines.length > MAX_LINES ? undefined : this.#lines;
  }

  #count(proof: Clause): void {
    const open = [proof];
    for (let clause = open.pop(); clause !== undefined; clause = open.pop()) {
      const uses = (this.#uses.get(clause) ?? 0) + 1;
      this.#uses.set(clause, uses);
      if (uses === 1) open.push(...(parentsOf(clause) ?? []));
    }
  }

  #visit(clause: Clause, alone = false): void {
    const [a, b] = parentsOf(clause)!;
    if (isFact(a) && isFact(b)) this.#say(clause, [a, b], 'Because');
    else if (isFact(a)) this.#visitOne(clause, b, a, alone);
    else if (isFact(b)) this.#visitOne(clause, a, b, alone);
    else this.#visitBoth(clause, a, b, alone);
  }

  #visitOne(clause: Clause, derived: Clause, fact: Clause, alone: boolean): void {
    if (this.#told.has(derived)) return this.#say(clause, [fact, derived], 'Because');
    const inner = this.#collapsible(derived);
    if (inner === undefined) {
      this.#visit(derived);
      return this.#say(clause, [fact], this.#link(clause, alone));
    }
    this.#visit(inner.derived);
    this.#say(clause, [inner.fact, fact], this.#link(clause, alone));
  }

  #visitBoth(clause: Clause, a: Clause, b: Clause, alone: boolean): void {
    const told = [a, b].filter((each) => this.#told.has(each));
    if (told.length === 2) return this.#say(clause, [a, b], 'Because');
    if (told.length === 1) {
      this.#visit(told[0] === a ? b : a);
      return this.#say(clause, [told[0]!], this.#link(clause, alone));
    }
    const [first, last] = isShort(a) ? [b, a] : [a, b];
    this.#visit(first, true);
    this.#visit(last);
    this.#say(clause, [first], this.#link(clause, alone));
  }

  /** What is used once and follows from one fact and one derived clause needs no sentence of its own. */
  #collapsible(clause: Clause): { readonly derived: Clause; readonly fact: Clause } | undefined {
    if ((this.#uses.get(clause) ?? 0) > 1) return undefined;
    const [a, b] = parentsOf(clause)!;
    if (isFact(a) === isFact(b)) return undefined;
    const [derived, fact] = isFact(a) ? [b, a] : [a, b];
    return this.#told.has(derived) ? undefined : { derived, fact };
  }

  #link(clause: Clause, alone: boolean): string {
    return alone || clause.terms.size === 0 ? 'So, because' : 'And because';
  }

  #say(clause: Clause, because: readonly [Clause, Clause?], link: string): void {
    const place = (each: Clause): string => (this.#told.has(each) ? ` (${this.#told.get(each)})` : '');
    const [a, b] = because;
    const reasons =
      b === undefined ? `${this.#words.clause(a)}${place(a)}` : this.#words.both(a, b, place(a), place(b));
    const lead = link === 'Because' && clause.terms.size === 0 && this.#lines.length > 0 ? 'So, because' : link;
    this.#lines.push(`${lead} ${reasons}, ${this.#words.clause(clause)}.`);
    this.#told.set(clause, this.#lines.length);
  }
}

function factList(proof: Clause, words: Words): string[] {
  const facts = factsUnder(proof);
  const shown = facts.slice(0, MAX_FACTS).map((fact) => `${capital(words.clause(fact))}.`);
  const more = facts.length - shown.length;
  return [...shown, more === 0 ? 'These cannot all hold.' : `These and ${more} more such reasons cannot all hold.`];
}

function isFact(clause: Clause): boolean {
  return parentsOf(clause) === undefined;
}

/** It follows from two facts. */
function isShort(clause: Clause): boolean {
  return parentsOf(clause)!.every(isFact);
}

function capital(text: string): string {
  // A name begins as it is written.
  return /^(?:the|you|every) /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
