/**
 * What a registry says of a package. Guarantees that a release that comes out has the name that was asked for, one full version, one
 * sha512 and a tarball's URL; it says so where a release has none. Trusts nothing else of it: neither shapes nor
 * dependencies, which are read from the tarball.
 */
import { maxSatisfying, valid, validRange } from 'semver';
import { PluginError } from '../../core/errors.ts';
import { isRange, isVersion, packageKey } from './names.ts';

export interface Packument {
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  /** By version; unchecked but for being objects. */
  readonly versions: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

export interface Release {
  readonly name: string;
  readonly version: string;
  readonly key: string;
  /** As the registry states it. */
  readonly stated: string;
  /** As the registry states it; undefined: the usual place. */
  readonly tarball: string | undefined;
}

/** Abbreviated where the registry knows that form. */
export const PACKUMENT_TYPES = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*; q=0.5';
/** The only form that has times. */
export const FULL_TYPES = 'application/json';
const MAX_VERSIONS = 50_000;

/** Throws ERR_SOURCE_FETCH for what is no packument of `name`. */
export function readPackument(name: string, registry: string, bytes: Uint8Array): Packument {
  const wrong = (state: string): PluginError =>
    new PluginError('ERR_SOURCE_FETCH', `Cannot use the answer of ${registry} for "npm:${name}": ${state}`, {
      hint: 'check "registry" in .npmrc: it must be the address of an npm registry',
    });
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw wrong(`it is not JSON (${cause instanceof Error ? cause.message.slice(0, 80) : 'unknown'})`);
  }
  if (!isObject(json)) throw wrong('it is not an object');
  if (own(json, 'name') !== name) throw wrong('it is about another package');
  const versions = own(json, 'versions');
  const tags = own(json, 'dist-tags') ?? {};
  if (!isObject(versions)) throw wrong('it has no versions');
  if (!isObject(tags)) throw wrong('its dist-tags are not an object');
  const entries = Object.entries(versions);
  if (entries.length > MAX_VERSIONS) throw wrong(`it has more than ${MAX_VERSIONS} versions`);
  return {
    name,
    tags: new Map(Object.entries(tags).filter((tag): tag is [string, string] => typeof tag[1] === 'string')),
    versions: new Map(
      entries.filter((entry): entry is [string, Record<string, unknown>] => isVersion(entry[0]) && isObject(entry[1])),
    ),
  };
}

/** When versions were published, of a full packument; what it does not say, or says in another way, is left out. */
export function readTimes(bytes: Uint8Array): ReadonlyMap<string, Date> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return new Map();
  }
  const times = isObject(json) ? own(json, 'time') : undefined;
  if (!isObject(times)) return new Map();
  return new Map(
    Object.entries(times).flatMap(([version, time]): [string, Date][] => {
      const date = new Date(typeof time === 'string' ? time : Number.NaN);
      return isVersion(version) && !Number.isNaN(date.getTime()) ? [[version, date]] : [];
    }),
  );
}

/**
 * The version that a range or tag means, as npm chooses it: the tag's; else `latest` where it is in the range and not deprecated; else the
 * highest in the range, deprecated ones last. ERR_SOURCE_NOT_FOUND where there is none.
 */
export function pickRelease(packument: Packument, range: string, registry: string): Release {
  const { name, tags, versions } = packument;
  const version = pickVersion(packument, range);
  const manifest = version === undefined ? undefined : versions.get(version);
  if (version === undefined || manifest === undefined) throw notFound(packument, range, registry);
  const dist = own(manifest, 'dist');
  const integrity = isObject(dist) ? own(dist, 'integrity') : undefined;
  const tarball = isObject(dist) ? own(dist, 'tarball') : undefined;
  const key = packageKey(name, version);
  if (own(manifest, 'name') !== name || own(manifest, 'version') !== version) {
    throw new PluginError('ERR_SOURCE_FETCH', `Cannot use "npm:${key}": ${registry} says that it is another package`, {
      details: { tags: tags.size },
    });
  }
  return {
    name,
    version,
    key,
    stated: typeof integrity === 'string' ? integrity.slice(0, 4_096) : '',
    tarball: typeof tarball === 'string' ? tarball : undefined,
  };
}

function pickVersion({ tags, versions }: Packument, range: string): string | undefined {
  const exact = valid(range, { loose: true });
  if (exact !== null) return versions.has(exact) ? exact : undefined;
  const semverRange = isRange(range) ? validRange(range, { loose: true }) : null;
  if (semverRange === null || tags.has(range)) return tags.get(range);
  const current = (version: string): boolean => !isDeprecated(versions.get(version));
  const latest = tags.get('latest');
  if (latest !== undefined && versions.has(latest) && current(latest) && inRange([latest], semverRange) !== null) {
    return latest;
  }
  const all = [...versions.keys()];
  return inRange(all.filter(current), semverRange) ?? inRange(all, semverRange) ?? undefined;
}

function inRange(versions: readonly string[], range: string): string | null {
  return maxSatisfying([...versions], range, { loose: true });
}

function isDeprecated(manifest: Readonly<Record<string, unknown>> | undefined): boolean {
  const deprecated = manifest === undefined ? undefined : own(manifest, 'deprecated');
  return deprecated !== undefined && deprecated !== false && deprecated !== '';
}

function notFound({ name, tags, versions }: Packument, range: string, registry: string): PluginError {
  const latest = tags.get('latest');
  return new PluginError(
    'ERR_SOURCE_NOT_FOUND',
    `Cannot find "npm:${name}@${range}": ${registry} has no such version`,
    {
      hint:
        latest === undefined || !versions.has(latest)
          ? 'correct the range'
          : `the latest version is ${latest}; correct the range`,
      details: { versions: versions.size },
    },
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
