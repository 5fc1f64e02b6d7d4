/**
 * From the lock to programs that may run. Guarantees that no plugin is built before every plugin was verified and its signature
 * was found to be what lock and config ask for, that the lock is never written, and that nothing is fetched but what the lock
 * names; trusts `verify()` for the bytes, and src/trust for signatures.
 */
import type { HostConfig, PluginConfig } from '../config/types.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import { isForeign } from '../lock/conflicts.ts';
import { lockedEntry } from '../lock/entry.ts';
import { readLock } from '../lock/read.ts';
import type { LockEntry, LockFile, Verified } from '../lock/types.ts';
import { verify } from '../lock/verify.ts';
import type { ModuleId } from '../source/types.ts';
import { assertBound } from './bound.ts';
import { lockedBytes } from './bytes.ts';
import { errorFor, sourceContext, type LoaderContext } from './context.ts';
import { groupOf, pluginIdentity } from './groups.ts';
import { mapParallel } from './parallel.ts';
import { placeOf, type Place } from './place.ts';
import { programOf } from './programs.ts';
import { rooms } from './rooms.ts';
import { assertNotRevokedAsLocked } from './revoked.ts';
import { assertSignedAsLocked } from './signature.ts';
import type { PrepareOptions, Prepared, PrepareReport, VerifyReport } from './types.ts';

const PARALLEL_PLUGINS = 8;
/** Each is a process of esbuild. */
const PARALLEL_BUILDS = 2;

interface VerifiedPlugin {
  readonly plugin: PluginConfig;
  readonly place: Place;
  readonly verified: Verified;
}

export async function prepare(
  context: LoaderContext,
  options: PrepareOptions & { readonly heal?: boolean } = {},
): Promise<PrepareReport> {
  const { config } = context;
  const refused = new Map<string, PluginError>();
  const guard = guardOf(refused, options.signal);

  const started = performance.now();
  const verified = await verifyAll(context, options, guard);
  const builds = performance.now();
  const ready = new Map<string, Prepared>();
  await mapParallel(verified, PARALLEL_BUILDS, async (found) => {
    if (found === undefined) return;
    const { plugin, place } = found;
    const { name, lock: entry } = found.verified;
    const program = await guard(name, () => programOf(found.verified, context));
    if (program === undefined) return;
    const group = groupOf(plugin, entry, place, config);
    ready.set(name, {
      name,
      config: plugin,
      lock: entry,
      program,
      group,
      identity: pluginIdentity(name, entry),
      files: ownFiles(found.verified),
    });
  });
  return { ready, refused, phases: { verify: builds - started, build: performance.now() - builds } };
}

/** The first half of `prepare`: bytes, signatures and policy, and nothing is built. */
export async function verifyLocked(context: LoaderContext, options: PrepareOptions = {}): Promise<VerifyReport> {
  const refused = new Map<string, PluginError>();
  const found = await verifyAll(context, options, guardOf(refused, options.signal));
  const verified = found
    .filter((one) => one !== undefined)
    .map(({ verified: { name, lock } }) => [name, lock] as const);
  return { verified: new Map(verified), refused };
}

/** The same for who reads the bytes; `guard` keeps what goes wrong with one plugin in `refused`. */
export async function verifiedPlugins(
  context: LoaderContext,
  options: PrepareOptions,
  refused: Map<string, PluginError>,
): Promise<{ readonly verified: readonly Verified[]; readonly guard: Guard }> {
  const guard = guardOf(refused, options.signal);
  const found = await verifyAll(context, options, guard);
  return { verified: found.flatMap((one) => (one === undefined ? [] : [one.verified])), guard };
}

type Guard = <T>(name: string, work: () => Promise<T>) => Promise<T | undefined>;

/** What is wrong with one plugin is kept for the report. */
function guardOf(refused: Map<string, PluginError>, signal: AbortSignal | undefined): Guard {
  return async (name, work) => {
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      if (signal?.aborted) throw aborted(error);
      refused.set(name, errorFor(name, error));
      return undefined;
    }
  };
}

