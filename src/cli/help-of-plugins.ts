import { findConfig } from '../config/find.ts';
import { messageOf } from '../core/errors.ts';
import { BUILT_IN } from './built-in.ts';
import { GLOBAL_OPTIONS, type Globals } from './globals.ts';
import { oneLine } from './output.ts';
import { mountedGroups, pluginsOf } from './plugin-groups.ts';

/** The end of `aitbc --help`: global options and the commands of plugins. What keeps them from being listed is said, not thrown. */
export async function helpOfPlugins(globals: Globals): Promise<string> {
  const lines = ['', 'Global options:', ...columns(GLOBAL_OPTIONS)];
  try {
    const file = await findConfig({ file: globals.config, env: process.env, cwd: process.cwd() });
    const groups = file === undefined ? [] : await mountedGroups(file);
    if (groups.length > 0) {
      lines.push('', 'Commands of plugins:');
      lines.push(
        ...columns(
          groups.map(({ plugin, group }) => {
            const shadowed = BUILT_IN.includes(group.name) || pluginsOf(groups, group.name).length > 1;
            const name = shadowed ? `plugin exec ${plugin} ${group.name}` : group.name;
            return [name, `${oneLine(group.help)} (${plugin})`] as const;
          }),
        ),
      );
    }
  } catch (error) {
    lines.push('', `Commands of plugins cannot be listed: ${oneLine(messageOf(error))}`);
  }
  return lines.join('\n');
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
