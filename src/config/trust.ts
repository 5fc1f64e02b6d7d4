import type { Json, JsonObject } from '../core/json.ts';
import { isDay, notADay } from './days.ts';
import { didYouMean } from '../core/suggest.ts';
import { isInterpolated } from './interpolate.ts';
import type { Path } from './parsed.ts';
import { expandPath } from './paths.ts';
import { vulnerabilityConfig } from './vulnerabilities.ts';
import { parseDuration } from './units.ts';
import type {
  Identity,
  KeySource,
  PublisherConfig,
  Requirement,
  ReviewRequirement,
  ReviewsConfig,
  TrustConfig,
} from './types.ts';

interface From {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  report(path: Path, message: string): void;
}

/** `trust` of the config, as the schema has accepted it. Nothing of it may come from the environment. */
export function trustConfig(value: JsonObject, { root, env, report }: From): TrustConfig {
  refuseVariables(value, ['trust'], report);
  const trustedRoot = value['trusted_root'] as string | undefined;

  const signers = (raw: Json | undefined, path: Path): ReadonlyMap<string, PublisherConfig> =>
    signersOf(raw, path, { root, env, report, hasRoot: trustedRoot !== undefined });
  const publishers = signers(value['publishers'], ['trust', 'publishers']);

  const namespaces = new Map<string, readonly string[]>();
  for (const [pattern, raw] of Object.entries((value['namespaces'] ?? {}) as JsonObject)) {
    const names = raw as readonly string[];
    for (const [index, name] of names.entries()) {
      if (publishers.has(name)) continue;
      const path = ['trust', 'namespaces', pattern, index];
      report(path, `names no publisher of trust.publishers: "${name}"${didYouMean(name, publishers.keys())}`);
    }
    namespaces.set(pattern, names);
  }

  const exceptions = (value['exceptions'] ?? []) as unknown as TrustConfig['exceptions'];
  for (const [index, { expires }] of exceptions.entries()) {
    if (!isDay(expires)) report(['trust', 'exceptions', index, 'expires'], notADay(expires));
  }
  const vulnerabilities = value['vulnerabilities'] as JsonObject | undefined;

  return {
    publishers,
    namespaces,
    require: (value['require'] as Requirement | undefined) ?? 'none',
    sources: new Map(Object.entries((value['sources'] ?? {}) as Record<string, Requirement>)),
    exceptions,
    trustedRoot: trustedRoot === undefined ? undefined : expandPath(trustedRoot, root, env),
    ...(value['minimum_age'] === undefined ? {} : { minimumAge: parseDuration(value['minimum_age'] as string) ?? 0 }),
    ...(value['reviews'] === undefined
      ? {}
      : { reviews: reviewsConfig(value['reviews'] as JsonObject, signers, publishers, { root, env, report }) }),
    ...(vulnerabilities === undefined
      ? {}
      : { vulnerabilities: vulnerabilityConfig(vulnerabilities, { root, env, report }) }),
  };
}

/** People by name, with the keys and identities that are theirs. */
function signersOf(
  raw: Json | undefined,
  at: Path,
  { root, env, report, hasRoot }: From & { readonly hasRoot: boolean },
): ReadonlyMap<string, PublisherConfig> {
  const signers = new Map<string, PublisherConfig>();
  for (const [name, each] of Object.entries((raw ?? {}) as JsonObject)) {
    const path = [...at, name];
    const { keys = [], identities = [] } = each as { keys?: readonly string[]; identities?: readonly Identity[] };
    if (keys.length + identities.length === 0) report(path, 'must have keys, identities or both');
    if (identities.length > 0 && !hasRoot) {
      report([...path, 'identities'], 'need trust.trusted_root: the file that says whose certificates count');
    }
    signers.set(name, { keys: keys.map((key) => keySource(key, root, env)), identities });
  }
  return signers;
}

function reviewsConfig(
  value: JsonObject,
  signers: (raw: Json | undefined, path: Path) => ReadonlyMap<string, PublisherConfig>,
  publishers: ReadonlyMap<string, PublisherConfig>,
  { root, env, report }: From,
): ReviewsConfig {
  const reviewers = signers(value['reviewers'], ['trust', 'reviews', 'reviewers']);
  const require = ((value['require'] ?? []) as unknown as readonly Partial<ReviewRequirement>[]).map(
    (entry, index): ReviewRequirement => {
      const path = ['trust', 'reviews', 'require', index];
      const { criteria = [], reviewers: count = 1 } = entry;
      if (count > reviewers.size) {
        report([...path, 'reviewers'], `asks for ${count}, and trust.reviews.reviewers has ${reviewers.size}`);
      }
      for (const [at, name] of (entry.publishers ?? []).entries()) {
        if (publishers.has(name)) continue;
        report(
          [...path, 'publishers', at],
          `names no publisher of trust.publishers: "${name}"${didYouMean(name, publishers.keys())}`,
        );
      }
      return { plugins: entry.plugins, publishers: entry.publishers, criteria, reviewers: count };
    },
  );
  const from = ((value['from'] ?? []) as readonly string[]).map((place, index) => {
    if (!/^https?:\/\//i.test(place)) return expandPath(place, root, env);
    if (!URL.canParse(place) || !place.endsWith('/')) {
      report(['trust', 'reviews', 'from', index], `must be the URL of a folder, and end with /: "${place}"`);
    }
    return place;
  });
  return { reviewers, from, require };
}

/** The key itself, or the file that holds it. Base64 of a public key begins with M, as no path has to. */
export function keySource(key: string, root: string, env: From['env']): KeySource {
  const isText = key.trimStart().startsWith('-----BEGIN') || /^M[A-Za-z0-9+/]{40,}={0,2}$/.test(key.trim());
  return isText ? { text: key.trim() } : { file: expandPath(key, root, env) };
}

/** Who is trusted is written in the config, where it is reviewed. */
function refuseVariables(value: Json | undefined, path: Path, report: From['report']): void {
  if (typeof value === 'string') {
    if (isInterpolated(value)) report(path, 'must be written out: it cannot hold ${…}');
  } else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Json[]).entries()) refuseVariables(item, [...path, index], report);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) refuseVariables(member, [...path, key], report);
  }
}
