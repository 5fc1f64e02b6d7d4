import semver from 'semver';
import type { Dependency } from '../../contract/dependency.ts';
import type { Budget } from './budget.ts';
import { ABSENT, difference, noChoices, put, single, type Choices } from './choices.ts';
import { clauseOf, type Clause } from './clause.ts';
import { Domain } from './domain.ts';
import type { Candidate, Fact, HostFacts, Problem, Root, Unusable } from './types.ts';

/** Steps that looking at one version, or at one of its dependencies, costs. */
const READ_COST = 2;

/** What is known of the plugins that the search has met, and what it says, as clauses. */
export class World {
  readonly domains = new Map<string, Domain>();
  readonly #problem: Problem;
  readonly #budget: Budget;
  readonly #stated = new Set<string>();
  #fresh: Clause[] = [];
  #opened: Domain[] = [];

  constructor(problem: Problem, budget: Budget) {
    this.#problem = problem;
    this.#budget = budget;
  }

  /** What was said and which plugins were met since the last call. */
  take(): { readonly clauses: readonly Clause[]; readonly opened: readonly Domain[] } {
    const taken = { clauses: this.#fresh, opened: this.#opened };
    this.#fresh = [];
    this.#opened = [];
    return taken;
  }

  async open(name: string): Promise<Domain> {
    const known = this.domains.get(name);
    if (known !== undefined) return known;
    this.#problem.signal?.throwIfAborted();
    const offer = await this.#problem.provider(name);
    const parts = offer.candidates.reduce((sum, { dependencies }) => sum + 1 + dependencies.length, 1);
    this.#budget.spend(parts * READ_COST);
    const domain = new Domain(name, offer, this.domains.size);
    this.domains.set(name, domain);
    this.#opened.push(domain);
    this.#stateUnusable(domain);
    return domain;
  }

  async require(root: Root): Promise<void> {
    const domain = await this.open(root.name);
    this.#state({ kind: 'root', root }, [[domain, without(domain, domain.matching(root.range, this.#budget))]]);
  }

  /** What this version depends on, said for every version that depends on the same. */
  async requireDependencies(domain: Domain, bit: number): Promise<void> {
    for (const on of domain.at(bit).dependencies) await this.#depend(domain, on, 'plugin');
    for (const on of this.#problem.added?.get(domain.name) ?? []) await this.#depend(domain, on, 'config');
  }

  /** Plugins along `path`, which ends where it begins, cannot all depend on the next one. */
  forbidCycle(path: readonly Domain[]): void {
    const steps = path
      .slice(0, -1)
      .map((domain, index) => [domain, this.#dependingOn(domain, path[index + 1]!)] as const);
    this.#state({ kind: 'cycle', path: path.map(({ name }) => name) }, steps);
  }

  /** Names that a version needs, by itself and by the config. */
  needs(domain: Domain, bit: number): string[] {
    const all = [...domain.at(bit).dependencies, ...(this.#problem.added?.get(domain.name) ?? [])];
    return all.map(({ name }) => name);
  }

  async #depend(domain: Domain, on: Dependency, by: 'plugin' | 'config'): Promise<void> {
    const isOwn = on.name === domain.name;
    const key = isOwn ? domain.name : `${domain.name} ${by} ${on.name}@${on.range}`;
    if (this.#stated.has(key)) return;
    this.#stated.add(key);
    if (isOwn) return this.forbidCycle([domain, domain]);
    const versions = by === 'config' ? present(domain) : domain.declaring(on.name, on.range);
    const target = await this.open(on.name);
    const fitting = target.matching(on.range, this.#budget);
    this.#state({ kind: 'depends', name: domain.name, on, by }, [
      [domain, versions],
      [target, without(target, fitting)],
    ]);
  }

  #dependingOn(domain: Domain, on: Domain): Choices {
    if (this.#problem.added?.get(domain.name)?.some(({ name }) => name === on.name)) return present(domain);
    this.#budget.spend(domain.versions.length * READ_COST);
    return domain.where(({ dependencies }) => dependencies.some(({ name }) => name === on.name));
  }

  #stateUnusable(domain: Domain): void {
    const { host, locked } = this.#problem;
    const keys = new Map<string, { readonly why: Unusable; readonly set: Choices }>();
    for (const [index, candidate] of domain.versions.entries()) {
      for (const why of unusable(candidate, host, locked?.get(domain.name) === candidate.version)) {
        const key = JSON.stringify(why);
        if (!keys.has(key)) {
          this.#budget.spend(domain.full.length);
          keys.set(key, { why, set: noChoices(domain.versions.length) });
        }
        put(keys.get(key)!.set, index + 1);
      }
    }
    for (const { why, set } of keys.values())
      this.#state({ kind: 'unusable', name: domain.name, why }, [[domain, set]]);
  }

  #state(fact: Fact, terms: readonly (readonly [Domain, Choices])[]): void {
    const clause = clauseOf(fact, terms);
    if (clause !== undefined) this.#fresh.push(clause);
  }
}

function* unusable(candidate: Candidate, host: HostFacts, isLocked: boolean): Generator<Unusable> {
  const { minHost, maxHost, platforms, withdrawn, refused } = candidate;
  if (minHost !== undefined && semver.lt(host.version, minHost)) yield { kind: 'min-host', bound: minHost };
  if (maxHost !== undefined && semver.gt(host.version, maxHost)) yield { kind: 'max-host', bound: maxHost };
  if (platforms !== undefined && platforms.length > 0 && !runsOn(platforms, host))
    yield { kind: 'platform', platforms };
  if (refused !== undefined) yield { kind: 'refused', reason: refused };
  if (withdrawn !== undefined && !isLocked) yield { kind: 'withdrawn', reason: withdrawn };
}

function runsOn(platforms: readonly string[], { platform, arch }: HostFacts): boolean {
  return [platform, `${platform}-${arch}`, 'any'].some((here) => platforms.includes(here));
}

/** Everything but these: also "not chosen". */
function without(domain: Domain, set: Choices): Choices {
  return difference(domain.full, set);
}

/** Any version. */
function present(domain: Domain): Choices {
  return difference(domain.full, single(domain.full, ABSENT));
}
