import type { JsonObject } from '../core/json.ts';
import { isDay, notADay } from './days.ts';
import { MAX_AGE, readQuantity } from './limits.ts';
import type { Path } from './parsed.ts';
import { expandPath } from './paths.ts';
import type { Severity, VulnerabilityConfig, VulnerabilityIgnore } from './types.ts';

const AT = ['trust', 'vulnerabilities'];

interface From {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  report(path: Path, message: string): void;
}

/** `trust.vulnerabilities` of the config, as the schema has accepted it. */
export function vulnerabilityConfig(value: JsonObject, { root, env, report }: From): VulnerabilityConfig {
  const age = readQuantity(MAX_AGE, value['max_age'] ?? '168h');
  if (typeof age === 'string') report([...AT, 'max_age'], age);
  const ignore = (value['ignore'] ?? []) as unknown as readonly (Omit<VulnerabilityIgnore, 'plugin'> & {
    readonly plugin?: string;
  })[];
  for (const [index, { expires }] of ignore.entries()) {
    if (!isDay(expires)) report([...AT, 'ignore', index, 'expires'], notADay(expires));
  }
  const api = value['api'] as string | undefined;
  if (api !== undefined && !isBase(api)) {
    report([...AT, 'api'], 'must be a URL without user, query and fragment, such as https://api.osv.dev');
  }
  const sources = (value['database'] ?? []) as readonly string[];
  const block = (value['block'] ?? 'none') as Severity | 'none';
  return {
    block: block === 'none' ? undefined : block,
    unchecked: (value['unchecked'] as VulnerabilityConfig['unchecked'] | undefined) ?? 'warn',
    api: api?.replace(/\/+$/, ''),
    database: sources.map((source) => (/^https?:/i.test(source) ? source : expandPath(source, root, env))),
    maxAge: typeof age === 'number' ? age : MAX_AGE.default,
    ignore: ignore.map((one) => ({ ...one, plugin: one.plugin })),
  };
}

function isBase(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}
