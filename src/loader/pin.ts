import type { LockEntry } from '../lock/types.ts';
import { lockEntryOf } from '../lock/entry.ts';
import { verify } from '../lock/verify.ts';
import { isForeign } from '../lock/conflicts.ts';
import type { Artifact } from '../source/types.ts';
import { errorFor, sourceContext, type LoaderContext } from './context.ts';
import { describe } from './inspect.ts';
import type { Place } from './place.ts';
import { programOf } from './programs.ts';
import { rooms } from './rooms.ts';

/** What a source gives now, as a lock entry, and what is needed to keep it. */
export interface Pinned {
  readonly entry: LockEntry;
  /** Stores what the entry names and builds it, so that a start without a network finds all. */
  keep(): Promise<void>;
}

/** Reads, collects and describes; writes neither lock nor config. `label` names it in errors and progress. */
export async function pin(place: Place, label: string, context: LoaderContext, signal?: AbortSignal): Promise<Pinned> {
  try {
    const artifact = await collect(place, label, context, signal);
    const entry = lockEntryOf(artifact, await describe(artifact, label, context));
    return { entry, keep: () => keep(artifact, entry, place, label, context) };
  } catch (error) {
    throw errorFor(label, error);
  }
}

async function collect(place: Place, label: string, context: LoaderContext, signal?: AbortSignal): Promise<Artifact> {
  const { maxModules, maxModuleBytes, maxArchiveBytes } = context.config.fetch;
  const origin = await rooms.openOrigin(place.specifier, sourceContext(context, label, signal));
  try {
    const graph = await rooms.collectGraph(origin, {
      maxModules,
      maxModuleBytes,
      maxBytes: maxArchiveBytes,
      ...(signal === undefined ? {} : { signal }),
    });
    return {
      source: place.source,
      resolved: place.kind === 'path' ? (place.found ?? origin.resolved) : origin.resolved,
      git: origin.git,
      entry: origin.entry,
      ...graph,
    };
  } finally {
    await origin.close();
  }
}

async function keep(
  artifact: Artifact,
  entry: LockEntry,
  place: Place,
  label: string,
  context: LoaderContext,
): Promise<void> {
  // A local plugin's own files are read from their folder at every start.
  for (const [id, file] of artifact.files) {
    if (place.kind !== 'path' || isForeign(id)) await context.store.blobs.put(file.bytes, file.digest);
  }
  const verified = await verify(label, entry, { read: (id) => Promise.resolve(artifact.files.get(id)?.bytes) });
  await programOf(verified, context);
}
