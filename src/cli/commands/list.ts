import { oneLine } from '../output.ts';
import { withdrawnWords } from '../registry-text.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

const LOCKED = { yes: 'locked', no: 'not locked', outdated: 'outdated' } as const;

/** `aitbc plugin list` */
export async function list(session: Session): Promise<number> {
  const { output } = session;
  const loader = await session.loader(await session.config());
  const plugins = await loader.list();
  output.data({ plugins });
  if (plugins.length === 0) {
    output.line('The config has no plugins. Add one: aitbc plugin add <specifier>');
    return 0;
  }
  const rows = plugins.map((plugin) => [
    plugin.name,
    oneLine(plugin.version ?? '-', 40),
    plugin.enabled ? 'enabled' : 'disabled',
    [LOCKED[plugin.locked], ...withdrawnWords(plugin)].join(', '),
    oneLine(plugin.publisher ?? '-', 40),
    oneLine(plugin.source ?? 'plugin_paths', 120),
    oneLine(plugin.description ?? ''),
  ]);
  for (const line of table(['NAME', 'VERSION', 'ENABLED', 'LOCK', 'SIGNER', 'SOURCE', 'ABOUT'], rows, output.columns))
    output.line(line);
  return 0;
}
