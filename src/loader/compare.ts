/** Two versions of a plugin side by side: what is locked, was locked, or a source gives. Writes nothing, and grants nothing. */
import { PluginError } from '../core/errors.ts';
import { withReviews, withSigner } from '../lock/entry.ts';
import { recall } from '../lock/history.ts';
import { readLock } from '../lock/read.ts';
import type { LockEntry, LockFile } from '../lock/types.ts';
import type { ModuleId } from '../source/types.ts';
import { changeOf } from './change.ts';
import type { LoaderContext } from './context.ts';
import { ownEntry, unknownPlugin } from './known.ts';
import { pin } from './pin.ts';
import { lockedName } from './pin-at.ts';
import { placeOf, placeOfSource, type Place } from './place.ts';
import { formerFiles } from './prepare.ts';
import type { Comparison, ComparisonSide, IdentifyOptions } from './types.ts';

type Asking = Pick<IdentifyOptions, 'signal'>;

/**
 * `name` is what is locked, `name@version` what is or was locked to it, else that version in a registry; anything else is a
 * specifier. Without `after`: what an update would lock.
 */
export async function compare(
  context: LoaderContext,
  before: string,
  after: string | undefined,
  asking: Asking,
): Promise<Comparison> {
  const old = await sideOf(context, before, asking);
  const now = after === undefined ? await offered(context, before, asking) : await sideOf(context, after, asking);
  const change = changeOf(now.entry.metadata.name, contentsOf(old.entry), contentsOf(now.entry));
  return { before: old, after: now, change: { ...change, signatures: 'ignored' } };
}

/** Without what people say of it: that of the one side may be locked, that of the other was not looked at. */
function contentsOf(entry: LockEntry): LockEntry {
  return withReviews(withSigner(entry, undefined), undefined);
}

async function sideOf(context: LoaderContext, text: string, asking: Asking): Promise<ComparisonSide> {
  const { config } = context;
  const [, name = text, version] = /^([a-zA-Z][a-zA-Z0-9-]*)@([^@]+)$/.exec(text) ?? [];
  const plugin = config.plugins.get(name);
  if (plugin === undefined) return pinned(context, text, asking);
  const lock = await readLock(config.lockFile);
  const locked = ownEntry(lock.plugins, name);
  const known = [
    ...(locked === undefined ? [] : [locked]),
    ...(await recall(config.dataDir, name)).map(({ entry }) => entry),
  ];
  const entry = version === undefined ? locked : known.find(({ metadata }) => metadata.version === version);
  if (entry !== undefined) return former(context, name, entry, asking);
  if (version === undefined) {
    throw new PluginError('ERR_NOT_LOCKED', `Cannot compare "${name}": it is not in plugins.lock.json`, {
      plugin: name,
      hint: `Run \`aitbc plugin lock ${name}\`, or name a source.`,
    });
  }
  const place = await placeOf(name, plugin.source, context, locked);
  if (place.kind === 'registry') return pinnedAt(place, name, lock, context, { ...asking, version });
  if (place.kind === 'npm') return pinned(context, `npm:${place.package}@${version}`, asking);
  throw new PluginError('ERR_USAGE', `Cannot compare "${text}": it was not locked to ${version} on this machine`, {
    plugin: name,
    hint: `Known are ${[...new Set(known.map(({ metadata }) => metadata.version))].join(', ') || 'no versions'}. Or name a source, with its tag or commit.`,
  });
}

async function offered(context: LoaderContext, name: string, asking: Asking): Promise<ComparisonSide> {
  const plugin = context.config.plugins.get(name);
  if (plugin === undefined) throw unknownPlugin(name, context.config.plugins.keys());
  const lock = await readLock(context.config.lockFile);
  const place = await placeOf(name, plugin.source, context, ownEntry(lock.plugins, name));
  return pinnedAt(place, name, lock, context, asking);
}

/** A plugin of the config: from the registry that its name is locked from, as an update would have it. */
async function pinnedAt(
  place: Place,
  name: string,
  lock: LockFile,
  context: LoaderContext,
  asking: Asking & { readonly version?: string },
): Promise<ComparisonSide> {
  const locked = lockedName(lock, name, place);
  const { entry, files } = await pin(place, name, context, { key: name, signature: 'ignore', locked, ...asking });
  return { entry, files: bytesOf(files) };
}

async function pinned(context: LoaderContext, text: string, asking: Asking): Promise<ComparisonSide> {
  const { entry, files } = await pin(placeOfSource(text, context), text, context, { signature: 'ignore', ...asking });
  return { entry, files: bytesOf(files) };
}

/** Local files are compared as they were locked only as long as they are still so. */
async function former(
  context: LoaderContext,
  name: string,
  entry: LockEntry,
  { signal }: Asking,
): Promise<ComparisonSide> {
  const plugin = context.config.plugins.get(name);
  if (plugin === undefined) throw unknownPlugin(name, context.config.plugins.keys());
  const files = await formerFiles(context, { ...plugin, source: entry.source }, entry, signal);
  return { entry, files: files === undefined ? undefined : bytesOf(files) };
}

function bytesOf(files: ReadonlyMap<ModuleId, { readonly bytes: Uint8Array }>): ReadonlyMap<ModuleId, Uint8Array> {
  return new Map([...files].map(([id, { bytes }]) => [id, bytes]));
}
