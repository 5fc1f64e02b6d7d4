/**
 * What changes lock and config. Guarantees the order lock first, config second (on removal the other way round), so that a
 * kill between the two never leaves a config that names what the lock lacks; that all is read, checked and built before
 * anything is written; and that a frozen lock is never written.
 */
import { addPlugin, removePlugin, setEnabled as editEnabled, setPluginKey } from '../config/edit.ts';
import type { PluginConfig } from '../config/types.ts';
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
  const pinned = await pin(place, options.name ?? place.source, context, {
    ...(key === undefined ? {} : { key }),
    locked: options.rebind ? undefined : lockedName(lock, key, place),
    signal: options.signal,
  });
  const name = key ?? pinned.entry.metadata.name;
  assertName(name);
  assertRequired(
    name,
    subjectOf(name, pinned.entry.metadata.name, trustedSource(pinned.entry), context),
    pinned.checked,
    config.trust,
  );
  const known = config.plugins.get(name);
  const moved = known !== undefined && !isSamePlugin(known, place, lock, context);
  if (moved && !options.replace) throw taken(known, place.source);

  const change = await withVulnerabilities(
    changeOf(name, ownEntry(lock.plugins, name), pinned.entry),
    () => pinned.inventory(name),
    context,
    options.signal,
  );
  assertKeepsTrust(change, context);
  assertLockable(change, context);
  if (options.dryRun || !(await confirmed([change], options.confirm))) return { change, written: false };

  await pinned.keep();
  await writeEntries(context, new Map([[name, pinned.entry]]));
  const permissions =
    options.grants === undefined ? undefined : (JSON.parse(JSON.stringify(options.grants)) as JsonObject);
  const granted = permissions === undefined || Object.keys(permissions).length === 0 ? undefined : permissions;
  // Grants belong to a name and a source: what was granted to the old source is not the new one's.
  await editConfig(config, (text) => {
    const added = { enabled: true, source: place.source, ...(granted === undefined ? {} : { permissions: granted }) };
    if (known === undefined) return addPlugin(text, name, added);
    const edited = setPluginKey(text, name, 'source', place.source);
    if (granted === undefined && !moved) return edited;
    return setPluginKey({ ...text, text: edited }, name, 'permissions', granted);
  });
  return { change, written: true };
}

export async function remove(context: LoaderContext, name: string): Promise<LockChange> {
  const { config } = context;
  assertMayWrite(context);
  const before = ownEntry((await readLockToChange(config.lockFile)).plugins, name);
  const inConfig = config.plugins.has(name);
  if (!inConfig && before === undefined) throw unknownPlugin(name, config.plugins.keys());
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
  const pins = await mapParallel(plugins, PARALLEL_PINS, async (plugin): Promise<Pin> => {
    const before = ownEntry(lock.plugins, plugin.name);
    const place = await placeOf(plugin.name, plugin.source, context, options.rebind ? undefined : before);
    const stands =
      place.kind !== 'path' &&
      before !== undefined &&
      isWhereItWas(before, place, options.rebind) &&
      isCurrent(before, place.source) &&
      !lacksSignature(plugin.name, before, context) &&
      !lacksReviews(plugin.name, before, context);
    if (stands) return { name: plugin.name, change: changeOf(plugin.name, before, before), pinned: undefined };
    return pinOf(plugin, lock, context, options);
  });
  // Without names: what the config no longer has goes. A disabled plugin keeps its pin.
  const gone = options.names === undefined ? Object.keys(lock.plugins).filter((name) => !config.plugins.has(name)) : [];
  const dropped = gone.map((name) => changeOf(name, lock.plugins[name], undefined));
  const changes = [...pins.map(({ change }) => change), ...dropped];
  if (!options.check) await apply(context, pins, changes, options);
  return changes;
}

export async function update(
  context: LoaderContext,
  names: readonly string[] | undefined,
  options: UpdateOptions = {},
): Promise<readonly LockChange[]> {
  if (!options.dryRun) assertMayWrite(context);
  const lock = await readLockToChange(context.config.lockFile);
  const pins = await mapParallel(selected(context.config, names), PARALLEL_PINS, (plugin) =>
    pinOf(plugin, lock, context, options),
  );
  const changes = pins.map(({ change }) => change);
  if (!options.dryRun) await apply(context, pins, changes, options);
  return changes;
}

interface Pin {
  readonly name: string;
  readonly change: LockChange;
  readonly pinned: Pinned | undefined;
}

async function pinOf(
  plugin: PluginConfig,
  lock: LockFile,
  context: LoaderContext,
  { rebind, signal }: Pick<UpdateOptions, 'rebind' | 'signal'>,
): Promise<Pin> {
  const { name } = plugin;
  const before = ownEntry(lock.plugins, name);
  const place = await placeOf(name, plugin.source, context, rebind ? undefined : before);
  const locked = rebind ? undefined : lockedName(lock, name, place);
  const pinned = await pin(place, name, context, { key: name, locked, known: before?.integrity, signal });
  const change = await withVulnerabilities(
    changeOf(name, before, pinned.entry),
    () => pinned.inventory(name),
    context,
    signal,
  );
  assertKeepsTrust(change, context);
  assertLockable(change, context);
  return { name, change, pinned };
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
  pins: readonly Pin[],
  changes: readonly LockChange[],
  options: Pick<LockOptions, 'confirm'>,
): Promise<void> {
  const effective = changes.filter(({ kind }) => kind !== 'unchanged');
  if (effective.length > 0 && !(await confirmed(effective, options.confirm))) return;
  for (const { pinned } of pins) await pinned?.keep();
  if (effective.length > 0) await writeEntries(context, new Map(effective.map(({ name, after }) => [name, after])));
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
