import type { Json } from '../core/json.ts';
import { isInterpolated } from './interpolate.ts';
import type { Path } from './parsed.ts';
import { didYouMean } from '../core/suggest.ts';
import { keySource } from './trust.ts';
import { expandPath } from './paths.ts';
import type { RegistryConfig } from './types.ts';

interface From {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names in `trust.publishers`. */
  readonly publishers: ReadonlySet<string>;
  report(path: Path, message: string, extra?: { readonly hint: string }): void;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;

/** `registries` of the config in its order, as the schema has accepted it. The lock names them, so none comes from the environment. */
export function registriesConfig(value: readonly Json[], from: From): readonly RegistryConfig[] {
  const { root, env, report } = from;
  const seen = new Map<string, number>();
  return value.map((item, index) => {
    const path = ['registries', index];
    const {
      name: given,
      url,
      tuf,
      revocations,
    } = (typeof item === 'string' ? { url: item } : item) as unknown as {
      readonly name?: string;
      readonly url: string;
      readonly tuf?: { readonly root: string };
      readonly revocations?: RawRevocations;
    };
    for (const text of [url, tuf?.root, ...(revocations?.keys ?? [])]) {
      if (text !== undefined && isInterpolated(text)) {
        report(path, 'must be written out, because the lock names it: it cannot hold ${…}', {
          hint: 'a token for its host goes into fetch.tokens or AITBC_TOKENS',
        });
      }
    }
    const name = given ?? nameOf(url);
    if (name === undefined) {
      report(path, 'needs a name', { hint: `write { name: <name>, url: "${url}" }` });
      return { name: '', url };
    }
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      report(path, `has the name of registries[${other}]: "${name}"`, {
        hint: `write { name: <another name>, url: "${url}" }`,
      });
    }
    seen.set(name.toLowerCase(), index);
    return {
      name,
      url,
      ...(tuf === undefined ? {} : { tuf: { root: expandPath(tuf.root, root, env) } }),
      ...(revocations === undefined
        ? {}
        : { revocations: revocationsConfig(revocations, [...path, 'revocations'], from) }),
    };
  });
}

interface RawRevocations {
  readonly publishers?: readonly string[];
  readonly keys?: readonly string[];
}

function revocationsConfig(
  { publishers = [], keys = [] }: RawRevocations,
  path: Path,
  { root, env, report, publishers: known }: From,
): NonNullable<RegistryConfig['revocations']> {
  if (publishers.length + keys.length === 0) report(path, 'must have publishers, keys or both');
  for (const [index, name] of publishers.entries()) {
    if (known.has(name)) continue;
    const state = `names no publisher of trust.publishers: "${name}"${didYouMean(name, known)}`;
    report([...path, 'publishers', index], state);
  }
  return { publishers, keys: keys.map((key) => keySource(key, root, env)) };
}

/** The host of a URL; the last folder of a path, and of a repository. */
function nameOf(url: string): string | undefined {
  const web = /^https?:\/\/(?:[^/?#@]*@)?([^/?#:]+)/i.exec(url)?.[1]?.toLowerCase();
  const [address = ''] = url.split('#');
  const parts = address.split('/').filter((part) => part !== '' && part !== '.' && part !== 'index.json');
  const name = web ?? parts.at(-1)?.replace(/\.git$|\.json$/, '');
  return name !== undefined && NAME.test(name) ? name : undefined;
}
