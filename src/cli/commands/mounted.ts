import { isPluginError, PluginError } from '../../core/errors.ts';
import { suggest } from '../../core/suggest.ts';
import { BUILT_IN } from '../built-in.ts';
import type { Globals } from '../globals.ts';
import type { Output } from '../output.ts';
import { mountedGroups, theOnlyGroup, type MountedGroup } from '../plugin-groups.ts';
import { runPluginCommand } from '../run-plugin-command.ts';
import { withSession } from '../with-session.ts';

/** `aitbc <group> <command> …`: a command of the one plugin whose group it is. */
export async function mountedCommand(words: readonly string[], globals: Globals, output: Output): Promise<number> {
  const [name = ''] = words;
  return withSession({ globals, output, logLevel: 'warn' }, async (session) => {
    const file = await session.configFile();
    let groups: MountedGroup[];
    try {
      groups = file === undefined ? [] : await mountedGroups(file);
    } catch (error) {
      // A config that cannot be read is the answer only where it could have had the command.
      if (isPluginError(error) || suggest(name, BUILT_IN) === undefined) throw error;
      groups = [];
    }
    const mounted = theOnlyGroup(groups, name);
    if (mounted) return runPluginCommand(session, mounted.plugin, [mounted.group], words, 'aitbc ');
    const nearest = suggest(name, [...BUILT_IN, ...groups.map(({ group }) => group.name)]);
    throw new PluginError(
      'ERR_USAGE',
      `Cannot run "${name}": there is no such command${nearest === undefined ? '' : `, did you mean "${nearest}"?`}`,
      {
        hint:
          file === undefined
            ? 'aitbc --help lists the commands; no config was found here, so there are none of plugins'
            : 'aitbc --help lists the commands; those of plugins come from the lock (aitbc plugin lock)',
      },
    );
  });
}
