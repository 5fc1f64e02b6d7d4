import type { Program } from '../build/types.ts';
import type { Digest } from '../core/digest.ts';
import type { LockEntry, Verified } from '../lock/types.ts';
import type { Registries, RegistryIndex } from '../registry/types.ts';
import type { CollectOptions, Graph } from '../source/graph/collect.ts';
import type { BundledModule } from '../source/graph/contents.ts';
import type { HttpClient } from '../source/http/types.ts';
import type { PluginScan } from '../source/scan.ts';
import type { ReleaseFinder } from '../source/release/types.ts';
import type { LockedSource, Origin, SourceContext } from '../source/types.ts';
import type { Revocations } from '../registry/revocations.ts';
import type { RegistryRevocations } from '../trust/revocations/revoked.ts';
import type { TufReader } from '../registry/tuf.ts';
import { revokersOf } from './revoked.ts';
import { sourceContext, type LoaderContext } from './context.ts';
import type { LockedName } from './pin.ts';
import type { InventoryInput } from '../trust/contents/inventory.ts';
import type { Inventory } from '../trust/contents/types.ts';

/**
 * The rooms below that a warm start does without. They are loaded here, each when it is first needed, and nowhere else: a
 * start from lock and cache evaluates no bundler, no HTTP client and no git.
 */
export const rooms = {
  async openOrigin(source: string, context: SourceContext): Promise<Origin> {
    return (await import('../source/open.ts')).openOrigin(source, context);
  },
  async openLocked(locked: LockedSource, context: SourceContext): Promise<Origin> {
    return (await import('../source/open.ts')).openLocked(locked, context);
  },
  async readDocument(place: string, limit: number, context: SourceContext): Promise<Uint8Array | undefined> {
    return (await import('../source/document.ts')).readDocument(place, limit, context);
  },
  async scanPluginPaths(paths: readonly string[]): Promise<PluginScan> {
    return (await import('../source/scan.ts')).scanPluginPaths(paths);
  },
  async collectGraph(origin: Origin, options: CollectOptions): Promise<Graph> {
    return (await import('../source/graph/collect.ts')).collectGraph(origin, origin.entry, options);
  },
  async build(verified: Verified): Promise<Program> {
    return (await import('../build/build.ts')).build(verified);
  },
  async registries(context: LoaderContext, signal: AbortSignal | undefined): Promise<Registries> {
    const { createRegistries } = await import('../registry/registries.ts');
    const { config, store, logger } = context;
    const source = (registry: string): SourceContext => sourceContext(context, registry, signal);
    const { createTuf } = await import('../registry/tuf.ts');
    const tuf = createTuf({ config, cache: store.indexes, source });
    const revocations = await revocationsOf(context, tuf, signal);
    return createRegistries({ config, cache: store.indexes, logger, source, revocations, tuf });
  },
  async keptIndex(url: string, { config, store }: LoaderContext): Promise<RegistryIndex | undefined> {
    return (await import('../registry/kept.ts')).keptIndex(url, config, store.indexes);
  },
  async revoked(context: LoaderContext): Promise<readonly RegistryRevocations[]> {
    // A run asks no registry for its metadata.
    return (await revocationsOf(context, undefined, undefined)).kept();
  },
  async finder(
    context: LoaderContext,
    {
      locked,
      version,
      signal,
    }: {
      readonly locked: LockedName | undefined;
      readonly version: string | undefined;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<ReleaseFinder> {
    const [{ createFinder }, registries] = await Promise.all([
      import('../registry/finder.ts'),
      context.registries(signal),
    ]);
    return createFinder(registries, { host: context.host, bound: locked?.bound, locked: locked?.version, version });
  },
  discover: () => import('./discover.ts'),
  async contents(verified: Verified): Promise<readonly BundledModule[]> {
    return (await import('../build/build.ts')).contentsOfVerified(verified);
  },
  async inventory(input: InventoryInput): Promise<Inventory> {
    return (await import('../trust/contents/inventory.ts')).inventoryOf(input);
  },
  async httpClient(context: Pick<SourceContext, 'config' | 'logger'>): Promise<HttpClient> {
    return (await import('../source/http/client.ts')).createHttpClient(context);
  },
  /** What looks plugins up: a run never does. */
  vulnerabilities: () => import('./vulnerabilities.ts'),
  inventories: () => import('./inventories.ts'),
  /** What edits lock and config: a run never does. */
  write: () => import('./write.ts'),
  dependencies: () => import('./dependencies.ts'),
  reviews: () => import('./reviews.ts'),
  async buildKey(verified: { readonly lock: LockEntry }): Promise<Digest> {
    return (await import('../build/key.ts')).buildKey(verified);
  },
};

async function revocationsOf(
  context: LoaderContext,
  tuf: TufReader | undefined,
  signal: AbortSignal | undefined,
): Promise<Revocations> {
  const { createRevocations } = await import('../registry/revocations.ts');
  const { config, store, logger } = context;
  const source = (registry: string): SourceContext => sourceContext(context, registry, signal);
  const { besideOf } = await import('../registry/registries.ts');
  return createRevocations({
    config,
    cache: store.indexes,
    logger,
    beside: (registry, file, limit) => besideOf(registry, { config, source, ...(tuf && { tuf }) })(file, limit),
    signers: (registry) => revokersOf(registry, config),
  });
}
