import { addPlugin, setPluginKey } from '../config/edit.ts';
import type { PluginConfig } from '../config/types.ts';
import { PLUGIN_NAME_PATTERN } from '../contract/schemas.ts';
import { PluginError } from '../core/errors.ts';
import { readLockToChange } from '../lock/read.ts';
import type { LockFile } from '../lock/types.ts';
import { editConfig } from './config-file.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry } from './known.ts';
import { acceptedLessTrust, writeExceptions } from './less-trust.ts';
import { pin } from './pin.ts';
import type { Wanted } from './offers.ts';
import { settle } from './settle.ts';
import { placeOfSource, type Place } from './place.ts';
import { assertRequired } from '../trust/policy.ts';
import { subjectOf, trustedSource } from './signature.ts';
import type { AddOptions, AddReport } from './types.ts';
import { plainGrants, withBrought } from './brought.ts';
import { assertMayWrite, confirmed, writeEntries } from './entries.ts';
import { changeTo, lockedName, settling, standing } from './pin-at.ts';

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
  if (options.dryRun) return { ...report, written: false };
  const accepted = await acceptedLessTrust(changes, options.acceptLessTrust);
  if (!(await confirmed(changes, options.confirm))) return { ...report, written: false };

  await pinned.keep();
  for (const other of others) await other.pinned?.keep();
  await writeExceptions(context, accepted);
  await writeEntries(context, changes);
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

/** The same source, or another range of the same plugin of a registry. */
function isSamePlugin(known: PluginConfig, place: Place, { plugins }: LockFile, context: LoaderContext): boolean {
  if (known.source === place.source) return true;
  if (place.kind !== 'registry') return false;
  if (known.source === undefined) return ownEntry(plugins, known.name)?.registry !== undefined;
  const before = placeOfSource(known.source, context);
  return before.kind === 'registry' && before.package === place.package;
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
