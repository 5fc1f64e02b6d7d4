import { DEFAULT_LIMITS, format, LIMITS } from '../../config/limits.ts';
import type { Limits } from '../../config/types.ts';
import { isPluginError } from '../../core/errors.ts';
import { plural } from '../../core/text.ts';
import type { Loader, PluginInfo } from '../../loader/types.ts';
import { importNotes } from '../imports.ts';
import { oneLine } from '../output.ts';
import { permissionLines } from '../permissions.ts';
import { withdrawnLines } from '../registry-text.ts';
import type { Session } from '../session.ts';
import { signerText } from '../signer.ts';

/** `aitbc plugin info <name>`: of config and lock; what is in neither, of the registries. */
export async function info(session: Session, name: string): Promise<number> {
  const { output } = session;
  const config = await session.config();
  const loader = await session.loader(config);
  const plugin = await installed(loader, name, (config.registries?.length ?? 0) > 0);
  if (plugin === undefined) return (await import('./offers.ts')).offers(session, loader, name);
  const { lock, config: own, imports = [] } = plugin;
  const notes =
    lock === undefined
      ? []
      : importNotes(imports, lock.permissions, own?.permissions ?? {}, lock.metadata.dependencies);
  output.data({
    ...plugin,
    notes,
    // Interpolated, so it may hold secrets; and it is the operator's own file.
    config: own && {
      priority: own.priority,
      required: own.required,
      isolation: own.isolation,
      limits: own.limits,
    },
    lock: lock && { ...lock, modules: Object.keys(lock.modules).length },
  });
  const row = (label: string, text: string | undefined): void => {
    if (text !== undefined && text !== '') output.line(`${label.padEnd(12)} ${oneLine(text)}`);
  };
  const rows = (label: string, texts: readonly string[]): void => {
    for (const [index, text] of texts.entries()) row(index === 0 ? label : '', text);
  };
  output.line(output.style('bold', `${name} ${plugin.version ?? ''}`.trim()));
  row('about', plugin.description);
  row(
    'state',
    `${plugin.enabled ? 'enabled' : 'disabled'}, ${plugin.locked === 'yes' ? 'locked' : plugin.locked === 'no' ? 'not locked' : 'lock outdated'}`,
  );
  rows('withdrawn', withdrawnLines(plugin));
  row('source', plugin.source ?? 'looked for in plugin_paths and registries');
  if (lock?.registry) row('registry', `${lock.registry.name} (${lock.registry.url})`);
  if (lock && lock.resolved !== lock.source) row('resolved', lock.resolved);
  row('commit', lock?.git?.commit);
  row('author', lock?.metadata.author);
  row('license', lock?.metadata.license);
  row('homepage', lock?.metadata.homepage);
  row('kind', lock && `${lock.kind}, ${plural(Object.keys(lock.modules).length, 'module')}`);
  row('checksum', plugin.integrity);
  row('signer', lock && signerText(lock));
  row('reviews', lock?.reviews && `${Object.keys(lock.reviews).length} in the lock`);
  rows('depends on', [...(lock?.metadata.dependencies ?? []), ...(own?.dependencies ?? [])]);
  row('imports', plugin.imports && (plugin.imports.join(', ') || 'nothing'));
  rows('asks for', lock ? permissionLines(lock.permissions) : []);
  rows('may', plugin.granted);
  rows('note', notes);
  rows(
    'commands',
    (lock?.commands ?? []).map(
      (group) => `${group.name} ${group.subcommands.map((command) => command.name).join(' | ')}`,
    ),
  );
  if (own) rows('limits', changedLimits(own.limits));
  if (own) row('priority', `${own.priority}${own.required ? ', required' : ''}, isolation ${own.isolation}`);
  return 0;
}

/** Undefined for a name that registries may know. */
async function installed(loader: Loader, name: string, elsewhere: boolean): Promise<PluginInfo | undefined> {
  if (/[@:]/.test(name)) return undefined;
  try {
    return await loader.info(name);
  } catch (error) {
    if (elsewhere && isPluginError(error, 'ERR_USAGE')) return undefined;
    throw error;
  }
}

/** Those that differ from their default. */
function changedLimits(limits: Limits): string[] {
  return (Object.keys(LIMITS) as (keyof Limits)[])
    .filter((key) => limits[key] !== DEFAULT_LIMITS[key])
    .map((key) => `${LIMITS[key].key}: ${format(LIMITS[key], limits[key])}`);
}
