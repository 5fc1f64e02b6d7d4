import semver from 'semver';
import type { Budget } from './budget.ts';
import { allChoices, noChoices, put, type Choices } from './choices.ts';
import type { Candidate, Offer } from './types.ts';

/** Steps that testing one version against one range costs at least: a long range costs one for each of its comparators. */
const TEST_COST = 4;

/** One plugin's name and all that it could be. */
export class Domain {
  readonly name: string;
  readonly offer: Offer;
  /** Newest first; bit i of a set is `versions[i - 1]`. */
  readonly versions: readonly Candidate[];
  /** Every version, and "not chosen". */
  readonly full: Choices;
  readonly none: Choices;
  /** Order in which names were met. */
  readonly index: number;
  readonly #parsed: readonly semver.SemVer[];
  readonly #bits: ReadonlyMap<string, number>;
  readonly #matching = new Map<string, Choices>();
  #dependents: Map<string, Choices> | undefined;

  constructor(name: string, offer: Offer, index: number) {
    this.name = name;
    this.offer = offer;
    this.index = index;
    const unique = new Map(offer.candidates.toReversed().map((each) => [each.version, each]));
    const sorted = [...unique.values()]
      .map((candidate) => ({ candidate, parsed: new semver.SemVer(candidate.version) }))
      .sort((a, b) => semver.compareBuild(b.parsed, a.parsed));
    this.versions = sorted.map(({ candidate }) => candidate);
    this.#parsed = sorted.map(({ parsed }) => parsed);
    this.#bits = new Map(sorted.map(({ candidate }, index) => [candidate.version, index + 1]));
    this.full = allChoices(this.versions.length);
    this.none = noChoices(this.versions.length);
  }

  /** The versions in a range. */
  matching(range: string, budget?: Budget): Choices {
    const known = this.#matching.get(range);
    if (known !== undefined) return known;
    const options = { includePrerelease: this.offer.kind === 'fixed' };
    const set = noChoices(this.versions.length);
    // A range that is none has no version in it.
    const parsed = semver.validRange(range) === null ? undefined : new semver.Range(range, options);
    const comparators = parsed?.set.reduce((sum, each) => sum + each.length, 0) ?? 0;
    budget?.spend(Math.max(TEST_COST, comparators) * (this.versions.length + 1));
    if (parsed !== undefined) {
      for (const [index, version] of this.#parsed.entries()) if (parsed.test(version)) put(set, index + 1);
    }
    this.#matching.set(range, set);
    return set;
  }

  /** Ranges that were asked about, with what is in them. */
  get ranges(): ReadonlyMap<string, Choices> {
    return this.#matching;
  }

  /** The versions that declare this very dependency. */
  declaring(name: string, range: string): Choices {
    this.#dependents ??= this.#readDependents();
    return this.#dependents.get(`${name}@${range}`) ?? this.none;
  }

  /** The versions of which something holds. */
  where(holds: (candidate: Candidate) => boolean): Choices {
    const set = noChoices(this.versions.length);
    for (const [index, candidate] of this.versions.entries()) if (holds(candidate)) put(set, index + 1);
    return set;
  }

  bitOf(version: string): number | undefined {
    return this.#bits.get(version);
  }

  at(bit: number): Candidate {
    return this.versions[bit - 1]!;
  }

  #readDependents(): Map<string, Choices> {
    const found = new Map<string, Choices>();
    for (const [index, { dependencies }] of this.versions.entries()) {
      for (const { name, range } of dependencies) {
        const key = `${name}@${range}`;
        let set = found.get(key);
        if (set === undefined) found.set(key, (set = noChoices(this.versions.length)));
        put(set, index + 1);
      }
    }
    return found;
  }
}
