/**
 * The registries of a config. Guarantees that a name comes from one registry alone: the one it is locked from, else the first that
 * has it, and never a later one because an earlier one could not be read; and that a bad index never takes the place of a good one.
 * Trusts the operator's order, and of an index what `parseIndex` lets through.
 */
import type { HostConfig, RegistryConfig } from '../config/types.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { didYouMean } from '../core/suggest.ts';
import type { SourceContext } from '../source/types.ts';
import type { IndexCache } from '../store/types.ts';
import { ageText } from './age.ts';
import { MAX_INDEX_BYTES, parseIndex } from './index-format.ts';
import { locate, type Location } from './location.ts';
import { readBeside, readIndexBytes, type IndexBytes } from './read.ts';
import type { TufReader } from './tuf.ts';
import { markRevoked, type Revocations } from './revocations.ts';
import type { Lookup, NamedReleases, ReadIndex, Registries, RegistryAnswer, RegistryRef } from './types.ts';

export interface RegistriesOptions {
  readonly config: Pick<HostConfig, 'root' | 'fetch' | 'registries'>;
  readonly cache: IndexCache;
  readonly logger: Logger;
  /** What reads an index: its label names the registry for progress. */
  source(registry: string): SourceContext;
  /** Undefined: nothing is asked for what is revoked. */
  readonly revocations?: Revocations;
  /** Needed for registries with `tuf`. */
  readonly tuf?: TufReader;
}

export function createRegistries(options: RegistriesOptions): Registries {
  const { config } = options;
  const configured = config.registries ?? [];
  const reading = new Map<RegistryConfig, Promise<ReadIndex>>();
  const read = (registry: RegistryConfig): Promise<ReadIndex> => {
    const known = reading.get(registry) ?? readWithRevocations(registry, options);
    reading.set(registry, known);
    return known;
  };
  const byName = (name: string): RegistryConfig => {
    const found = configured.find((registry) => registry.name === name);
    if (found !== undefined) return found;
    const names = configured.map((registry) => registry.name);
    throw new PluginError(
      'ERR_USAGE',
      `Cannot find the registry "${name}": the config has none of this name${didYouMean(name, names)}`,
      { hint: names.length === 0 ? 'name it in "registries" of the config' : `it has ${names.join(', ')}` },
    );
  };

  return {
    configured,
    async releases(name, lookup = {}) {
      const asked = lookup.registry === undefined ? configured : [byName(lookup.registry)];
      const wanted = lookup.bound === undefined ? asked : [boundTo(name, lookup, asked, config)];
      const names = new Set<string>();
      for (const registry of wanted) {
        const index = await read(registry).catch((error: unknown) => {
          throw isPluginError(error) && registry !== wanted.at(-1) ? notSkipped(error, name, registry) : error;
        });
        const found = ownReleases(name, index);
        if (found !== undefined) return found;
        for (const known of index.plugins.keys()) names.add(known);
      }
      throw notFound(name, wanted, names, lookup);
    },
    all: (registry) =>
      Promise.all(
        (registry === undefined ? configured : [byName(registry)]).map(async (each): Promise<RegistryAnswer> => {
          try {
            return { registry: each, index: await read(each), error: undefined };
          } catch (error) {
            if (!isPluginError(error) || error.code === 'ERR_ABORTED') throw error;
            return { registry: each, index: undefined, error };
          }
        }),
      ),
    async revocations() {
      const { revocations } = options;
      if (revocations === undefined) return [];
      const states = await Promise.all(configured.map((registry) => revocations.refresh(registry)));
      return states.filter((state) => state !== undefined);
    },
    beside(url, file, limit) {
      const registry = boundTo(file, { bound: url }, configured, config);
      return besideOf(registry, options)(file, limit);
    },
  };
}

async function readWithRevocations(registry: RegistryConfig, options: RegistriesOptions): Promise<ReadIndex> {
  const [index, revocations] = await Promise.all([
    readIndex(registry, options),
    options.revocations?.refresh(registry),
  ]);
  return revocations === undefined ? index : { ...index, plugins: markRevoked(index, revocations), revocations };
}

async function readIndex(registry: RegistryConfig, options: RegistriesOptions): Promise<ReadIndex> {
  const { name } = registry;
  const tuf = tufOf(registry, options);
  const location = locate(registry, options.config);
  const ref = { name, url: location.url };
  // What is on this machine is as fresh as it gets.
  const cache = location.kind === 'path' && tuf === undefined ? undefined : options.cache;
  const copy = await cache?.get(ref.url);
  // Whoever can write the cache folder is no registry: neither its entries nor its serial count.
  const kept = copy?.isOwn === true ? copy : undefined;
  try {
    const { bytes, base } = await (tuf === undefined
      ? readIndexBytes(location, options.source(name))
      : readTufIndex(registry, tuf));
    const index = parseIndex(bytes, name);
    if (kept?.serial !== undefined && (index.serial ?? -1) < kept.serial)
      throw rolledBack(name, index.serial, kept.serial);
    const fetched = new Date();
    await cache?.put(ref.url, { bytes, base, fetched, serial: index.serial });
    return { ...index, registry: ref, base, fetched, stale: undefined };
  } catch (error) {
    if (!isPluginError(error) || error.code === 'ERR_ABORTED') throw error;
    if (kept === undefined) throw unreadable(ref, location, error);
    // A copy counts as long as its metadata; what TUF refuses is no reason to go on with an older state.
    if (tuf !== undefined && (error.code === 'ERR_SIGNATURE' || !(await tuf.isKept(registry, undefined, kept.bytes)))) {
      throw error;
    }
    options.logger.log('warn', 'a registry cannot be read now: its last good copy is used', {
      registry: name,
      age: ageText(kept.fetched, new Date()),
      cause: error.message,
    });
    const { base, fetched } = kept;
    return { ...parseIndex(kept.bytes, name), registry: ref, base, fetched, stale: error };
  }
}

