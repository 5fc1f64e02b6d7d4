import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { resolve } from '../../../src/registry/resolve/resolve.ts';
import type { Candidate, Fact, Offer, Problem } from '../../../src/registry/resolve/types.ts';
import { HOST, numbers, roots } from './support.ts';

const RANGES = ['*', '*', '>=1', '^1', '^2', '>=1.1.0', '<2', '1.0.0', '2.x || 1.0.x', '^3'];
const VERSIONS = ['1.0.0', '1.1.0', '2.0.0'];

interface Small {
  readonly problem: Problem;
  readonly offers: ReadonlyMap<string, Offer>;
}

/** Few plugins of few versions: everything that can be chosen can be tried. */
function small(seed: number): Small {
  const random = numbers(seed);
  const names = 'abcdef'.slice(0, 2 + random(5)).split('');
  const offers = new Map<string, Offer>();
  const range = (): string => RANGES[random(RANGES.length)]!;
  const some = (): { name: string; range: string }[] =>
    Array.from({ length: random(3) }, () => ({ name: names[random(names.length)]!, range: range() }));
  for (const name of names) {
    const candidates = VERSIONS.slice(0, random(10) === 0 ? 0 : 1 + random(3)).map((version): Candidate => ({
      version,
      dependencies: some(),
      minHost: random(12) === 0 ? '2.0.0' : undefined,
      platforms: random(12) === 0 ? ['win32'] : undefined,
      withdrawn: random(12) === 0 ? 'it was yanked' : undefined,
    }));
    // Whatever order a registry has them in.
    const shuffled = random(2) === 0 ? candidates : candidates.toReversed();
    offers.set(name, { kind: random(5) === 0 ? 'fixed' : 'registry', candidates: shuffled });
  }
  const wanted = names.slice(0, 1 + random(2)).map((name) => `${name}@${range()}`);
  const locked = new Map(names.filter(() => random(3) === 0).map((name) => [name, VERSIONS[random(3)]!]));
  const added = new Map(names.filter(() => random(6) === 0).map((name) => [name, some()]));
  const provider = (name: string): Offer => offers.get(name) ?? { kind: 'registry', candidates: [] };
  return { problem: { roots: roots(...wanted), provider, host: HOST, locked, added }, offers };
}

type Choice = ReadonlyMap<string, Candidate>;

function* everyChoice({ offers }: Small): Generator<Choice> {
  const names = [...offers.keys()];
  const options = names.map((name) => [undefined, ...(offers.get(name)?.candidates ?? [])]);
  const total = options.reduce((product, { length }) => product * length, 1);
  for (let code = 0; code < total; code++) {
    const choice = new Map<string, Candidate>();
    let rest = code;
    for (const [index, name] of names.entries()) {
      const candidate = options[index]![rest % options[index]!.length];
      rest = Math.floor(rest / options[index]!.length);
      if (candidate !== undefined) choice.set(name, candidate);
    }
    yield choice;
  }
}

/** What the world says of these plugins, each as its own test. */
function factsOf({ problem, offers }: Small): Fact[] {
  const facts: Fact[] = problem.roots.map((root) => ({ kind: 'root', root }));
  for (const [name, { candidates }] of offers) {
    for (const { dependencies, minHost, platforms, withdrawn, version } of candidates) {
      for (const on of dependencies) facts.push({ kind: 'depends', name, on, by: 'plugin' });
      if (minHost !== undefined) facts.push({ kind: 'unusable', name, why: { kind: 'min-host', bound: minHost } });
      if (platforms !== undefined) facts.push({ kind: 'unusable', name, why: { kind: 'platform', platforms } });
      if (withdrawn !== undefined && problem.locked?.get(name) !== version) {
        facts.push({ kind: 'unusable', name, why: { kind: 'withdrawn', reason: withdrawn } });
      }
    }
    for (const on of problem.added?.get(name) ?? []) facts.push({ kind: 'depends', name, on, by: 'config' });
  }
  return facts;
}

function fits({ offers }: Small, choice: Choice, name: string, range: string): boolean {
  const version = choice.get(name)?.version;
  const includePrerelease = offers.get(name)?.kind === 'fixed';
  return version !== undefined && semver.satisfies(version, range, { includePrerelease });
}

function needs({ problem }: Small, choice: Choice, name: string): string[] {
  const all = [...(choice.get(name)?.dependencies ?? []), ...(problem.added?.get(name) ?? [])];
  return choice.has(name) ? all.map((each) => each.name) : [];
}

function holds(given: Small, fact: Fact, choice: Choice): boolean {
  switch (fact.kind) {
    case 'root':
      return fits(given, choice, fact.root.name, fact.root.range);
    case 'depends': {
      const chosen = choice.get(fact.name);
      if (chosen === undefined) return true;
      const speaks =
        fact.by === 'config' ||
        chosen.dependencies.some(({ name, range }) => name === fact.on.name && range === fact.on.range);
      // That it depends on itself is the circle's fact.
      return !speaks || fact.on.name === fact.name || fits(given, choice, fact.on.name, fact.on.range);
    }
    case 'unusable': {
      const chosen = choice.get(fact.name);
      if (chosen === undefined) return true;
      if (fact.why.kind === 'min-host') return chosen.minHost === undefined;
      if (fact.why.kind === 'platform') return chosen.platforms === undefined;
      return chosen.withdrawn === undefined || given.problem.locked?.get(fact.name) === chosen.version;
    }
    default:
      return !fact.path.slice(1).every((next, index) => needs(given, choice, fact.path[index]!).includes(next));
  }
}

