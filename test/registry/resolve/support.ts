import { parseDependency, type Dependency } from '../../../src/contract/dependency.ts';
import type { Candidate, HostFacts, Offer, Problem, Provider, Root } from '../../../src/registry/resolve/types.ts';

export const HOST: HostFacts = { version: '1.0.0', platform: 'linux', arch: 'x64' };

/** `core@^1` and so on; a version with more than dependencies is an object. */
export type Catalogue = Readonly<
  Record<
    string,
    Readonly<Record<string, readonly string[] | (Omit<Partial<Candidate>, 'dependencies'> & { needs?: string[] })>>
  >
>;

export function dependency(text: string): Dependency {
  const parsed = parseDependency(text);
  if (parsed === undefined) throw new Error(`${text} is no dependency`);
  return parsed;
}

export function offerOf(versions: Catalogue[string], more: Partial<Offer> = {}): Offer {
  const candidates = Object.entries(versions).map(([version, what]): Candidate => {
    if (isList(what)) return { version, dependencies: what.map(dependency) };
    const { needs = [], ...rest } = what;
    return { version, ...rest, dependencies: needs.map(dependency) };
  });
  return { kind: 'registry', candidates, absent: 'no registry has it', ...more };
}

/** A registry that has these versions, and plugins of paths that come in one. */
export function offering(catalogue: Catalogue, fixed: Catalogue = {}): Provider {
  return (name) => {
    const local = Object.hasOwn(fixed, name) ? fixed[name] : undefined;
    if (local !== undefined) return offerOf(local, { kind: 'fixed', from: `./${name}` });
    return offerOf(Object.hasOwn(catalogue, name) ? catalogue[name]! : {});
  };
}

export function roots(...texts: string[]): Root[] {
  return texts.map((text) => ({ ...dependency(text), by: 'the config asks for' }));
}

export function problem(wanted: readonly string[], provider: Provider, more: Partial<Problem> = {}): Problem {
  return { roots: roots(...wanted), provider, host: HOST, ...more };
}

/** The same numbers from the same seed, so that what fails can be run again. */
export function numbers(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function isList(what: Catalogue[string][string]): what is readonly string[] {
  return Array.isArray(what);
}
