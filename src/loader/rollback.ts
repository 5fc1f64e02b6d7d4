/**
 * Back to what a plugin was locked to before. Guarantees that the former entry meets the policy of today, except for its age,
 * and that every byte of it was there and verified before the lock names it again; trusts the history for nothing else.
 */
import { PluginError } from '../core/errors.ts';
import { readLockToChange } from '../lock/read.ts';
import { recall, type FormerEntry } from '../lock/history.ts';
import type { LockEntry } from '../lock/types.ts';
import { changeOf } from './change.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry, unknownPlugin } from './known.ts';
import { acceptedLessTrust, withTrust, writeExceptions } from './less-trust.ts';
import { placeOf } from './place.ts';
import { keepFormer } from './prepare.ts';
import { rooms } from './rooms.ts';
import type { LockChange, RollbackOptions } from './types.ts';
import { inventoryOfVerified } from './inventories.ts';
import { assertLockable, withVulnerabilities } from './vulnerabilities.ts';
import { assertMayWrite, writeEntries } from './entries.ts';

export async function rollback(
  context: LoaderContext,
  name: string,
  options: RollbackOptions = {},
): Promise<LockChange> {
  const { config } = context;
  if (!options.dryRun) assertMayWrite(context);
  const plugin = config.plugins.get(name);
  if (plugin === undefined) throw unknownPlugin(name, config.plugins.keys());
  const before = ownEntry((await readLockToChange(config.lockFile)).plugins, name);
  if ((await placeOf(name, plugin.source, context, before)).kind === 'path') throw onThisMachine(name);
  const former = await recall(config.dataDir, name);
  const after = choose(name, before, former, plugin.source ?? name, options.to);
  const plain = withTrust(changeOf(name, before, after), context);
  await (await rooms.reviews()).assertStillReviewed(name, after, context, options.signal);
  const verified = await keepFormer(context, plugin, after, options.signal);
  const change = await withVulnerabilities(
    plain,
    () => inventoryOfVerified(verified, context),
    context,
    options.signal,
  );
  assertLockable(change, context);
  if (options.dryRun) return change;
  const accepted = await acceptedLessTrust([change], options.acceptLessTrust);
  if (!((await options.confirm?.([change])) ?? true)) return change;
  await writeExceptions(context, accepted);
  await writeEntries(context, [change]);
  return change;
}

function choose(
  name: string,
  before: LockEntry | undefined,
  former: readonly FormerEntry[],
  source: string,
  version: string | undefined,
): LockEntry {
  const others = former.map(({ entry }) => entry).filter((entry) => entry.checksum !== before?.checksum);
  const found = others.find(({ metadata }) => version === undefined || metadata.version === version);
  if (found === undefined) {
    const known = [...new Set(others.map(({ metadata }) => metadata.version))].join(', ');
    const what = version === undefined ? 'it was locked to nothing else' : `it was not locked to ${version}`;
    throw new PluginError('ERR_USAGE', `Cannot roll back "${name}": ${what} on this machine`, {
      plugin: name,
      hint:
        known === ''
          ? 'If the lock is under version control, restore plugins.lock.json from there.'
          : `It was locked to ${known}. Or restore plugins.lock.json from version control.`,
    });
  }
  if (found.source === source) return found;
  throw new PluginError('ERR_USAGE', `Cannot roll back "${name}": it came from another source then`, {
    plugin: name,
    hint: `To take it from there again: aitbc plugin add ${found.source} --name ${name} --replace`,
    details: { before: found.source, now: source },
  });
}

function onThisMachine(name: string): PluginError {
  return new PluginError('ERR_USAGE', `Cannot roll back "${name}": its files are on this machine, as they are now`, {
    plugin: name,
    hint: `Restore them, from version control perhaps, and lock them: aitbc plugin lock ${name}`,
  });
}