function isRound(given: Small, choice: Choice): boolean {
  const left = new Set(choice.keys());
  for (;;) {
    const free = [...left].filter((name) => !needs(given, choice, name).some((next) => left.has(next)));
    if (free.length === 0) return left.size > 0;
    for (const name of free) left.delete(name);
  }
}

function solutions(given: Small): Choice[] {
  const facts = factsOf(given);
  return [...everyChoice(given)].filter(
    (choice) => facts.every((fact) => holds(given, fact, choice)) && !isRound(given, choice),
  );
}

describe('resolve() of random problems', () => {
  const counts = { resolved: 0, conflict: 0 };

  test.each(Array.from({ length: 40 }, (_, batch) => [batch]))(
    'agrees with trying everything, batch %i',
    async (batch) => {
      for (let seed = batch * 50; seed < batch * 50 + 50; seed++) {
        const given = small(seed);
        const all = solutions(given);
        const found = await resolve(given.problem);
        if (found.kind === 'gave-up') throw new Error(`seed ${seed}: gave up`);
        counts[found.kind]++;
        expect({ seed, kind: found.kind }).toEqual({ seed, kind: all.length > 0 ? 'resolved' : 'conflict' });
        if (found.kind === 'resolved') assertSolution(seed, given, all, found.versions);
        else assertCore(seed, given, found.core);
      }
    },
  );

  test('are of both kinds', () => {
    expect(Math.min(counts.resolved, counts.conflict)).toBeGreaterThan(300);
  });

  test('take the newest of what is asked for first', async () => {
    for (let seed = 0; seed < 1_000; seed++) {
      const given = small(seed);
      const name = given.problem.roots[0]!.name;
      const found = await resolve({ ...given.problem, first: new Set([name]) });
      if (found.kind !== 'resolved') continue;
      const best = solutions(given).map((choice) => choice.get(name)!.version);
      expect({ seed, version: found.versions.get(name) }).toEqual({ seed, version: best.sort(semver.rcompare)[0] });
    }
  });

  test('keep a lock that is a solution, and have the same answer again', async () => {
    let kept = 0;
    for (let seed = 0; seed < 1_000; seed++) {
      const given = small(seed);
      const found = await resolve(given.problem);
      if (found.kind !== 'resolved') continue;
      const again = await resolve({ ...given.problem, locked: found.versions });
      expect({ seed, again: again.kind === 'resolved' && [...again.versions] }).toEqual({
        seed,
        again: [...found.versions],
      });
      kept++;
    }
    expect(kept).toBeGreaterThan(100);
  });

  test('of 40 plugins are all answered within the budget', async () => {
    const kinds = { resolved: 0, conflict: 0, 'gave-up': 0 };
    for (let seed = 0; seed < 300; seed++) kinds[(await resolve(large(seed))).kind]++;
    expect(kinds['gave-up']).toBe(0);
    expect(Math.min(kinds.resolved, kinds.conflict)).toBeGreaterThan(20);
  });
});

function assertSolution(
  seed: number,
  given: Small,
  all: readonly Choice[],
  versions: ReadonlyMap<string, string>,
): void {
  const isOne = all.some(
    (choice) =>
      choice.size === versions.size && [...choice].every(([name, { version }]) => versions.get(name) === version),
  );
  expect({ seed, versions: [...versions], isOne }).toEqual({ seed, versions: [...versions], isOne: true });
  const needed = new Set(given.problem.roots.map(({ name }) => name));
  const choice = new Map(
    [...versions].map(([name, version]) => [
      name,
      given.offers.get(name)!.candidates.find((each) => each.version === version)!,
    ]),
  );
  for (const name of needed) for (const next of needs(given, choice, name)) needed.add(next);
  expect({ seed, names: [...versions.keys()] }).toEqual({ seed, names: [...needed].sort() });
}

/** No choice satisfies all of it, and without any one of them some choice does. */
function assertCore(seed: number, given: Small, core: readonly Fact[]): void {
  const choices = [...everyChoice(given)];
  const possible = (facts: readonly Fact[]): boolean =>
    choices.some((choice) => facts.every((fact) => holds(given, fact, choice)));
  expect({ seed, core, possible: possible(core) }).toEqual({ seed, core, possible: false });
  for (const fact of core) {
    const rest = core.filter((other) => other !== fact);
    expect({ seed, core, without: fact, possible: possible(rest) }).toEqual({
      seed,
      core,
      without: fact,
      possible: true,
    });
  }
}

/** 40 plugins of up to 8 versions, dense enough that many need a long search. */
function large(seed: number): Problem {
  const random = numbers(seed + 77_000);
  const names = Array.from({ length: 40 }, (_, index) => `p${index}`);
  const offers = new Map<string, Offer>();
  for (const [at, name] of names.entries()) {
    const count = 2 + random(7);
    const candidates = Array.from({ length: count }, (_, index): Candidate => {
      const dependencies = Array.from({ length: random(5) }, () => {
        const low = 1 + random(6);
        // Mostly onwards, so that not every graph is a circle.
        const on = random(20) === 0 ? random(40) : Math.min(39, at + 1 + random(12));
        return { name: `p${on}`, range: random(3) === 0 ? `^${low}` : `>=${low} <${low + 1 + random(5)}` };
      });
      return {
        version: `${index + 1}.${random(3)}.0`,
        dependencies: dependencies.filter((each) => each.name !== name),
      };
    });
    offers.set(name, { kind: 'registry', candidates });
  }
  const wanted = Array.from({ length: 6 }, () => `p${random(12)}`);
  return { roots: roots(...new Set(wanted)), provider: (name) => offers.get(name)!, host: HOST };
}
