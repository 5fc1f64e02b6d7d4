import type { Digest } from '../core/digest.ts';
import { OWN_PACKAGE } from '../source/npm/types.ts';
import type { FoundRelease } from '../source/release/types.ts';
import type { Artifact } from '../source/types.ts';
import { exceptionsOf } from '../trust/exceptions.ts';
import { assertOldEnough, type Dated } from '../trust/age.ts';
import type { LoaderContext } from './context.ts';
import { firstSeen } from './first-seen.ts';
import type { Place } from './place.ts';

export interface AgeSubject {
  readonly label: string;
  /** The config's name for it and its own, as far as they are known. */
  readonly names: readonly string[];
  readonly place: Place;
  readonly artifact: Pick<Artifact, 'packages' | 'resolved' | 'files'>;
  readonly integrity: Digest;
  /** What the lock has now: these bytes are not new. */
  readonly known: Digest | undefined;
  /** The registry's entry, where it comes from one. */
  readonly release: Pick<FoundRelease, 'name' | 'version' | 'published' | 'integrity'> | undefined;
  /** When npm packages of its graph were published, by `name@version`. */
  readonly packages: ReadonlyMap<string, Date>;
}

/**
 * ERR_POLICY for what `trust.minimum_age` finds too young. What lies on this machine has no age; what the lock has already keeps
 * its place. Runs before anything of the plugin does.
 */
export async function assertAge(subject: AgeSubject, { config }: LoaderContext): Promise<void> {
  const minimum = config.trust?.minimumAge;
  const { label, names, place, integrity, known } = subject;
  if (minimum === undefined || place.kind === 'path' || integrity === known) return;
  const now = new Date();
  const seen = await firstSeen(config.dataDir, integrity, now);
  if (exceptionsOf(config.trust, names, now).length > 0) return;
  assertOldEnough(names[0] ?? label, datesOf(subject, seen), { minimum, now });
}

function datesOf({ label, place, release, artifact, packages }: AgeSubject, seen: Date): readonly Dated[] {
  const stated = [...packages].map(([key, since]): Dated => ({ what: `npm:${key}`, since, known: 'published' }));
  const unstated = Object.keys(artifact.packages ?? {})
    .filter((key) => key !== OWN_PACKAGE && !packages.has(key))
    .map((key): Dated => ({ what: `npm:${key}`, since: seen, known: 'seen' }));
  const dated = [...stated, ...unstated];
  if (release?.published !== undefined) {
    const what = `${release.name}@${release.version}`;
    dated.push({ what, since: new Date(release.published), known: 'published' });
    // What its registry has published is as old as that, with all that it imports where the registry names that, too.
    if (release.integrity !== undefined || !hasRemoteModules(artifact)) return dated;
  } else if (place.kind === 'npm' && packages.has(artifact.resolved.slice('npm:'.length))) {
    // A plugin that is an npm package is among the packages.
    if (!hasRemoteModules(artifact)) return dated;
  }
  return [...dated, { what: label, since: seen, known: 'seen' }];
}

/** Modules of servers, which may give other bytes at any time. */
function hasRemoteModules({ files }: AgeSubject['artifact']): boolean {
  return [...files.keys()].some((id) => /^https?:/i.test(id));
}
