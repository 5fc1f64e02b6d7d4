import { resolve } from 'node:path';
import type { HostConfig } from '../../config/types.ts';
import { PluginError } from '../../core/errors.ts';
import { plural } from '../../core/text.ts';
import type { HttpClient } from '../../source/http/types.ts';
import type { DatabaseInfo } from '../../trust/vulnerabilities/types.ts';
import { oneLine } from '../output.ts';
import type { Session } from '../session.ts';
import { ageText } from '../vulnerabilities.ts';

const OSV = 'https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip';

/** `aitbc audit db update [sources…]`: default: `trust.vulnerabilities.database`. All or nothing. */
export async function updateDatabase(session: Session, given: readonly string[]): Promise<number> {
  const { output, logger, progress } = session;
  const config = await session.config({ begin: true });
  const isUrl = (source: string): boolean => /^https?:/i.test(source);
  const sources =
    given.length > 0
      ? given.map((source) => (isUrl(source) ? source : resolve(source)))
      : (config.trust?.vulnerabilities?.database ?? []);
  if (sources.length === 0) {
    throw new PluginError('ERR_USAGE', 'Cannot update the database: nothing says from where', {
      hint: `aitbc audit db update ${OSV}\nor name it in the config: trust.vulnerabilities.database`,
    });
  }
  const remote = sources.find((source) => isUrl(source));
  if (remote !== undefined && session.run.offline) {
    throw new PluginError('ERR_OFFLINE', `Cannot fetch "${remote}": --offline forbids it`, {
      hint: 'Download it elsewhere, and name the file.',
    });
  }
  const { updateDatabase: update } = await import('../../trust/vulnerabilities/database/update.ts');
  let http: HttpClient | undefined;
  try {
    const info = await update({
      sources,
      cacheDir: config.cacheDir,
      allowInsecure: config.fetch.allowInsecure,
      signal: session.signal,
      http: async () => {
        const { createHttpClient } = await import('../../source/http/client.ts');
        return (http ??= createHttpClient({ config: config.fetch, logger, signal: session.signal }));
      },
      progress: (records) => progress.update({ plugin: 'database', phase: 'fetch', item: plural(records, 'record') }),
    });
    progress.clear();
    output.data({ database: info });
    output.line(`Imported ${infoText(info)}.`);
    return 0;
  } finally {
    progress.clear();
    await http?.close();
  }
}

/** `aitbc audit db status`: exits with 1 where there is none, and where it is too old or damaged. */
export async function databaseStatus(session: Session): Promise<number> {
  const { output } = session;
  const config = await session.config({ begin: true });
  const { openVulnerabilitySource } = await import('../../trust/vulnerabilities/source.ts');
  const { state } = await openVulnerabilitySource({ config: withoutApi(config), offline: true, http: neverAsked });
  if (state.kind !== 'database') {
    output.data({ database: null, why: state.kind === 'none' ? state.why : '' });
    output.line(state.kind === 'none' ? `${state.why[0]?.toUpperCase()}${oneLine(state.why.slice(1))}` : '');
    return 1;
  }
  output.data({ database: state.info, stale: state.stale !== undefined });
  output.line(infoText(state.info));
  for (const source of state.info.sources) output.line(`  from ${oneLine(source)}`);
  if (state.stale !== undefined) output.line(oneLine(state.stale));
  return state.stale === undefined ? 0 : 1;
}

function infoText({ records, withdrawn, ecosystems, newest, imported }: DatabaseInfo): string {
  const now = new Date();
  const kinds = Object.entries(ecosystems).map(([name, count]) => `${name} ${count}`);
  const gone = withdrawn > 0 ? ` (${withdrawn} withdrawn)` : '';
  return oneLine(
    `${plural(records, 'record')}${gone}: ${kinds.join(', ') || 'none of a supported ecosystem'}; the newest is ${ageText(newest, now)} old, imported ${ageText(imported, now)} ago`,
  );
}

/** The local database alone. */
function withoutApi({ cacheDir, fetch, trust }: HostConfig): Pick<HostConfig, 'trust' | 'cacheDir' | 'fetch'> {
  const known = trust?.vulnerabilities;
  if (trust === undefined || known === undefined) return { cacheDir, fetch };
  return { cacheDir, fetch, trust: { ...trust, vulnerabilities: { ...known, api: undefined } } };
}

function neverAsked(): Promise<never> {
  return Promise.reject(new PluginError('ERR_INTERNAL', 'Cannot ask an API: the local database is meant'));
}
