import { PluginError } from '../core/errors.ts';
import type { Dependency } from '../contract/dependency.ts';
import { resolve } from '../registry/resolve/resolve.ts';
import type { Conflict, Resolution, Root } from '../registry/resolve/types.ts';
import { conflictError, gaveUp } from './conflict.ts';
import { dependenciesOf, offerOf, specifierOf, type Brought, type OfferOptions, type Wanted } from './offers.ts';
import type { Place } from './place.ts';

export interface ChooseOptions extends OfferOptions {
  /** Asked for by name: the newest they can be. */
  readonly first: ReadonlySet<string>;
  /** The one that is being added. */
  readonly adding?: string | undefined;
}

export interface Chosen {
  /** By name, of all that is needed. */
  readonly versions: ReadonlyMap<string, string>;
  /** Where names come from that the config does not have yet. */
  readonly brought: ReadonlyMap<string, Place>;
}

/**
 * One version for each plugin (SPEC B4, G4). What is locked stays where it can, and no index is read for it unless something
 * speaks against it. A conflict between plugins none of which is to be chosen now is a warning: a start refuses them, and only them.
 * @throws ERR_INCOMPATIBLE, ERR_DEPENDENCY_MISSING, ERR_DEPENDENCY_CYCLE, ERR_RESOLUTION_LIMIT
 */
export async function chooseVersions(options: ChooseOptions): Promise<Chosen> {
  const left = new Map(options.wanted);
  for (;;) {
    const brought: Brought = new Map();
    let found = await attempt([...left.values()], true, brought, options);
    if (found.kind === 'conflict') found = await attempt([...left.values()], false, brought, options);
    if (found.kind === 'resolved') return { versions: found.versions, brought };
    if (found.kind === 'gave-up') throw gaveUp(found.budget, options.adding);
    const involved = rootsIn(found);
    if (involved.some((name) => isOpen(name, options))) throw conflictError(found, options.adding);
    for (const name of involved) left.delete(name);
    options.context.logger.log(
      'warn',
      'plugins that are locked do not fit together: a start will refuse some of them',
      {
        plugins: involved.join(', '),
        cause: found.reasons.join(' '),
      },
    );
  }
}

function isOpen(name: string, { wanted, adding }: ChooseOptions): boolean {
  return name === adding || wanted.get(name)?.open === true;
}

function rootsIn({ core }: Conflict): string[] {
  return core.flatMap((fact) => (fact.kind === 'root' ? [fact.root.name] : []));
}

async function attempt(
  wanted: readonly Wanted[],
  standing: boolean,
  brought: Brought,
  options: ChooseOptions,
): Promise<Resolution> {
  const { context, first, rebind, lock, signal } = options;
  const known = wanted.filter(({ place, entry }) => place.kind === 'registry' || entry !== undefined);
  const locked = new Map(Object.entries(lock.plugins).map(([name, { metadata }]) => [name, metadata.version]));
  const added = new Map<string, readonly Dependency[]>(
    known.map(({ name, dependencies }) => [name, dependenciesOf(dependencies, options)]),
  );
  return resolve({
    roots: known.map((each) => rootOf(each, options)),
    provider: (name) => offerOf(name, standing, brought, options),
    added,
    locked: rebind ? new Map() : locked,
    first,
    host: context.host,
    signal,
  });
}

function rootOf({ name, place }: Wanted, { context, adding }: ChooseOptions): Root {
  if (name === adding) return { name, range: specifierOf(place, context)?.range ?? '*', by: 'you ask for' };
  if (place.kind !== 'registry') return { name, range: '*', by: 'the config has' };
  const range = specifierOf(place, context)?.range;
  if (range === undefined) throw new PluginError('ERR_INTERNAL', `Cannot resolve "${name}": its source has no range`);
  return { name, range, by: 'the config asks for' };
}
