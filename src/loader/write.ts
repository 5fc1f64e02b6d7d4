/**
 * What changes lock and config. Guarantees the order lock first, config second (on removal the other way round), so that a
 * kill between the two never leaves a config that names what the lock lacks; that all is read, checked and built before
 * anything is written; and that a frozen lock is never written.
 */
import { removePlugin, setEnabled as editEnabled } from '../config/edit.ts';
import type { HostConfig } from '../config/types.ts';
import { parseDependency } from '../contract/dependency.ts';
import { PluginError } from '../core/errors.ts';
import { readLock, readLockToChange } from '../lock/read.ts';
import type { LockFile } from '../lock/types.ts';
import { changeOf } from './change.ts';
import { editConfig } from './config-file.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry, unknownPlugin } from './known.ts';
import { pin } from './pin.ts';
import { placeOf, placeOfSource } from './place.ts';
import type { Identified, IdentifyOptions, LockChange } from './types.ts';
import { writeEntries, assertMayWrite } from './entries.ts';
import { lockedName } from './pin-at.ts';

export { add } from './add.ts';
export { lockAll, update } from './relock.ts';

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
  if (before !== undefined) await writeEntries(context, [{ name, before, after: undefined }]);
  return changeOf(name, before, undefined);
}

export async function setEnabled(context: LoaderContext, name: string, enabled: boolean): Promise<void> {
  const { config } = context;
  if (!config.plugins.has(name)) throw unknownPlugin(name, config.plugins.keys());
  await editConfig(config, (text) => editEnabled(text, name, enabled));
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
