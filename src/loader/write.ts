/**
 * What changes lock and config. Guarantees the order lock first, config second (on removal the other way round), so that a
 * kill between the two never leaves a config that names what the lock lacks; that all is read, checked and built before
 * anything is written; and that a frozen lock is never written.
 */
import semver from 'semver';
import { addPlugin, removePlugin, setEnabled as editEnabled, setPluginKey, type ConfigText } from '../config/edit.ts';
import type { HostConfig, PluginConfig } from '../config/types.ts';
import { parseDependency } from '../contract/dependency.ts';
import type { Permissions } from '../contract/metadata.ts';
import { PLUGIN_NAME_PATTERN } from '../contract/schemas.ts';
import { messageOf, PluginError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { SDK_VERSION } from '../lock/entry.ts';
import { remember } from '../lock/history.ts';
import { isWhole } from '../lock/verify.ts';
import { readLock, readLockToChange } from '../lock/read.ts';
import type { LockEntry, LockFile } from '../lock/types.ts';
import { updateLock } from '../lock/update.ts';
import { changeOf } from './change.ts';
import { editConfig } from './config-file.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry, unknownPlugin } from './known.ts';
import { mapParallel } from './parallel.ts';
import { pin, type LockedName, type Pinned } from './pin.ts';
import type { Wanted } from './offers.ts';
import { settle, type Pin, type Settled, type SettleOptions } from './settle.ts';
import { placeOf, placeOfSource, type Place } from './place.ts';
import { bindingOf } from '../registry/binding.ts';
import { assertNoLessTrust, assertRequired } from '../trust/policy.ts';
import { requirementOf } from '../trust/requirement.ts';
import { selected } from './prepare.ts';
import { lacksReviews } from './reviews.ts';
import { subjectOf, trustedSource } from './signature.ts';
import { assertLockable, withVulnerabilities } from './vulnerabilities.ts';
import type {
  AddOptions,
  AddReport,
  Identified,
  IdentifyOptions,
  LockChange,
  LockOptions,
  UpdateOptions,
} from './types.ts';

const PARALLEL_PINS = 4;

export async function add(context: LoaderContext, specifier: string, options: AddOptions = {}): Promise<AddReport> {
  const { config } = context;
  if (!options.dryRun) assertMayWrite(context);
  if (options.name !== undefined) assertName(options.name);
  const place = placeOfSource(specifier.trim(), context);
  const key = options.name ?? (place.kind === 'registry' ? place.package : undefined);
  const lock = await readLockToChange(config.lockFile);
  const locked = options.rebind ? undefined : lockedName(lock, key, place);
  // A version of a registry is chosen with all others.
  const read =
    place.kind === 'registry'
      ? undefined
      : await pin(place, options.name ?? place.source, context, {
          ...(key === undefined ? {} : { key }),
          locked,
          signal: options.signal,
        });
  const name = key ?? read?.entry.metadata.name ?? place.source;
  assertName(name);
  const known = config.plugins.get(name);
  const moved = known !== undefined && !isSamePlugin(known, place, lock, context);
  if (moved && !options.replace) throw taken(known, place.source);
  const added: Wanted = {
    name,
    place,
    dependencies: known?.dependencies ?? [],
    entry: read?.entry ?? (moved ? undefined : ownEntry(lock.plugins, name)),
    open: place.kind === 'registry',
  };
  const settled = await settle({
    ...settling(context, lock, options),
    wanted: [...standing(context, lock, new Set([name])), added],
    first: new Set([name]),
    adding: name,
  });
  const others = settled.pins.filter((each) => each.name !== name);
  const own = settled.pins.find((each) => each.name === name);
  const pinned = read ?? own?.pinned;
  if (pinned === undefined) throw new PluginError('ERR_INTERNAL', `Cannot add "${name}": no version was chosen`);
  assertRequired(
    name,
    subjectOf(name, pinned.entry.metadata.name, trustedSource(pinned.entry), context),
    pinned.checked,
    config.trust,
  );
  const change = own?.change ?? (await changeTo(name, pinned, lock, context, options.signal));
  const changes = [change, ...others.map((each) => each.change)];
  const report = { change, others: changes.slice(1), brought: [...settled.brought.keys()].sort() };
  if (options.dryRun || !(await confirmed(changes, options.confirm))) return { ...report, written: false };

  await pinned.keep();
  for (const other of others) await other.pinned?.keep();
  await writeEntries(context, new Map(changes.map((each) => [each.name, each.after])));
  const granted = plainGrants(options.grants);
  // Grants belong to a name and a source: what was granted to the old source is not the new one's.
  await editConfig(config, (text) => {
    const before = { ...text, text: withBrought(text, settled, options.grantsOf) };
    const wanted = { enabled: true, source: place.source, ...(granted === undefined ? {} : { permissions: granted }) };
    if (known === undefined) return addPlugin(before, name, wanted);
    const edited = setPluginKey(before, name, 'source', place.source);
    if (granted === undefined && !moved) return edited;
    return setPluginKey({ ...text, text: edited }, name, 'permissions', granted);
  });
  return { ...report, written: true };
}

function plainGrants(grants: Permissions | undefined): JsonObject | undefined {
  const plain = grants === undefined ? {} : (JSON.parse(JSON.stringify(grants)) as JsonObject);
  return Object.keys(plain).length === 0 ? undefined : plain;
}

/** Plugins that are brought along stand in the config like any other: with what was granted to them by name, and nothing else. */
function withBrought(config: ConfigText, { pins, brought }: Settled, grantsOf: AddOptions['grantsOf']): string {
  let { text } = config;
  for (const [name, place] of [...brought].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const version = pins.find((each) => each.name === name)?.change.after?.metadata.version ?? '';
    // A range that names no prerelease would not take this one again.
    const source = semver.prerelease(version) === null ? name : `${name}@^${version}`;
    const granted = plainGrants(grantsOf?.(name));
    text = addPlugin({ ...config, text }, name, {
      enabled: true,
      ...(place.kind === 'registry' ? { source } : {}),
      ...(granted === undefined ? {} : { permissions: granted }),
    });
  }
  return text;
}

export async function remove(
  context: LoaderContext,
  name: string,
  options: { readonly force?: boolean } = {},
): Promise<LockChange> {
  const { config } = context;
  assertMayWrite(context);
  const lock = await readLockToChange(config.lockFile);
  const before = ownEntry(lock.plugins, name);
  const inConfig = config.plugins.has(name);
  if (!inConfig && before === undefined) throw unknownPlugin(name, config.plugins.keys());
  if (!options.force) assertNotNeeded(name, config, lock);
  if (inConfig) await editConfig(config, (text) => removePlugin(text, name));
  if (before !== undefined) await writeEntries(context, new Map([[name, undefined]]));
  return changeOf(name, before, undefined);
}

export async function setEnabled(context: LoaderContext, name: string, enabled: boolean): Promise<void> {
  const { config } = context;
  if (!config.plugins.has(name)) throw unknownPlugin(name, config.plugins.keys());
  await editConfig(config, (text) => editEnabled(text, name, enabled));
}

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

type Settling = Pick<UpdateOptions, 'rebind' | 'signal'>;

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

/** Enabled plugins of the config that nothing was asked about: as they are locked. */
function standing(context: LoaderContext, lock: LockFile, besides: ReadonlySet<string>): Wanted[] {
  return [...context.config.plugins.values()].flatMap(({ name, enabled, source, dependencies }) => {
    const entry = ownEntry(lock.plugins, name);
    if (!enabled || besides.has(name) || entry === undefined || entry.source !== (source ?? name)) return [];
    const place: Place =
      entry.registry === undefined
        ? { kind: 'path', specifier: entry.source, source: entry.source, path: '', found: undefined }
        : placeOfSource(entry.source, context);
    return [{ name, place, dependencies, entry, open: false }];
  });
}

function settling(
  context: LoaderContext,
  lock: LockFile,
  options: Settling,
): Pick<SettleOptions, 'context' | 'lock' | 'rebind' | 'signal' | 'pinAt'> {
  return {
    context,
    lock,
    rebind: options.rebind ?? false,
    signal: options.signal,
    pinAt: (name, place, version) => pinAt(name, place, version, lock, context, options),
  };
}

async function pinAt(
  name: string,
  place: Place,
  version: string | undefined,
  lock: LockFile,
  context: LoaderContext,
  { rebind, signal }: Settling,
): Promise<Pin> {
  const locked = rebind ? undefined : lockedName(lock, name, place);
  const known = ownEntry(lock.plugins, name)?.integrity;
  const pinned = await pin(place, name, context, { key: name, locked, known, version, signal });
  return { name, change: await changeTo(name, pinned, lock, context, signal), pinned };
}

/** Throws where the policy does not let it be locked. */
async function changeTo(
  name: string,
  pinned: Pinned,
  lock: LockFile,
  context: LoaderContext,
  signal: AbortSignal | undefined,
): Promise<LockChange> {
  const before = changeOf(name, ownEntry(lock.plugins, name), pinned.entry);
  const change = await withVulnerabilities(before, () => pinned.inventory(name), context, signal);
  assertKeepsTrust(change, context);
  assertLockable(change, context);
  return change;
}

/** What the lock says of a name of a registry. */
function lockedName({ plugins }: LockFile, key: string | undefined, place: Place): LockedName | undefined {
  if (place.kind !== 'registry') return undefined;
  const own = key === undefined ? undefined : ownEntry(plugins, key);
  return {
    bound: bindingOf(plugins, key, place.package),
    version: own?.registry === undefined ? undefined : own.metadata.version,
  };
}

/** Of a registry now as before, or of none; `rebind`: what registries have is looked up anew. */
function isWhereItWas({ registry }: LockEntry, { kind }: Place, rebind: boolean | undefined): boolean {
  return kind === 'registry' ? registry !== undefined && !rebind : registry === undefined;
}

/** The same source, or another range of the same plugin of a registry. */
function isSamePlugin(known: PluginConfig, place: Place, { plugins }: LockFile, context: LoaderContext): boolean {
  if (known.source === place.source) return true;
  if (place.kind !== 'registry') return false;
  if (known.source === undefined) return ownEntry(plugins, known.name)?.registry !== undefined;
  const before = placeOfSource(known.source, context);
  return before.kind === 'registry' && before.package === place.package;
}

/** ERR_POLICY for a plugin that would be trusted less than it was, unless the config makes an exception. */
export function assertKeepsTrust({ name, before, after }: LockChange, { config }: LoaderContext): void {
  if (after !== undefined) assertNoLessTrust(name, before, after, config.trust?.exceptions ?? [], new Date());
}

/** True for an entry that was locked before its config asked for a signature. */
function lacksSignature(name: string, entry: LockEntry, context: LoaderContext): boolean {
  const subject = subjectOf(name, entry.metadata.name, trustedSource(entry), context);
  return entry.signer === undefined && requirementOf(context.config.trust, subject).signed;
}

export async function identify(
  context: LoaderContext,
  target: string,
  options: IdentifyOptions = {},
): Promise<Identified> {
  const known = context.config.plugins.get(target);
  const key = known === undefined ? undefined : target;
  const lock = await readLock(context.config.lockFile);
  const place =
    known === undefined
      ? placeOfSource(target, context)
      : await placeOf(target, known.source, context, ownEntry(lock.plugins, target));
  const locked = lockedName(lock, key, place);
  const { entry } = await pin(place, target, context, { ...(key === undefined ? {} : { key }), locked, ...options });
  return { entry, path: place.kind === 'path' ? place.path : undefined };
}

async function apply(
  context: LoaderContext,
  settled: Settled,
  changes: readonly LockChange[],
  options: Pick<LockOptions, 'confirm'>,
): Promise<void> {
  const effective = changes.filter(({ kind }) => kind !== 'unchanged');
  if (effective.length > 0 && !(await confirmed(effective, options.confirm))) return;
  for (const { pinned } of settled.pins) await pinned?.keep();
  if (effective.length > 0) await writeEntries(context, new Map(effective.map(({ name, after }) => [name, after])));
  if (settled.brought.size > 0) {
    await editConfig(context.config, (text) => withBrought(text, settled, undefined));
  }
}

/** Only these entries change, in the lock as it stands by then. What they replace can be had again by `rollback`. */
export async function writeEntries(
  context: LoaderContext,
  entries: ReadonlyMap<string, LockEntry | undefined>,
): Promise<void> {
  const replaced = new Map<string, LockEntry>();
  const change = (lock: LockFile): LockFile => {
    replaced.clear();
    for (const [name, entry] of entries) {
      const before = ownEntry(lock.plugins, name);
      if (before !== undefined && entry?.checksum !== before.checksum) replaced.set(name, before);
    }
    const plugins = new Map(Object.entries(lock.plugins));
    for (const [name, entry] of entries) {
      if (entry === undefined) plugins.delete(name);
      else plugins.set(name, entry);
    }
    return { ...lock, plugins: Object.fromEntries(plugins) };
  };
  await updateLock(context.config.lockFile, change, new Set(entries.keys()));
  for (const [name, entry] of replaced) await rememberEntry(context, name, entry);
}

/** The lock is written by then: without a history there is nothing to roll back to, and that is all. */
async function rememberEntry({ config, logger }: LoaderContext, name: string, entry: LockEntry): Promise<void> {
  try {
    await remember(config.dataDir, name, entry);
  } catch (error) {
    logger.log('warn', 'cannot keep what a plugin was locked to: it cannot be rolled back', {
      plugin: name,
      cause: messageOf(error),
    });
  }
}

async function confirmed(changes: readonly LockChange[], confirm: LockOptions['confirm']): Promise<boolean> {
  return confirm === undefined || (await confirm(changes));
}

function isCurrent(entry: LockEntry, source: string): boolean {
  return entry.source === source && entry.sdk === SDK_VERSION && isWhole(entry);
}

/** ERR_USAGE under `--frozen` and in CI. */
export function assertMayWrite(context: LoaderContext): void {
  if (!context.frozen) return;
  throw new PluginError('ERR_USAGE', `Cannot write "${context.config.lockFile}": the lock is frozen`, {
    hint: 'Under CI, or with --frozen, nothing writes the lock. If it must be written here, pass --no-frozen.',
  });
}

function assertName(name: string): void {
  if (new RegExp(PLUGIN_NAME_PATTERN).test(name)) return;
  throw new PluginError('ERR_USAGE', `Cannot add "${name}": a name is a letter, then letters, digits and dashes`, {
    hint: 'Choose another one with --name.',
  });
}

/** ERR_USAGE for a plugin that enabled ones depend on. */
function assertNotNeeded(name: string, { plugins }: HostConfig, lock: LockFile): void {
  const dependents = [...plugins.values()].filter((other) => {
    const declared = ownEntry(lock.plugins, other.name)?.metadata.dependencies ?? [];
    const needs = [...declared, ...other.dependencies].some((text) => parseDependency(text)?.name === name);
    return needs && other.enabled && other.name !== name;
  });
  if (dependents.length === 0) return;
  const names = dependents.map((other) => other.name);
  throw new PluginError('ERR_USAGE', `Cannot remove "${name}": ${names.join(', ')} would lack it`, {
    plugin: name,
    hint: [
      `remove first what depends on it: aitbc plugin why ${name}`,
      'or take it out all the same with --force',
    ].join('\n'),
    details: { dependents: names.join(', ') },
  });
}

function taken(known: PluginConfig, source: string): PluginError {
  return new PluginError(
    'ERR_USAGE',
    `Cannot add "${known.name}": the config has a plugin of this name from another source`,
    {
      plugin: known.name,
      hint: `Choose another name with --name, or put it in its place with --replace.`,
      details: { config: known.source ?? 'plugin_paths', added: source },
    },
  );
}
