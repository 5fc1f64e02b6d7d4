import semver from 'semver';
import { printable } from '../../core/text.ts';
import { ABSENT, difference, has, isNone, isSame, sizeOf, versionsIn, type Choices } from './choices.ts';
import { factOf, type Clause } from './clause.ts';
import type { Domain } from './domain.ts';
import type { Fact, HostFacts, Unusable } from './types.ts';

const MAX_RUNS = 3;
const MAX_NAMED = 5;
const MAX_LISTED = 8;
const MAX_WORD = 120;

/** Facts and conclusions as sentences without their full stop, printable. */
export class Words {
  readonly #domains: ReadonlyMap<string, Domain>;
  readonly #host: HostFacts;

  constructor(domains: ReadonlyMap<string, Domain>, host: HostFacts) {
    this.#domains = domains;
    this.#host = host;
  }

  clause(clause: Clause): string {
    const fact = factOf(clause);
    if (fact !== undefined) return this.fact(fact, clause);
    if (clause.terms.size === 0) return 'there is no solution';
    const together: string[] = [];
    const needed: string[] = [];
    for (const [domain, set] of clause.terms) {
      if (has(set, ABSENT)) needed.push(versions(domain, difference(domain.full, set)));
      else together.push(versions(domain, set));
    }
    const all = listed(together, 'and');
    if (needed.length === 0) return together.length === 1 ? `${all} cannot be used` : `${all} do not go together`;
    const one = listed(needed, 'or');
    if (together.length === 0) return `${one} is needed`;
    return together.length === 1 ? `${all} needs ${one}` : `${all} together need ${one}`;
  }

  /** Two reasons as one: `the config asks for alpha ^1 and beta ^2`. */
  both(a: Clause, b: Clause, toldA: string, toldB: string): string {
    const [first, second] = [factOf(a), factOf(b)];
    const isOne = first?.kind === 'root' && second?.kind === 'root' && first.root.by === second.root.by;
    if (!isOne) return `${this.clause(a)}${toldA} and ${this.clause(b)}${toldB}`;
    return `${this.clause(a)} and ${this.#wanted(second.root.name, second.root.range)}`;
  }

  fact(fact: Fact, clause: Clause): string {
    switch (fact.kind) {
      case 'root': {
        const { name, range, by } = fact.root;
        return `${by} ${this.#wanted(name, range)}`;
      }
      case 'depends': {
        const wanted = this.#wanted(fact.on.name, fact.on.range);
        if (fact.by === 'config') return `the config lets ${fact.name} depend on ${wanted}`;
        return `${this.#subject(fact.name, clause)} depends on ${wanted}`;
      }
      case 'unusable':
        return `${this.#subject(fact.name, clause)} ${this.#unusable(fact.why)}`;
      default: {
        const path = fact.path.join(' -> ');
        if (fact.path.length === 2) return `${this.#subject(fact.path[0]!, clause)} depends on itself`;
        const names = [...new Set(fact.path)].map((name) => this.#subject(name, clause));
        return `${listed(names, 'and')} depend on each other: ${short(path, 2_000)}`;
      }
    }
  }

  /** The versions of a plugin that a fact speaks of. */
  #subject(name: string, { terms }: Clause): string {
    const domain = this.#domains.get(name);
    const set = domain && terms.get(domain);
    if (domain === undefined || set === undefined) return name;
    return isAll(domain, set) && domain.versions.length > 1 ? `every version of ${name}` : versions(domain, set);
  }

  /** `core ^1`, and why that cannot be had where it cannot. */
  #wanted(name: string, range: string): string {
    const domain = this.#domains.get(name);
    const text = range === '*' || range === '' ? name : `${name} ${short(range)}`;
    if (domain === undefined || !isNone(domain.matching(range))) return withOrigin(text, domain);
    if (domain.versions.length === 0) return `${text} (${short(domain.offer.absent ?? 'nobody offers it', 500)})`;
    return `${text} (there is only ${thereIs(domain, range)})`;
  }

  #unusable(why: Unusable): string {
    switch (why.kind) {
      case 'min-host':
        return `needs version ${short(why.bound)} of the host or newer (this is ${this.#host.version})`;
      case 'max-host':
        return `supports the host up to version ${short(why.bound)} (this is ${this.#host.version})`;
      case 'platform':
        return `runs on ${short(why.platforms.join(', '))} (this is ${this.#host.platform}-${this.#host.arch})`;
      default:
        return `cannot be used: ${short(why.reason, 500)}`;
    }
  }
}

/** `core ^1`, `core 1.2.0`, `core 1.0.0 to 1.4.0`; the name alone for every version. */
function versions(domain: Domain, set: Choices): string {
  if (domain.versions.length > 1 && isAll(domain, set)) return domain.name;
  const bits = [...versionsIn(set)];
  if (bits.length === 1) return `${domain.name} ${domain.at(bits[0]!).version}`;
  for (const [range, known] of domain.ranges) if (isSame(known, set)) return `${domain.name} ${short(range)}`;
  return `${domain.name} ${bitsText(domain, bits)}`;
}

/** What there is where a range has no version in it. */
function thereIs(domain: Domain, range: string): string {
  const bits = [...versionsIn(domain.full)];
  const from = domain.offer.from === undefined ? '' : ` in ${short(domain.offer.from)}`;
  const oldest = domain.at(bits.at(-1)!).version;
  const text =
    bits.length <= MAX_NAMED
      ? listed(
          bits.toReversed().map((bit) => short(domain.at(bit).version)),
          'and',
        )
      : `${short(oldest)} to ${short(domain.at(1).version)}`;
  const wide = semver.validRange(range) === null ? null : new semver.Range(range, { includePrerelease: true });
  const isPrerelease = domain.versions.some(({ version }) => wide?.test(version));
  return `${text}${from}${isPrerelease ? '; a range must name a prerelease to take it' : ''}`;
}

/** `bits` ascend: from the newest version on; said from the oldest on. */
function bitsText(domain: Domain, bits: readonly number[]): string {
  const runs: { newest: number; oldest: number }[] = [];
  for (const bit of bits) {
    const last = runs.at(-1);
    if (last?.oldest === bit - 1) last.oldest = bit;
    else runs.push({ newest: bit, oldest: bit });
  }
  const version = (bit: number): string => short(domain.at(bit).version);
  const texts = runs.toReversed().flatMap(({ newest, oldest }) => {
    if (newest === oldest) return [version(newest)];
    return oldest - newest === 1 ? [version(oldest), version(newest)] : [`${version(oldest)} to ${version(newest)}`];
  });
  if (texts.length <= MAX_RUNS) return listed(texts, 'and');
  return `${texts.slice(0, MAX_RUNS).join(', ')} and ${texts.length - MAX_RUNS} more`;
}

function withOrigin(text: string, domain: Domain | undefined): string {
  const { kind, from } = domain?.offer ?? {};
  if (kind !== 'fixed' || domain === undefined) return text;
  const version = domain.versions[0]?.version;
  const named = text === domain.name && version !== undefined ? `${text} ${short(version)}` : text;
  return from === undefined ? named : `${named} (${short(from)})`;
}

function isAll(domain: Domain, set: Choices): boolean {
  return sizeOf(set) - (has(set, ABSENT) ? 1 : 0) === domain.versions.length;
}

function listed(all: readonly string[], word: 'and' | 'or'): string {
  const more = all.length - MAX_LISTED;
  const texts = more > 1 ? [...all.slice(0, MAX_LISTED), `${more} more`] : all;
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} ${word} ${texts.at(-1)}`;
}

function short(text: string, max = MAX_WORD): string {
  return printable(text, { max });
}
