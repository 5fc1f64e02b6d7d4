import type { PluginConfig } from '../config/types.ts';
import { SDK_VERSION } from '../lock/entry.ts';
import { isWhole } from '../lock/verify.ts';
import { readLockToChange } from '../lock/read.ts';
import type { LockEntry, LockFile } from '../lock/types.ts';
import { isBound } from './bound.ts';
import { changeOf } from './change.ts';
import { editConfig } from './config-file.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry } from './known.ts';
import { acceptedLessTrust, writeExceptions } from './less-trust.ts';
import { mapParallel } from './parallel.ts';
import type { Wanted } from './offers.ts';
import { settle, type Pin, type Settled } from './settle.ts';
import { placeOf, type Place } from './place.ts';
import { requirementOf } from '../trust/requirement.ts';
import { selected } from './prepare.ts';
import { lacksReviews } from './reviews.ts';
import { subjectOf, trustedSource } from './signature.ts';
import type { LockChange, LockOptions, UpdateOptions } from './types.ts';
import { withBrought } from './brought.ts';
import { assertMayWrite, confirmed, writeEntries } from './entries.ts';
import { pinAt, settling, standing, type Settling } from './pin-at.ts';

const PARALLEL_PINS = 4;

export async function lockAll(context: LoaderContext, options: LockOptions = {}): Promise<readonly LockChange[]> {
  const { config } = context;
  if (!options.check) assertMayWrite(context);
  const lock = await readLockToChange(config.lockFile);
  const plugins = selected(config, options.names);
  const found = await mapParallel(plugins, PARALLEL_PINS, async (plugin): Promise<Found> => {
    const before = ownEntry(lock.plugins, plugin.name);
    const place = await placeOf(plugin.name, plugin.source, context, options.rebind ? undefined : before);
    const stands =
      place.kind !== 'path' &&
      before !== undefined &&
      isWhereItWas(before, place, options.rebind) &&
      isCurrent(before, place.source) &&
      isBound(before, place, config) &&
      !lacksSignature(plugin.name, before, context) &&
      !lacksReviews(plugin.name, before, context);
    return readNow(plugin, place, stands, lock, context, options);
  });
  const settled = await settleAll(found, new Set(), lock, context, options);
  // Without names: what the config no longer has goes. A disabled plugin keeps its pin.
  const gone =
    options.names === undefined
      ? Object.keys(lock.plugins).filter((name) => !config.plugins.has(name) && !settled.brought.has(name))
      : [];
  const dropped = gone.map((name) => changeOf(name, lock.plugins[name], undefined));
  const changes = [...settled.pins.map(({ change }) => change), ...dropped];
  if (!options.check) await apply(context, settled, changes, options);
  return changes;
}

export async function update(
  context: LoaderContext,
  names: readonly string[] | undefined,
  options: UpdateOptions = {},
): Promise<readonly LockChange[]> {
  if (!options.dryRun) assertMayWrite(context);
  const lock = await readLockToChange(context.config.lockFile);
  const plugins = selected(context.config, names);
  const found = await mapParallel(plugins, PARALLEL_PINS, async (plugin) => {
    const before = options.rebind ? undefined : ownEntry(lock.plugins, plugin.name);
    const place = await placeOf(plugin.name, plugin.source, context, before);
    return readNow(plugin, place, false, lock, context, options);
  });
  const first = new Set(plugins.map(({ name }) => name));
  const settled = await settleAll(found, first, lock, context, options);
  const changes = settled.pins.map(({ change }) => change);
  if (!options.dryRun) await apply(context, settled, changes, options);
  return changes;
}

/** A plugin of the config, and what became of it; a version of a registry is chosen later. */
interface Found extends Wanted {
  readonly pin: Pin | undefined;
}

async function readNow(
  plugin: PluginConfig,
  place: Place,
  stands: boolean,
  lock: LockFile,
  context: LoaderContext,
  options: Settling,
): Promise<Found> {
  const { name, dependencies } = plugin;
  const before = ownEntry(lock.plugins, name);
  const wanted = { name, place, dependencies, entry: before, open: false };
  if (stands) return { ...wanted, pin: { name, change: changeOf(name, before, before), pinned: undefined } };
  if (place.kind === 'registry') return { ...wanted, open: true, pin: undefined };
  const pin = await pinAt(name, place, undefined, lock, context, options);
  return { ...wanted, entry: pin.change.after, pin };
}

/** Chosen and read, in the order of the config; what had to follow and what is brought along stands behind. */
async function settleAll(
  found: readonly Found[],
  first: ReadonlySet<string>,
  lock: LockFile,
  context: LoaderContext,
  options: Settling,
): Promise<Settled> {
  const names = new Set(found.map(({ name }) => name));
  const { pins, brought } = await settle({
    ...settling(context, lock, options),
    wanted: [...standing(context, lock, names), ...found],
    first,
  });
  const anew = new Map(pins.map((each) => [each.name, each]));
  const own = found.flatMap(({ name, pin }) => anew.get(name) ?? pin ?? []);
  return { pins: [...own, ...pins.filter(({ name }) => !names.has(name))], brought };
}

async function apply(
  context: LoaderContext,
  settled: Settled,
  changes: readonly LockChange[],
  options: Pick<LockOptions, 'confirm' | 'acceptLessTrust'>,
): Promise<void> {
  const effective = changes.filter(({ kind }) => kind !== 'unchanged');
  const accepted = await acceptedLessTrust(effective, options.acceptLessTrust);
  if (effective.length > 0 && !(await confirmed(effective, options.confirm))) return;
  for (const { pinned } of settled.pins) await pinned?.keep();
  await writeExceptions(context, accepted);
  if (effective.length > 0) await writeEntries(context, effective);
  if (settled.brought.size > 0) {
    await editConfig(context.config, (text) => withBrought(text, settled, undefined));
  }
}

/** True for an entry that was locked before its config asked for a signature. */
function lacksSignature(name: string, entry: LockEntry, context: LoaderContext): boolean {
  const subject = subjectOf(name, entry.metadata.name, trustedSource(entry), context);
  return entry.signer === undefined && requirementOf(context.config.trust, subject).signed;
}

function isCurrent(entry: LockEntry, source: string): boolean {
  return entry.source === source && entry.sdk === SDK_VERSION && isWhole(entry);
}

/** Of a registry now as before, or of none; `rebind`: what registries have is looked up anew. */
function isWhereItWas({ registry }: LockEntry, { kind }: Place, rebind: boolean | undefined): boolean {
  return kind === 'registry' ? registry !== undefined && !rebind : registry === undefined;
}
