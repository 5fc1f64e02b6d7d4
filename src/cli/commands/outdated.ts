import type { HostConfig } from '../../config/types.ts';
import { isPluginError, type PluginError } from '../../core/errors.ts';
import { plural } from '../../core/text.ts';
import { mapParallel } from '../../loader/parallel.ts';
import type { Loader, LockChange } from '../../loader/types.ts';
import { parseSpecifier } from '../../source/specifier.ts';
import { trustedText } from '../../trust/policy.ts';
import { changeData } from '../changes.ts';
import { oneLine } from '../output.ts';
import { withdrawnLines } from '../registry-text.ts';
import { errorData } from '../report-error.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

/** Each is asked on its own, so that one that cannot be reached hides no other. */
interface Asked {
  readonly name: string;
  readonly change: LockChange | undefined;
  readonly error: PluginError | undefined;
  /** The newest version that fits this host, whatever range the config asks for; undefined: nobody says. */
  readonly newest: string | undefined;
}

const PARALLEL = 4;

/** `aitbc plugin outdated [names…]`: what an update would bring. Writes nothing; exits with 1 when something could not be checked. */
export async function outdated(session: Session, names: readonly string[]): Promise<number> {
  const { output } = session;
  const config = await session.config();
  const loader = await session.loader(config);
  const listed = names.length > 0 ? [...new Set(names)] : enabled(config);
  const asked = await mapParallel(listed, PARALLEL, (name) => ask(name, config, loader, session.signal));
  // After the registries were asked: what they withdrew is known by now.
  const withdrawn = (await loader.list()).filter(
    (plugin) => listed.includes(plugin.name) && withdrawnLines(plugin).length > 0,
  );
  session.progress.clear();
  const behind = asked.filter(({ change, newest }) => isBehind(change, newest));
  const failed = asked.filter(({ error }) => error !== undefined);
  output.data({
    plugins: behind.map(({ change, newest }) => ({ ...(change && changeData(change)), newest })),
    unchecked: failed.map(({ name, error }) => ({ name, error: error && errorData(error) })),
    withdrawn: withdrawn.map(({ name, version, yanked, revoked }) => ({ name, version, yanked, revoked })),
    checked: asked.length - failed.length,
  });
  if (behind.length > 0) {
    const rows = behind.map(({ name, change, newest }) => [
      name,
      oneLine(change?.before?.metadata.version ?? '-', 40),
      oneLine(change?.after?.metadata.version ?? '-', 40),
      oneLine(newest ?? '-', 40),
      summary(change),
    ]);
    for (const line of table(['NAME', 'LOCKED', 'UPDATE', 'NEWEST', 'CHANGES'], rows, output.columns))
      output.line(line);
  }
  for (const plugin of withdrawn) {
    const what = `${plugin.name} ${oneLine(plugin.version ?? '', 40)}`;
    for (const line of withdrawnLines(plugin)) output.note(output.style('yellow', `${what}: ${line}`, 'stderr'));
  }
  for (const { name, error } of failed) {
    output.note(output.style('yellow', `could not check ${name}: ${oneLine(error?.message ?? '', 2_000)}`, 'stderr'));
  }
  if (failed.length > 0) return 1;
  if (behind.length === 0) output.line(`Nothing is outdated: ${plural(asked.length, 'plugin')} checked.`);
  else output.line('See all of it with `aitbc plugin update --dry-run`.');
  return 0;
}

async function ask(name: string, config: HostConfig, loader: Loader, signal: AbortSignal): Promise<Asked> {
  try {
    const [change] = await loader.update([name], { dryRun: true, signal });
    return { name, change, error: undefined, newest: await newestOf(name, config, loader) };
  } catch (error) {
    if (!isPluginError(error) || error.code === 'ERR_ABORTED' || error.code === 'ERR_USAGE') throw error;
    return { name, change: undefined, error, newest: undefined };
  }
}

async function newestOf(name: string, config: HostConfig, loader: Loader): Promise<string | undefined> {
  const { root, fetch } = config;
  const source = config.plugins.get(name)?.source ?? name;
  const spec = parseSpecifier(source, { root, allowInsecure: fetch.allowInsecure });
  if (spec.kind !== 'registry') return undefined;
  const registry = spec.registry === undefined ? '' : `registry:${spec.registry}/`;
  return (await loader.offers(`${registry}${spec.name}`)).newest.version;
}

function isBehind(change: LockChange | undefined, newest: string | undefined): boolean {
  if (change === undefined) return false;
  return change.kind !== 'unchanged' || (newest !== undefined && newest !== change.after?.metadata.version);
}

/** What an operator must look at first: wider permissions and another signer; then what else is different. */
function summary(change: LockChange | undefined): string {
  if (change?.kind === 'unchanged') return 'none in the range of the config';
  if (change?.kind === 'added') return 'not locked yet';
  const { before, after, widened = [], modules } = change ?? {};
  const parts = widened.length > 0 ? [`asks for ${widened.join(', ')}`] : [];
  if (before !== undefined && after !== undefined && before.signer !== after.signer) {
    parts.push(`signer: ${trustedText(before)} -> ${trustedText(after)}`);
  }
  if (before !== undefined && before.source !== after?.source) parts.push('another source');
  const touched = (modules?.added.length ?? 0) + (modules?.removed.length ?? 0) + (modules?.changed.length ?? 0);
  if (touched > 0) parts.push(plural(touched, 'module'));
  const isElsewhere = before !== undefined && before.resolved !== after?.resolved;
  return oneLine(parts.join('; ') || (isElsewhere ? 'the same from another place' : 'metadata'), 2_000);
}

function enabled(config: HostConfig): string[] {
  return [...config.plugins.values()].filter((plugin) => plugin.enabled).map(({ name }) => name);
}
