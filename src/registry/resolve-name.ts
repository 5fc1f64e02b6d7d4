import semver from 'semver';
import { incompatibility, type HostFacts } from '../contract/compatibility.ts';
import { PluginError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import type { NamedReleases, Release } from './types.ts';

/** What a new lock may choose; the version that is locked may be chosen though it was yanked since. */
export interface Wanted {
  /** A semver range. */
  readonly range: string;
  readonly host: HostFacts;
  readonly locked?: string | undefined;
}

/** Why a release is not to be chosen; undefined: it may be. */
export function unfit(release: Release, { range, host, locked }: Wanted): string | undefined {
  if (!semver.satisfies(release.version, range)) {
    const isPrerelease = semver.satisfies(release.version, range, { includePrerelease: true });
    return isPrerelease ? 'it is a prerelease: name its version' : `it is not in the range ${range}`;
  }
  if (release.revoked !== undefined) return `it was revoked: ${printable(release.revoked, { max: 200 })}`;
  if (release.yanked !== undefined && release.version !== locked) {
    return release.yanked === '' ? 'it was yanked' : `it was yanked: ${printable(release.yanked, { max: 200 })}`;
  }
  return incompatibility(release.compatibility, host)?.state;
}

/** The newest that is in the range, fits the host and was not yanked. ERR_SOURCE_NOT_FOUND, ERR_INCOMPATIBLE where there is none. */
export function pickRelease(named: NamedReleases, wanted: Wanted): Release {
  const found = named.releases.find((release) => unfit(release, wanted) === undefined);
  if (found !== undefined) return found;
  throw noneFits(named, wanted);
}

const SHOWN = 5;

function noneFits({ name, index, releases }: NamedReleases, wanted: Wanted): PluginError {
  const { range, host } = wanted;
  const registry = index.registry.name;
  const inRange = releases.filter(({ version }) => semver.satisfies(version, range));
  if (inRange.length === 0) {
    const versions = releases.slice(0, SHOWN).map(({ version }) => version);
    const more = releases.length - versions.length;
    return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "${name}@${range}": ${registry} has no such version`, {
      hint: `it has ${versions.join(', ')}${more > 0 ? ` and ${more} older ones` : ''}; correct the range`,
    });
  }
  const reasons = inRange.slice(0, SHOWN).map((release) => `${release.version}: ${unfit(release, wanted) ?? ''}`);
  const yanked = inRange.every((release) => release.yanked !== undefined || release.revoked !== undefined);
  return new PluginError(
    yanked ? 'ERR_SOURCE_NOT_FOUND' : 'ERR_INCOMPATIBLE',
    `Cannot use "${name}@${range}": no version of it ${yanked ? 'is offered any more' : 'fits this host'}`,
    {
      hint: reasons.join('\n'),
      details: { registry, host: `${host.version} ${host.platform}-${host.arch}` },
    },
  );
}
