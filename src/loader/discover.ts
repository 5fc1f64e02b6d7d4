/** What registries offer: nothing is downloaded but their indexes, and nothing is written but copies of these. */
import semver from 'semver';
import { PluginError } from '../core/errors.ts';
import { bindingOf } from '../registry/binding.ts';
import { lacksOf } from '../registry/lacks.ts';
import { pickRelease, unfit } from '../registry/resolve-name.ts';
import { search } from '../registry/search.ts';
import type { NamedReleases, RegistryAnswer } from '../registry/types.ts';
import { readLock } from '../lock/read.ts';
import { parseSpecifier } from '../source/specifier.ts';
import type { LoaderContext } from './context.ts';
import type { Offers, RegistryState, SearchReport, SearchOptions } from './types.ts';

/** ERR_USAGE without registries; whatever is wrong with a registry, where not one of them can be read. */
export async function searchRegistries(
  context: LoaderContext,
  text: string,
  { tag, registry, signal }: SearchOptions = {},
): Promise<SearchReport> {
  const registries = await context.registries(signal);
  if (registries.configured.length === 0) {
    throw new PluginError('ERR_USAGE', 'Cannot search: the config has no registries', {
      hint: 'name one in "registries" of the config: see docs/registry.md',
    });
  }
  const answers = await registries.all(registry);
  const [first] = answers.flatMap(({ error }) => error ?? []);
  if (first !== undefined && answers.every(({ index }) => index === undefined)) throw first;
  return { hits: search(answers, { text, tag, host: context.host }), registries: answers.map(stateOf) };
}

/** Every version of a plugin, `name`, `name@range` or `registry:<registry>/<name>`, in the registry that a new lock would take it from. */
export async function offersOf(context: LoaderContext, text: string, signal: AbortSignal | undefined): Promise<Offers> {
  const { config, host } = context;
  const spec = parseSpecifier(text, { root: config.root, allowInsecure: config.fetch.allowInsecure });
  if (spec.kind !== 'registry') {
    throw new PluginError('ERR_USAGE', `Cannot look for "${text}" in the registries: it is no name`, {
      hint: 'write name, name@range or registry:<registry>/<name>',
    });
  }
  const { plugins } = await readLock(config.lockFile);
  const bound = bindingOf(plugins, undefined, spec.name);
  const registries = await context.registries(signal);
  const named = await registries.releases(spec.name, { registry: spec.registry, bound });
  const wanted = { range: spec.range, host };
  const inRange = named.releases.filter(({ version }) =>
    semver.satisfies(version, spec.range, { includePrerelease: true }),
  );
  // Where nothing is in the range, it says what there is.
  if (inRange.length === 0) pickRelease(named, wanted);
  const releases = inRange.map((release) => ({ release, unfit: unfit(release, wanted) }));
  return {
    name: named.name,
    range: spec.range,
    registry: stateOf(answerOf(named, registries.configured)),
    newest: (releases.find((each) => each.unfit === undefined) ?? first(releases)).release,
    releases,
  };
}

function first<T>(list: readonly T[]): T {
  const [one] = list;
  if (one === undefined) throw new PluginError('ERR_INTERNAL', 'Cannot show a plugin without versions');
  return one;
}

function answerOf({ index }: NamedReleases, configured: readonly RegistryAnswer['registry'][]): RegistryAnswer {
  const registry = configured.find(({ name }) => name === index.registry.name) ?? index.registry;
  return { registry, index, error: undefined };
}

function stateOf({ registry, index, error }: RegistryAnswer): RegistryState {
  return {
    name: registry.name,
    url: index?.registry.url ?? registry.url,
    fetched: index?.fetched,
    serial: index?.serial,
    error: error ?? index?.stale,
    usable: index !== undefined,
    lacks: lacksOf(registry, index),
  };
}