/** Reads files beside the index, by TUF where the config says so; undefined where there is none. */
export function besideOf(
  registry: RegistryConfig,
  options: Pick<RegistriesOptions, 'config' | 'source' | 'tuf'>,
): (file: string, limit: number) => Promise<Uint8Array | undefined> {
  const tuf = tufOf(registry, options);
  return async (file, limit) =>
    tuf === undefined
      ? readBeside(locate(registry, options.config), file, limit, options.source(registry.name))
      : (await tuf.read(registry, file, limit))?.bytes;
}

function tufOf({ name, tuf }: RegistryConfig, options: Pick<RegistriesOptions, 'tuf'>): TufReader | undefined {
  if (tuf === undefined || options.tuf !== undefined) return tuf === undefined ? undefined : options.tuf;
  throw new PluginError('ERR_INTERNAL', `Cannot use the registry "${name}": nothing reads TUF here`);
}

async function readTufIndex(registry: RegistryConfig, tuf: TufReader): Promise<IndexBytes> {
  const found = await tuf.read(registry, undefined, MAX_INDEX_BYTES);
  if (found !== undefined) return found;
  throw new PluginError('ERR_SIGNATURE', `Cannot use the registry "${registry.name}": its TUF metadata name no index`, {
    hint: 'tell who runs the registry: the index must be a target',
  });
}

/** Undefined where the registry has nothing of this name. */
function ownReleases(name: string, index: ReadIndex): NamedReleases | undefined {
  const releases = index.plugins.get(name);
  if (releases !== undefined) return { name, index, releases };
  const other = [...index.plugins.keys()].find((known) => known.toLowerCase() === name.toLowerCase());
  if (other === undefined) return undefined;
  throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "${name}": ${index.registry.name} writes it "${other}"`, {
    hint: `write ${other}; names that differ in case alone are never looked for in another registry`,
  });
}

/** ERR_POLICY: the registry that a name is locked from is not among those that may be asked. */
function boundTo(
  name: string,
  { bound, registry }: Lookup,
  asked: readonly RegistryConfig[],
  config: RegistriesOptions['config'],
): RegistryConfig {
  const found = asked.find((each) => locate(each, config).url === bound);
  if (found !== undefined) return found;
  const state = registry === undefined ? 'which is not in the config any more' : `and not from "${registry}"`;
  throw new PluginError('ERR_POLICY', `Cannot look for "${name}": it is locked from the registry ${bound}, ${state}`, {
    hint: `Another registry may mean another plugin by this name. Put that one back; or, if you mean the other, \`aitbc plugin update ${name} --rebind\``,
    details: { locked: bound ?? '', asked: asked.map((each) => locate(each, config).url).join(', ') },
  });
}

function notFound(
  name: string,
  asked: readonly RegistryConfig[],
  names: ReadonlySet<string>,
  { bound }: Lookup,
): PluginError {
  if (asked.length === 0) {
    return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "${name}": the config has no registries`, {
      hint: `name one in "registries" of the config (docs/registry.md); for a folder write ./${name}`,
    });
  }
  const where = asked.map((registry) => registry.name).join(', ');
  const state = bound === undefined ? `no registry has it` : `the registry it is locked from has it no more`;
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "${name}": ${state}${didYouMean(name, names)}`, {
    hint:
      bound === undefined
        ? `Looked in ${where}. For a folder write ./${name}`
        : `What is locked still runs. To take the name from another registry: \`aitbc plugin update ${name} --rebind\``,
    details: { registries: where },
  });
}

function notSkipped(error: PluginError, name: string, registry: RegistryConfig): PluginError {
  return new PluginError(error.code, error.message, {
    cause: error,
    details: error.details,
    retryable: error.retryable,
    hint: [
      ...(error.hint === undefined ? [] : [error.hint]),
      `${registry.name} may have "${name}", so no later registry is asked; registry:<name>/${name} names one`,
    ].join('\n'),
  });
}

function unreadable({ name, url }: RegistryRef, { kind }: Location, error: PluginError): PluginError {
  const own = error.code === 'ERR_REGISTRY' || error.code === 'ERR_CONFIG_INVALID';
  if (own || kind === 'path') return error;
  const isOffline = error.code === 'ERR_OFFLINE';
  return new PluginError(
    error.code,
    isOffline
      ? `Cannot read the registry "${name}": --offline forbids it, and no copy of it is here`
      : `Cannot read the registry "${name}": ${error.message}`,
    {
      cause: error,
      details: { ...error.details, url },
      retryable: error.retryable,
      hint: isOffline ? 'run `aitbc plugin search` once with a network' : (error.hint ?? 'try again'),
    },
  );
}

function rolledBack(name: string, serial: number | undefined, known: number): PluginError {
  const now = serial === undefined ? 'has no serial any more' : `has the serial ${serial}`;
  return new PluginError(
    'ERR_REGISTRY',
    `Cannot use the registry "${name}": its index ${now}, and ${known} was there before`,
    {
      hint: 'an old index took the place of a newer one: tell who runs the registry (docs/registry.md says how to begin anew)',
    },
  );
}
