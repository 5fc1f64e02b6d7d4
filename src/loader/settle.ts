import semver from 'semver';
import { isPluginError } from '../core/errors.ts';
import type { LockFile } from '../lock/types.ts';
import { pickRelease } from '../registry/resolve-name.ts';
import { chooseVersions } from './choose.ts';
import { errorFor, type LoaderContext } from './context.ts';
import { ownEntry } from './known.ts';
import { parseDependency } from '../contract/dependency.ts';
import { bindingOf } from '../registry/binding.ts';
import { specifierOf, type Wanted } from './offers.ts';
import { mapParallel } from './parallel.ts';
import type { Pinned } from './pin.ts';
import type { Place } from './place.ts';
import type { LockChange } from './types.ts';

/** Reading a version can show dependencies that its index does not state, so that others are to be chosen. */
const MAX_ROUNDS = 32;
const PARALLEL_PINS = 4;

export interface Pin {
  readonly name: string;
  readonly change: LockChange;
  /** Undefined: what is locked stays. */
  readonly pinned: Pinned | undefined;
}

export interface SettleOptions {
  readonly context: LoaderContext;
  readonly lock: LockFile;
  readonly wanted: readonly Wanted[];
  readonly first: ReadonlySet<string>;
  readonly adding?: string | undefined;
  readonly rebind: boolean;
  readonly signal: AbortSignal | undefined;
  /** Reads a plugin; of a registry, this very version. */
  pinAt(name: string, place: Place, version: string): Promise<Pin>;
}

export interface Settled {
  /** What was chosen anew: open plugins, those that had to follow, and those that are brought along. */
  readonly pins: readonly Pin[];
  /** Where the latter come from. */
  readonly brought: ReadonlyMap<string, Place>;
}

/** Chooses versions, reads what was chosen, and chooses again with what that says, until nothing new is said. */
export async function settle(options: SettleOptions): Promise<Settled> {
  const { wanted, signal } = options;
  if (!isNeeded(options)) return { pins: [], brought: new Map() };
  for (const each of wanted) {
    if (!each.open) continue;
    await assertOffered(each, options).catch((error: unknown) => {
      throw isPluginError(error) ? errorFor(each.name, error) : error;
    });
  }
  const byName = new Map(wanted.map((each) => [each.name, each]));
  const learned = new Map<string, readonly string[]>();
  const read = new Map<string, Pin>();
  for (let round = 1; ; round++) {
    signal?.throwIfAborted();
    const { versions, brought } = await chooseVersions({ ...options, wanted: byName, learned });
    const anew = [...versions].filter(([name, version]) => isAnew(byName.get(name), version));
    let isNew = false;
    await mapParallel(anew, PARALLEL_PINS, async ([name, version]) => {
      const key = `${name}@${version}`;
      if (read.has(key)) return;
      const place = byName.get(name)?.place ?? sourceAt(brought.get(name), version);
      if (place === undefined) return;
      const pin = await options.pinAt(name, place, version);
      const dependencies = pin.change.after?.metadata.dependencies ?? [];
      read.set(key, pin);
      learned.set(key, dependencies);
      if (dependencies.length > 0) isNew = true;
    });
    if (isNew && round < MAX_ROUNDS) continue;
    const pins = anew.flatMap(([name, version]) => read.get(`${name}@${version}`) ?? []);
    const sources = anew.flatMap(([name, version]) => {
      const place = byName.has(name) ? undefined : sourceAt(brought.get(name), version);
      return place === undefined ? [] : [[name, place] as const];
    });
    return { pins, brought: new Map(sources) };
  }
}

/** What config and lock call it: the bare name, which takes no prerelease, or for one of these a range that names it. */
function sourceAt(place: Place | undefined, version: string): Place | undefined {
  if (place?.kind !== 'registry' || semver.prerelease(version) === null) return place;
  const source = `${place.package}@^${version}`;
  return { ...place, specifier: source, source };
}

/** Something is to be chosen, or the config lacks what a plugin depends on and there is where to look for it. */
function isNeeded({ wanted, context }: SettleOptions): boolean {
  if (wanted.some(({ open, place }) => open && place.kind === 'registry')) return true;
  const { plugins, registries = [], pluginPaths } = context.config;
  if (registries.length === 0 && pluginPaths.length === 0) return false;
  const names = new Set([...plugins.keys(), ...wanted.map(({ name }) => name)]);
  return wanted.some(({ entry, dependencies }) =>
    [...dependencies, ...(entry?.metadata.dependencies ?? [])].some((text) => {
      const dependency = parseDependency(text);
      return dependency !== undefined && !names.has(dependency.name);
    }),
  );
}

function isAnew(wanted: Wanted | undefined, version: string): boolean {
  if (wanted === undefined) return true;
  return wanted.place.kind === 'registry' && (wanted.open || wanted.entry?.metadata.version !== version);
}

/** Says by itself what is wrong with one plugin alone: nobody has it, no version is in its range or fits this host. */
async function assertOffered({ name, place, entry }: Wanted, options: SettleOptions): Promise<void> {
  const { context, lock, rebind } = options;
  const spec = place.kind === 'registry' ? specifierOf(place, context) : undefined;
  if (spec === undefined) return;
  const bound = rebind ? undefined : bindingOf(lock.plugins, name, spec.name);
  const named = await (
    await context.registries(options.signal)
  ).releases(spec.name, { registry: spec.registry, bound });
  const locked = (entry ?? ownEntry(lock.plugins, name))?.metadata.version;
  pickRelease(named, { range: spec.range, host: context.host, locked });
}
