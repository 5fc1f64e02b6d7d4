import type { HostConfig } from '../../config/types.ts';
import { formatDuration } from '../../config/units.ts';
import { messageOf } from '../../core/errors.ts';
import type { HttpClient } from '../../source/http/types.ts';
import type { Looked, PackageRef, SourceState, VulnerabilitySource } from './types.ts';

export interface OpenSourceOptions {
  readonly config: Pick<HostConfig, 'trust' | 'cacheDir' | 'fetch'>;
  readonly offline: boolean;
  /** Asked for where the config has an API; owned by the source from then on. */
  http(): Promise<HttpClient>;
  readonly now?: Date;
}

const DEFAULT_MAX_AGE = 168 * 3_600_000;

/** The API of the config, else the local database. What cannot be asked says so for every package. */
export async function openVulnerabilitySource(options: OpenSourceOptions): Promise<VulnerabilitySource> {
  const { config, offline } = options;
  const { api, maxAge = DEFAULT_MAX_AGE } = config.trust?.vulnerabilities ?? {};
  if (api !== undefined) {
    if (offline) return nothing(`${api} cannot be asked: --offline forbids it`);
    const { wrongUrl } = await import('./plain-http.ts');
    const wrong = wrongUrl(api, config.fetch.allowInsecure);
    if (wrong !== undefined) return nothing(`${api} cannot be asked: ${wrong}`);
    const { createApiSource } = await import('./api.ts');
    return createApiSource(api, await options.http());
  }
  const { openDatabase } = await import('./database/open.ts');
  let database;
  try {
    database = await openDatabase(config.cacheDir);
  } catch (error) {
    return nothing(`the local database cannot be read: ${messageOf(error)}`);
  }
  if (database === undefined) return nothing('there is no local database: run `aitbc audit db update`');
  const { layout: _, generation: __, index: ___, ...info } = database.info;
  const { look } = database;
  return {
    state: { kind: 'database', info, stale: staleness(info, maxAge, options.now ?? new Date()) },
    look,
    close: () => Promise.resolve(),
  };
}

/** Why it is too old; undefined: it is not. An old archive that was imported today is old. */
function staleness(
  { newest, imported }: { readonly newest: string; readonly imported: string },
  maxAge: number,
  now: Date,
): string | undefined {
  const since = Math.min(Date.parse(newest), Date.parse(imported));
  if (now.getTime() - since <= maxAge) return undefined;
  return `the local database knows nothing after ${newest.slice(0, 10)}, and may be ${formatDuration(maxAge)} old`;
}

function nothing(why: string): VulnerabilitySource {
  const state: SourceState = { kind: 'none', why };
  return {
    state,
    look: (packages: readonly PackageRef[]) =>
      Promise.resolve(new Map(packages.map(({ purl }): [string, Looked] => [purl, { why }]))),
    close: () => Promise.resolve(),
  };
}
