import type { Digest } from '../core/digest.ts';
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
  readonly artifact: Pick<Artifact, 'packages'>;
  readonly integrity: Digest;
  /** What the lock has now: these bytes are not new. */
  readonly known: Digest | undefined;
  /** The registry's entry, where it comes from one. */
  readonly release:
    | { readonly name: string; readonly version: string; readonly published: string | undefined }
    | undefined;
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

function datesOf({ label, release, artifact, packages }: AgeSubject, seen: Date): readonly Dated[] {
  const stated = [...packages].map(([key, since]): Dated => ({ what: `npm:${key}`, since, known: 'published' }));
  const unstated = Object.keys(artifact.packages ?? {})
    .filter((key) => key !== '.' && !packages.has(key))
    .map((key): Dated => ({ what: `npm:${key}`, since: seen, known: 'seen' }));
  if (release?.published !== undefined) {
    const what = `${release.name}@${release.version}`;
    return [...stated, ...unstated, { what, since: new Date(release.published), known: 'published' }];
  }
  // A plugin that is an npm package is among the packages.
  const isDated = artifact.packages?.['.']?.integrity !== undefined && packages.size > 0;
  return isDated ? [...stated, ...unstated] : [...stated, ...unstated, { what: label, since: seen, known: 'seen' }];
}
