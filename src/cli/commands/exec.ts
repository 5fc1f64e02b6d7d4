import { PluginError } from '../../core/errors.ts';
import { didYouMean } from '../../core/suggest.ts';
import { lockFileOf } from '../../config/paths.ts';
import { readLock } from '../../lock/read.ts';
import { takeGlobals, type Globals } from '../globals.ts';
import type { Output } from '../output.ts';
import { runPluginCommand } from '../run-plugin-command.ts';
import { withSession } from '../with-session.ts';

/** `aitbc plugin exec <name> <group> <command> …`: works where two plugins have the same words, too. */
export async function execCommand(
  words: readonly string[],
  before: Globals,
  use: (globals: Globals) => Output,
): Promise<number> {
  const { globals, rest } = takeGlobals(words, { everywhere: false, env: process.env, from: before });
  const output = use(globals);
  const [name = '', ...command] = rest;
  return withSession({ globals, output, logLevel: 'warn' }, async (session) => {
    const file = await session.configFile();
    if (file === undefined) await session.config();
    const lock = await readLock(lockFileOf(file ?? ''));
    const entry = Object.hasOwn(lock.plugins, name) ? lock.plugins[name] : undefined;
    if (!entry) {
      const { plugins } = await session.config();
      if (!plugins.has(name)) {
        throw new PluginError(
          'ERR_USAGE',
          `Cannot find "${name}": the config has no such plugin${didYouMean(name, plugins.keys())}`,
          {
            hint: 'aitbc plugin list shows what there is',
          },
        );
      }
      throw new PluginError('ERR_NOT_LOCKED', `Cannot run a command of "${name}": it is not in the lock`, {
        plugin: name,
        hint: `aitbc plugin lock ${name}`,
      });
    }
    const words = command[0] === '--help' || command[0] === '-h' ? [] : command;
    if (words.length === 0) return listGroups(name, entry.commands, output);
    return runPluginCommand(session, name, entry.commands, words, `aitbc plugin exec ${name} `);
  });
}

function listGroups(
  name: string,
  groups: readonly {
    readonly name: string;
    readonly help: string;
    readonly subcommands: readonly { readonly name: string }[];
  }[],
  output: Output,
): number {
  output.data({ plugin: name, commands: groups });
  output.line(groups.length === 0 ? `${name} has no commands.` : `Commands of ${name}:`);
  for (const group of groups) {
    output.line(`  ${group.name} ${group.subcommands.map((command) => command.name).join(' | ')}`);
  }
  return 0;
}
