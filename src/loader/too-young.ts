import { satisfies } from 'semver';
import type { Release } from '../registry/types.ts';
import { exceptionsOf } from '../trust/exceptions.ts';
import type { LoaderContext } from './context.ts';

/**
 * Releases that wait for `trust.minimum_age` while an older one will do. Where none will, none waits: the policy then refuses
 * the newest, and says from when it may be locked.
 */
export function tooYoung(
  name: string,
  range: string,
  releases: readonly Release[],
  { config, logger }: Pick<LoaderContext, 'config' | 'logger'>,
): ReadonlySet<Release> {
  const minimum = config.trust?.minimumAge;
  const now = new Date();
  if (minimum === undefined || exceptionsOf(config.trust, [name], now).length > 0) return new Set();
  const inRange = releases.filter(
    ({ version, yanked, revoked }) => yanked === undefined && revoked === undefined && satisfies(version, range),
  );
  const young = inRange.filter(
    ({ published }) => published !== undefined && now.getTime() - Date.parse(published) < minimum,
  );
  if (young.length === inRange.length) return new Set();
  const [newest] = young;
  if (newest !== undefined && newest === inRange[0]) {
    logger.log('warn', 'a newer version is left out: it is younger than trust.minimum_age asks for', {
      plugin: name,
      version: newest.version,
      published: newest.published,
    });
  }
  return new Set(young);
}