async function verifyAll(
  context: LoaderContext,
  options: PrepareOptions & { readonly heal?: boolean },
  guard: Guard,
): Promise<(VerifiedPlugin | undefined)[]> {
  const plugins = selected(context.config, options.names);
  // Who fetches wants to know what is revoked by now; a list that cannot be read is told of, and stops nothing.
  if (options.heal && !context.offline && context.config.registries?.some(({ revocations }) => revocations)) {
    await (await context.registries(options.signal)).revocations();
  }
  const lock = await readLock(context.config.lockFile);
  return mapParallel(plugins, PARALLEL_PLUGINS, (plugin) =>
    guard(plugin.name, () => verifyPlugin(context, plugin, lock, options)),
  );
}

/**
 * Fetches what the store lacks of an entry that the lock does not have, verifies and builds it: after that it starts without a
 * network. Throws whatever a start would refuse.
 */
export async function keepFormer(
  context: LoaderContext,
  plugin: PluginConfig,
  entry: LockEntry,
  signal: AbortSignal | undefined,
): Promise<Verified> {
  const verified = await verifyFormer(context, plugin, entry, signal);
  await programOf(verified, context);
  return verified;
}

/** The modules of an entry, verified; undefined where they cannot be had any more. */
export async function formerFiles(
  context: LoaderContext,
  plugin: PluginConfig,
  entry: LockEntry,
  signal: AbortSignal | undefined,
): Promise<Verified['files'] | undefined> {
  try {
    return (await verifyFormer(context, plugin, entry, signal)).files;
  } catch (error) {
    signal?.throwIfAborted();
    if (isPluginError(error, 'ERR_INTEGRITY') || isPluginError(error, 'ERR_SOURCE_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function verifyFormer(
  context: LoaderContext,
  plugin: PluginConfig,
  entry: LockEntry,
  signal: AbortSignal | undefined,
): Promise<Verified> {
  const lock = { lockfileVersion: 1 as const, plugins: { [plugin.name]: entry } };
  const options = { heal: true, ...(signal === undefined ? {} : { signal }) };
  return (await verifyPlugin(context, plugin, lock, options)).verified;
}

function ownFiles({ files }: Verified): Map<ModuleId, Uint8Array> {
  return new Map([...files].filter(([id]) => !isForeign(id)).map(([id, { bytes }]) => [id, bytes]));
}

async function verifyPlugin(
  context: LoaderContext,
  plugin: PluginConfig,
  lock: LockFile,
  options: PrepareOptions & { readonly heal?: boolean },
): Promise<VerifiedPlugin> {
  const { store, offline, logger, progress } = context;
  const { name } = plugin;
  const entry = lockedEntry(lock.plugins, name, plugin.source ?? name);
  const place = await placeOf(name, plugin.source, context, entry);
  assertBound(name, entry, place, context.config);
  progress.update({ plugin: name, phase: 'verify' });
  const bytes = lockedBytes({
    name,
    entry,
    place,
    store,
    offline,
    logger,
    heal: options.heal ?? false,
    open: () =>
      rooms.openLocked(
        { ...entry, source: place.specifier, ...(place.kind === 'path' ? { resolved: place.specifier } : {}) },
        sourceContext(context, name, options.signal),
      ),
  });
  try {
    await assertNotRevokedAsLocked(name, entry, context);
    const verified = await verify(name, entry, bytes);
    await assertSignedAsLocked(plugin, entry, bytes, context);
    if (context.config.trust?.reviews !== undefined) {
      await (await rooms.reviews()).assertReviewedAsLocked(plugin, entry, context);
    }
    progress.update({ plugin: name, phase: 'verify', done: true });
    return { plugin, place, verified };
  } finally {
    await bytes.close();
  }
}

/** The plugins named, else all that are enabled. Throws ERR_USAGE for a name that the config does not have. */
export function selected(config: HostConfig, names: readonly string[] | undefined): readonly PluginConfig[] {
  if (names === undefined) return [...config.plugins.values()].filter(({ enabled }) => enabled);
  return [...new Set(names)].map((name) => {
    const plugin = config.plugins.get(name);
    if (plugin !== undefined) return plugin;
    throw new PluginError('ERR_USAGE', `Cannot find "${name}": the config has no such plugin`, {
      hint: `It has ${[...config.plugins.keys()].join(', ') || 'none'}.`,
    });
  });
}

function aborted(cause: unknown): PluginError {
  return new PluginError('ERR_ABORTED', 'Cannot prepare the plugins: the caller aborted it', { cause });
}
