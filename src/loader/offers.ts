/**
 * What the resolver may choose from: versions that registries offer, what is locked, and the one version that a path, a
 * repository or a URL gives. Trusts what registries say of dependencies only until a version was read.
 */
import { parseDependency, type Dependency } from '../contract/dependency.ts';
import type { Compatibility } from '../contract/compatibility.ts';
import { isPluginError } from '../core/errors.ts';
import type { LockEntry, LockFile } from '../lock/types.ts';
import { bindingOf } from '../registry/binding.ts';
import type { Candidate, Offer } from '../registry/resolve/types.ts';
import { parseSpecifier, type RegistrySpecifier } from '../source/specifier.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry } from './known.ts';
import { pin } from './pin.ts';
import { placeOf, type Place } from './place.ts';
import { tooYoung } from './too-young.ts';

/** A plugin of the config, or one that is being added. */
export interface Wanted {
  readonly name: string;
  readonly place: Place;
  /** `dependencies` of the config. */
  readonly dependencies: readonly string[];
  /** What it is now, or what the lock has; undefined: not known. */
  readonly entry: LockEntry | undefined;
  /** Of a registry: it must be chosen now. Otherwise what is locked stays where nothing speaks against it. */
  readonly open: boolean;
}

export interface OfferOptions {
  readonly context: LoaderContext;
  readonly lock: LockFile;
  readonly wanted: ReadonlyMap<string, Wanted>;
  /** Names are looked up anew, wherever they are locked from. */
  readonly rebind: boolean;
  /** Dependencies that were read, by `name@version`: they count, whatever an index says. */
  readonly learned: ReadonlyMap<string, readonly string[]>;
  readonly signal: AbortSignal | undefined;
}

/** Where names come from that the config does not have: found while offers are made. */
export type Brought = Map<string, Place>;

/** `standing`: of what is locked and not open nothing else is offered, and no index is read for it. */
export async function offerOf(
  name: string,
  standing: boolean,
  brought: Brought,
  options: OfferOptions,
): Promise<Offer> {
  const { context, lock, wanted, rebind } = options;
  const known = wanted.get(name);
  if (known !== undefined) {
    const { place, entry, open } = known;
    if (place.kind !== 'registry')
      return { kind: 'fixed', from: place.source, candidates: locked(name, entry, options) };
    if (standing && !open) return { kind: 'registry', candidates: locked(name, entry, options) };
    return released(name, place, entry, options);
  }
  try {
    const before = rebind ? undefined : ownEntry(lock.plugins, name);
    const place = brought.get(name) ?? (await placeOf(name, undefined, context, before));
    brought.set(name, place);
    if (place.kind === 'registry') return await released(name, place, before, options);
    const { entry } = await pin(place, name, context, { key: name, signal: options.signal });
    return { kind: 'fixed', from: 'plugin_paths', candidates: locked(name, entry, options) };
  } catch (error) {
    if (!isPluginError(error, 'ERR_SOURCE_NOT_FOUND')) throw error;
    return { kind: 'registry', candidates: [], absent: 'neither plugin_paths nor a registry has it' };
  }
}

/** Dependencies, without those whose version nobody knows before they are locked: a start judges them. */
export function dependenciesOf(texts: readonly string[], { wanted, context }: OfferOptions): Dependency[] {
  return texts.flatMap((text) => {
    const dependency = parseDependency(text);
    if (dependency === undefined) return [];
    const target = wanted.get(dependency.name);
    if (target === undefined) return context.config.plugins.has(dependency.name) ? [] : [dependency];
    return target.place.kind !== 'registry' && target.entry === undefined ? [] : [dependency];
  });
}

/** The range that its source names. */
export function specifierOf(place: Place, { config }: LoaderContext): RegistrySpecifier | undefined {
  const spec = parseSpecifier(place.specifier, { root: config.root, allowInsecure: config.fetch.allowInsecure });
  return spec.kind === 'registry' ? spec : undefined;
}

async function released(
  name: string,
  place: Place,
  before: LockEntry | undefined,
  options: OfferOptions,
): Promise<Offer> {
  const { context, lock, rebind } = options;
  const spec = specifierOf(place, context);
  const plugin = spec?.name ?? name;
  const bound = rebind ? undefined : bindingOf(lock.plugins, name, plugin);
  const registries = await context.registries(options.signal);
  const { releases, index } = await registries.releases(plugin, { registry: spec?.registry, bound });
  const young = tooYoung(name, spec?.range ?? '*', releases, context);
  const candidates = releases.map((release) => {
    const { version, dependencies = [], compatibility, yanked, revoked } = release;
    const gone = yanked === undefined ? undefined : yanked === '' ? 'it was yanked' : `it was yanked: ${yanked}`;
    return {
      ...candidate(name, version, dependencies, compatibility, options),
      ...(revoked === undefined ? {} : { refused: `it was revoked: ${revoked}` }),
      withdrawn: gone ?? (young.has(release) ? 'it is younger than trust.minimum_age asks for' : undefined),
    };
  });
  const isRevoked = releases.some((one) => one.version === before?.metadata.version && one.revoked !== undefined);
  return {
    kind: 'registry',
    from: `registry ${index.registry.name}`,
    // What is locked can stay though the registry has it no more.
    candidates: [...candidates, ...(before?.registry === undefined || isRevoked ? [] : locked(name, before, options))],
  };
}

function locked(name: string, entry: LockEntry | undefined, options: OfferOptions): Candidate[] {
  if (entry === undefined) return [];
  const { version, dependencies = [] } = entry.metadata;
  return [candidate(name, version, dependencies, entry.metadata, options)];
}

function candidate(
  name: string,
  version: string,
  dependencies: readonly string[],
  { min_aitbc_version: minHost, max_aitbc_version: maxHost, supported_platforms: platforms }: Compatibility,
  options: OfferOptions,
): Candidate {
  const texts = options.learned.get(`${name}@${version}`) ?? dependencies;
  return { version, dependencies: dependenciesOf(texts, options), minHost, maxHost, platforms };
}
